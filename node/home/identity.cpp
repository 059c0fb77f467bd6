// SPDX-License-Identifier: EUPL-1.2
#include "node/home/identity.h"

#include <fmt/format.h>

#include "node/home/files.h"
#include "proto/bounds.h"

namespace comity::home {
namespace {

using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::size_t kPassphraseBytes = 1024;
constexpr std::size_t kKeyFileBytes = proto::bounds::kKeyFilePayload + 1024;
// From a little before init, for partners whose clock is behind, for one yearly use of the root key and a
// month.
constexpr std::chrono::hours kKeysBefore{1};
constexpr std::chrono::days kKeysAfter{395};

template <class PublicKey>
std::vector<crypto::TimedKey<PublicKey>> timed(const PublicKey& key, Moment now) {
  return {{key, now - kKeysBefore, now + kKeysAfter}};
}

Error unusable(const std::filesystem::path& file, const Error& why) {
  return {Code::kKeyUnusable, fmt::format("{}: {}", file.string(), proto::describe(why.code).sentence)};
}

}  // namespace

Result<crypto::Secret> read_passphrase(const std::filesystem::path& file) {
  auto text = read_file(file, kPassphraseBytes);
  if (!text.ok()) return Error{Code::kPassphraseUnreadable, text.error().detail};
  COMITY_CHECK(check_private(file, 040));
  std::string_view line = proto::as_text(text->view());
  line = line.substr(0, line.find_first_of("\r\n"));
  if (line.empty()) return Error{Code::kPassphraseUnreadable, file.string() + " begins with an empty line"};
  return crypto::Secret::copy_of(proto::as_bytes(line));
}

Result<crypto::Secret> key_file_bytes(ByteView payload, const std::optional<crypto::Secret>& passphrase,
                                      crypto::Random& random) {
  if (!passphrase) return crypto::plain_key_file(payload);
  COMITY_TRY(const proto::Bytes sealed,
             crypto::seal_key_file(payload, passphrase->view(), crypto::KeyFileCost{}, random));
  return crypto::Secret::copy_of(sealed);
}

proto::Status save_keys(const std::filesystem::path& file, ByteView payload,
                        const std::optional<crypto::Secret>& passphrase, crypto::Random& random) {
  COMITY_TRY(const crypto::Secret bytes, key_file_bytes(payload, passphrase, random));
  return write_new_file(file, bytes.view());
}

Result<crypto::Secret> load_keys(const std::filesystem::path& file,
                                 const std::optional<crypto::Secret>& passphrase) {
  auto bytes = read_file(file, kKeyFileBytes);
  if (!bytes.ok()) {
    if (bytes.error().code == Code::kHomeMissing) return Error{Code::kKeyMissing, file.string()};
    return bytes.error();
  }
  COMITY_CHECK(check_private(file, 0));
  const auto sealed = crypto::key_file_is_sealed(bytes->view());
  if (!sealed.ok()) return unusable(file, sealed.error());
  if (*sealed && !passphrase) return Error{Code::kPassphraseNeeded, file.string()};
  std::optional<ByteView> given;
  if (passphrase) given = passphrase->view();
  auto payload = crypto::open_key_file(bytes->view(), given);
  if (!payload.ok()) return unusable(file, payload.error());
  return payload;
}

Result<crypto::KeyChain> first_key_chain(const NodeKeys& keys, const RootKeys& roots,
                                         const std::string& short_name, const std::string& legal_name,
                                         Moment now, crypto::Random& random) {
  crypto::KeyDoc doc;
  doc.roots = {{crypto::RootKey::of(roots.current.public_key())}, 1};
  doc.next_root_commit = crypto::RootSet{{crypto::RootKey::of(roots.next.public_key())}, 1}.commitment();
  doc.node_sign = timed(keys.signing.public_key(), now);
  doc.transport = timed(keys.transport.public_key(), now);
  doc.witness = timed(keys.witness.public_key(), now);
  doc.expires = now + kKeysAfter;
  doc.short_name = short_name;
  doc.legal_name = legal_name;
  doc.nonce = random.next<proto::Sha256Digest>();
  COMITY_TRY(const proto::Bytes bytes, crypto::encode_keydoc(doc));
  const crypto::Ed25519KeyPair* const signer = &roots.current;
  return crypto::KeyChain::start(crypto::sign_keydoc(bytes, {&signer, 1}, {}), std::nullopt);
}

proto::Bytes encode_chain(const crypto::KeyChain& chain) {
  proto::Bytes out;
  for (std::uint32_t version = 1; version <= chain.version(); ++version) {
    const ByteView link = chain.signed_bytes(version);
    proto::append(out, proto::to_be(static_cast<std::uint32_t>(link.size())));
    proto::append(out, link);
  }
  return out;
}

Result<crypto::KeyChain> decode_chain(ByteView bytes, const std::string& file) {
  std::optional<crypto::KeyChain> chain;
  while (!bytes.empty()) {
    if (bytes.size() < 4) return Error{Code::kHomeDamaged, file};
    const std::size_t size = proto::from_be<std::uint32_t>(bytes);
    if (size > bytes.size() - 4) return Error{Code::kHomeDamaged, file};
    const ByteView link = bytes.subspan(4, size);
    bytes = bytes.subspan(4 + size);
    if (chain) {
      const auto appended = chain->append(link);
      if (!appended.ok()) return Error{Code::kHomeDamaged, file + ": " + proto::to_string(appended.error())};
      continue;
    }
    auto started = crypto::KeyChain::start(link, std::nullopt);
    if (!started.ok()) return Error{Code::kHomeDamaged, file + ": " + proto::to_string(started.error())};
    chain = *std::move(started);
  }
  if (!chain) return Error{Code::kHomeDamaged, file + " is empty"};
  return *std::move(chain);
}

}  // namespace comity::home
