// SPDX-License-Identifier: EUPL-1.2
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "node/home/identity.h"
#include "test/unit/home/folder.h"
#include "test/unit/seeded.h"

namespace comity::home {
namespace {

using proto::Code;

const Moment kNow{std::chrono::milliseconds(1'795'000'000'123)};

void write_text(const std::filesystem::path& file, std::string_view text, unsigned mode) {
  std::ofstream(file) << text;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

}  // namespace

TEST_CASE("keys survive their file") {
  test::SeededRandom random(1);
  const NodeKeys keys = NodeKeys::generate(random);
  const auto again = decode_node_keys(encode_keys(keys).view());
  REQUIRE(again.ok());
  CHECK(again->signing.public_key() == keys.signing.public_key());
  CHECK(again->transport.public_key() == keys.transport.public_key());
  CHECK(again->witness.public_key() == keys.witness.public_key());
  CHECK(again->encryption.public_key() == keys.encryption.public_key());
  CHECK(proto::equal(again->storage.view(), keys.storage.view()));

  const RootKeys roots = RootKeys::generate(random);
  const auto roots_again = decode_root_keys(encode_keys(roots).view());
  REQUIRE(roots_again.ok());
  CHECK(roots_again->next.public_key() == roots.next.public_key());
}

TEST_CASE("a payload of another kind or size is no keys") {
  test::SeededRandom random(2);
  const crypto::Secret node = encode_keys(NodeKeys::generate(random));
  const crypto::Secret root = encode_keys(RootKeys::generate(random));
  CHECK(decode_root_keys(node.view()).error().code == Code::kKeyUnusable);
  CHECK(decode_node_keys(root.view()).error().code == Code::kKeyUnusable);
  for (std::size_t size = 0; size < node.size(); ++size) {
    CHECK(decode_node_keys(node.view().first(size)).error().code == Code::kKeyUnusable);
  }
}

TEST_CASE("a key file says why it cannot be used, and where") {
  Folder folder;
  test::SeededRandom random(3);
  const auto file = folder.path / "node.key";
  CHECK(load_keys(file, {}).error().code == Code::kKeyMissing);

  REQUIRE(save_keys(file, proto::as_bytes("keys"), {}, random).ok());
  CHECK(proto::as_text(load_keys(file, {})->view()) == "keys");
  CHECK(load_keys(file, crypto::Secret::copy_of(proto::as_bytes("in vain"))).error().code ==
        Code::kKeyUnusable);
  REQUIRE(::chmod(file.c_str(), 0604) == 0);
  CHECK(load_keys(file, {}).error() == proto::Error{Code::kHomeTooOpen, file.string() + " has mode 0604"});
  CHECK_FALSE(save_keys(file, proto::as_bytes("other"), {}, random).ok());

  write_text(folder.path / "junk", "junk", 0600);
  CHECK(load_keys(folder.path / "junk", {}).error().code == Code::kKeyUnusable);
}

TEST_CASE("a passphrase is the first line of a private file") {
  Folder folder;
  const auto file = folder.path / "passphrase";
  CHECK(read_passphrase(file).error().code == Code::kPassphraseUnreadable);
  write_text(file, "correct horse\r\nsecond line\n", 0640);
  CHECK(proto::as_text(read_passphrase(file)->view()) == "correct horse");
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK(read_passphrase(file).error().code == Code::kHomeTooOpen);
  for (const std::string& text : {std::string(), std::string("\nsecond"), std::string(2000, 'x')}) {
    write_text(file, text, 0600);
    CHECK(read_passphrase(file).error().code == Code::kPassphraseUnreadable);
  }
}

TEST_CASE("the first key document names the keys, and every changed bit of the chain is seen") {
  test::SeededRandom random(4);
  const NodeKeys keys = NodeKeys::generate(random);
  const RootKeys roots = RootKeys::generate(random);
  const auto chain = first_key_chain(keys, roots, "health", "Ministry of Health", kNow, random);
  REQUIRE(chain.ok());
  CHECK(chain->current().node_sign.front().key == keys.signing.public_key());
  CHECK_FALSE(chain->stale(kNow + std::chrono::days{394}));

  const proto::Bytes bytes = encode_chain(*chain);
  CHECK(decode_chain(bytes, "f")->agency() == chain->agency());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(decode_chain(proto::ByteView(bytes).first(size), "f").error().code == Code::kHomeDamaged);
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    proto::Bytes changed = bytes;
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const auto read = decode_chain(changed, "f");
    // Whoever changes the document and can sign it anew is another agency: the marker tells.
    if (read.ok()) CHECK(read->agency() != chain->agency());
  }
  CHECK_FALSE(first_key_chain(keys, roots, "Not A Name", "x", kNow, random).ok());
}

}  // namespace comity::home
