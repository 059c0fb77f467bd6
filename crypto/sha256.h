// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "proto/ids.h"

namespace comity::crypto {

using proto::ByteView;
using proto::Sha256Digest;

/// SHA-256 (FIPS 180-4) over bytes that arrive in pieces. One object belongs to one thread at a time.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  Sha256& update(ByteView bytes);
  /// The digest of all that was added; the object then starts anew.
  [[nodiscard]] Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of the concatenation of `parts`.
[[nodiscard]] Sha256Digest sha256(std::initializer_list<ByteView> parts);
[[nodiscard]] Sha256Digest sha256(ByteView bytes);

/// SHA-256 with domain separation: SHA-256("comity.v1." ‖ thing ‖ 0x00 ‖ parts). `thing` is a literal such as
/// "entry"; no two uses in the protocol share one, so a hash of one kind never stands for another.
[[nodiscard]] Sha256Digest tagged_hash(std::string_view thing, std::initializer_list<ByteView> parts);

/// "comity.v1." ‖ thing ‖ 0x00: the prefix of everything that is hashed or signed.
[[nodiscard]] proto::Bytes context(std::string_view thing);

}  // namespace comity::crypto
