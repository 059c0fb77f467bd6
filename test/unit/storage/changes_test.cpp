// SPDX-License-Identifier: EUPL-1.2
#include "storage/changes.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "storage/sum.h"
#include "test/splitmix.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

using proto::Code;

std::vector<Batch> sample_batches() {
  BatchId id;
  id.writable()[3] = std::byte{7};
  Batch first(id);
  first.put(note(1, 1), text("value")).erase(note(1, 2)).put(kBodies.key(NoteId()), text("not streamed"));
  Batch second;
  second.put(kSecrets.key(NoteId()), text("nothing of it is streamed"));
  Batch third;
  third.erase_range(note(2, 0), note(3, 0)).put(kNewest.key("word", {1}), {}).put(kNewest.key("", {1}), {});
  return {first, second, third};
}

ChangeRecord record_of(const std::vector<Batch>& batches, Version first) {
  ChangeRecord record;
  std::uint64_t version = proto::raw(first);
  for (const Batch& batch : batches)
    record.add(batch, Version{version++}, test_tables());
  return record;
}

TEST_CASE("a record gives back the streamed keys of its batches") {
  const auto batches = sample_batches();
  const ChangeRecord record = record_of(batches, Version{41});
  CHECK(record.last() == Version{43});
  const auto changes = must(decode_changes(record.bytes(), Version{43}));
  REQUIRE(changes.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(changes[i] == change_of(batches[i], Version{41 + i}, test_tables()));
  CHECK(changes[1].keys.empty());
  CHECK(changes[2].keys[0].end == note(3, 0));
}

TEST_CASE("neighbouring keys share their beginning") {
  Batch batch;
  for (std::uint64_t i = 0; i < 100; ++i)
    batch.put(note(1, i), text("x"));
  CHECK(record_of({batch}, Version{1}).bytes().size() < 100 * 8);
}

TEST_CASE("a record without a value holds none") {
  Batch batch;
  batch.put(note(1, 1), text("a very secret value"));
  const ChangeRecord record = record_of({batch}, Version{1});
  const Bytes row = record.bytes();
  CHECK(std::string(proto::as_text(row)).find("secret") == std::string::npos);
}

TEST_CASE("versions with a gap are a broken program") {
  ChangeRecord record;
  record.add(sample_batches()[0], Version{5}, test_tables());
  CHECK_THROWS_AS(record.add(sample_batches()[1], Version{7}, test_tables()), std::logic_error);
}

TEST_CASE("every cut of a record is refused, and so are bytes behind it") {
  const ChangeRecord record = record_of(sample_batches(), Version{41});
  const Bytes whole = record.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(code_of(decode_changes(ByteView(whole).first(size), Version{43})) == Code::kStoreCorrupt);
  }
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  CHECK(code_of(decode_changes(longer, Version{43})) == Code::kStoreCorrupt);
  CHECK(code_of(decode_changes(whole, Version{42})) == Code::kStoreCorrupt);
  CHECK(code_of(decode_changes(whole, Version{44})) == Code::kStoreCorrupt);
}

TEST_CASE("a flipped bit anywhere in a record is found") {
  const Bytes whole = record_of(sample_batches(), Version{41}).bytes();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    CHECK(code_of(decode_changes(flipped, Version{43})) == Code::kStoreCorrupt);
  }
}

TEST_CASE("false records with a sum that holds never do more than change what is told") {
  const ChangeRecord record = record_of(sample_batches(), Version{41});
  const Bytes whole = record.bytes();
  for (std::size_t bit = 0; bit < (whole.size() - 4) * 8; ++bit) {
    Bytes flipped = whole;
    flipped.resize(whole.size() - 4);
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const auto changes = decode_changes(with_sum({}, flipped), Version{43});
    if (!changes.ok()) {
      CHECK(changes.error().code == Code::kStoreCorrupt);
      continue;
    }
    CHECK(changes->size() == 3);
    for (const Change& change : *changes) {
      for (const ChangedKey& key : change.keys)
        CHECK(key.key.size() <= proto::bounds::kStoreKeyBytes + 1);
    }
  }
}

TEST_CASE("counts that promise more than there is allocate nothing") {
  Bytes value{std::byte{2}};
  const std::uint32_t count = 0xffffffff;
  proto::append(value, proto::to_be(std::uint64_t{1}));
  proto::append(value, proto::to_be(count));
  CHECK(code_of(decode_changes(with_sum({}, value), Version{count})) == Code::kStoreCorrupt);
  comity::test::SplitMix prng(5);
  for (int i = 0; i < 20000; ++i) {
    Bytes random(prng.below(60));
    for (auto& byte : random)
      byte = static_cast<std::byte>(prng.below(4));
    CHECK(code_of(decode_changes(with_sum({}, random), Version{prng.below(4)})) == Code::kStoreCorrupt);
  }
}

}  // namespace
}  // namespace comity::storage::test
