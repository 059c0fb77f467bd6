// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/command.h"
#include "node/federation/trust.h"

namespace comity::api {

/// Who changes the node's own keys. The root key stays with the person: the node writes the next key
/// document, the command line signs it, the node checks and installs it. Owner thread.
class KeyChanger {
 public:
  KeyChanger() = default;
  KeyChanger(const KeyChanger&) = delete;
  KeyChanger& operator=(const KeyChanger&) = delete;
  virtual ~KeyChanger() = default;

  /// The exact bytes of the next key document, to be signed within the hour; a later call replaces it.
  /// Errors: those of home::plan_rotation() and plan_revocation().
  [[nodiscard]] virtual proto::Result<proto::Bytes> plan_rotation(const std::string& reason) = 0;
  [[nodiscard]] virtual proto::Result<proto::Bytes> plan_revocation(const crypto::Revocation& revocation) = 0;

  /// Puts the signed document into effect, with the audit event of that, and goes on if the caller does not wait.
  /// Errors: kKeyDocRule when nothing was planned or something else, kFeedBusy while another one takes
  /// effect, those of home::take_signed(), of files.h and of the store.
  using OnInstalled = std::function<void(proto::Result<std::uint32_t> version)>;
  virtual void install(proto::Bytes signed_doc, federation::By by, OnInstalled done) = 0;
};

struct KeyDesk {
  federation::Trust& trust;
  KeyChanger& changer;
};

/// key/list, key/rotate, key/revoke, key/install. Fields of a key: role (root, signing, transport, witness,
/// encryption), id, state (next, current, retired, expired, revoked), not_before, not_after, keydoc (the
/// version that first named it), since and reason (of a revoked one), held_by and awaited: the peers that
/// hold what the documents say of it now, and those that have not told us so.
void add_key_commands(CommandTable& table, KeyDesk desk);

}  // namespace comity::api
