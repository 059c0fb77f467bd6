// SPDX-License-Identifier: EUPL-1.2
#include "crypto/sha256.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sodium.h>

#include "crypto/random.h"
#include "test/unit/crypto/counting_random.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Bytes;

Bytes counted(std::size_t size) {
  CountingRandom random;
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

// The oracle: another implementation of the same function.
Sha256Digest by_libsodium(ByteView bytes) {
  Sha256Digest digest;
  crypto_hash_sha256(proto::as_uchar(digest.writable()), proto::as_uchar(bytes), bytes.size());
  return digest;
}

}  // namespace

TEST_CASE("SHA-256 gives the examples of FIPS 180-4") {
  CHECK(sha256(ByteView()).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(as_bytes("abc")).hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  Sha256 hash;
  const Bytes thousand(1000, std::byte{'a'});
  for (int i = 0; i < 1000; ++i)
    hash.update(thousand);
  CHECK(hash.finish().hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("every length around the block borders agrees with libsodium") {
  const Bytes bytes = counted(300);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const ByteView start = ByteView(bytes).first(size);
    CHECK(sha256(start) == by_libsodium(start));
  }
}

TEST_CASE("pieces do not matter, and an object starts anew after each digest") {
  const Bytes bytes = counted(150);
  const ByteView all(bytes);
  const Sha256Digest whole = sha256(all);
  Sha256 hash;
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CHECK(hash.update(all.first(cut)).update(all.subspan(cut)).finish() == whole);
    CHECK(sha256({all.first(cut), all.subspan(cut)}) == whole);
  }
  CHECK(hash.finish() == sha256(ByteView()));
  Sha256 moved = std::move(hash.update(as_bytes("ab")));
  CHECK(moved.update(as_bytes("c")).finish() == sha256(as_bytes("abc")));
}

TEST_CASE("a tagged hash has its context in front, and contexts part") {
  const Bytes prefix = context("entry");
  CHECK(proto::as_text(prefix) == std::string_view("comity.v1.entry\0", 16));
  CHECK(tagged_hash("entry", {as_bytes("ab"), as_bytes("c")}) == sha256({prefix, as_bytes("abc")}));
  CHECK(tagged_hash("entry", {as_bytes("abc")}) != tagged_hash("entry-sig", {as_bytes("abc")}));
  CHECK(tagged_hash("a", {as_bytes("b")}) != tagged_hash("ab", {}));
}

TEST_CASE("threads hash at once without disturbing each other") {
  const Bytes bytes = counted(1000);
  const Sha256Digest expected = by_libsodium(bytes);
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (int& mine : wrong) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i)
          mine += sha256(bytes) == expected ? 0 : 1;
      });
    }
  }
  CHECK(wrong == std::vector<int>(4, 0));
}

}  // namespace comity::crypto
