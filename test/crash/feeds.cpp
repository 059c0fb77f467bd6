// SPDX-License-Identifier: EUPL-1.2
#include "test/crash/feeds.h"

#include <algorithm>

#include "node/feed/tables.h"
#include "proto/decode.h"

namespace comity::crash {
namespace {

using feed::test::Made;
using proto::Bytes;
using proto::ByteView;

constexpr std::size_t kOthers = 2;
constexpr std::size_t kEntries = 150;
constexpr std::uint32_t kSlotsOfStep = 6;

proto::Result<storage::MigrationStep> count_up(const storage::View& view, ByteView cursor) {
  const std::uint32_t first = cursor.empty() ? 0 : proto::from_be<std::uint32_t>(cursor);
  const std::uint32_t end = std::min(kSlotCount, first + kSlotsOfStep);
  storage::MigrationStep step;
  for (std::uint32_t slot = first; slot < end; ++slot) {
    COMITY_TRY(const auto value, view.get(kSlots.key(slot)));
    if (!value) return proto::Error{proto::Code::kStoreCorrupt, "a slot is missing"};
    step.batch.put(kSlots.key(slot), proto::to_be(proto::from_be<std::uint32_t>(*value) + 1));
  }
  if (end < kSlotCount) {
    const auto next = proto::to_be(end);
    step.cursor = Bytes(next.begin(), next.end());
  }
  return step;
}

Bytes open_body(const feed::test::Author& author) {
  v1::FeedOpen open;
  open.set_agency(feed::field(author.end().agency.view()));
  open.set_space(feed::field(author.space().view()));
  open.set_incarnation(feed::field(author.incarnation().view()));
  open.set_reason(v1::FEED_OPEN_REASON_FIRST);
  return proto::encode(open);
}

Bytes random_body(feed::test::SeededRandom& random) {
  Bytes body(60 + random.below(random.chance(5) ? 20000 : 900));
  random.fill(body);
  return body;
}

std::unique_ptr<Cast::Other> make_other(feed::test::SeededRandom& random) {
  auto other = std::make_unique<Cast::Other>(Cast::Other{feed::test::Author(random)});
  feed::test::Author& author = other->author;
  other->entries.push_back(author.write(v1::KIND_FEED_OPEN, open_body(author)));
  author.sign(other->entries.back());
  feed::ChainEnd before_last;
  while (other->entries.size() < kEntries) {
    before_last = author.end();
    const bool above = random.chance(15);
    other->entries.push_back(
        author.write(v1::KIND_CONTENT, random_body(random), [above](feed::Header& header) {
          if (above) header.label.tlp = v1::TLP_RED;
        }));
    if (random.chance(30) || other->entries.size() + 2 > kEntries) author.sign(other->entries.back());
  }
  const feed::ChainEnd end = author.end();
  author.rewind(before_last);
  other->fork = author.write(v1::KIND_CONTENT, random_body(random));
  author.sign(other->fork);
  author.rewind(end);
  return other;
}

}  // namespace

storage::Tables feed_tables() {
  auto all = feed::tables();
  all.push_back(kSlots.info());
  return storage::Tables(std::move(all));
}

storage::Batch slots_batch() {
  storage::Batch batch;
  batch.expect_absent(kSlots.key(0));
  for (std::uint32_t slot = 0; slot < kSlotCount; ++slot)
    batch.put(kSlots.key(slot), proto::to_be(std::uint32_t{1}));
  return batch;
}

std::vector<storage::Migration> slot_migrations(std::uint32_t schema) {
  std::vector<storage::Migration> list;
  for (std::uint32_t number = 2; number <= schema; ++number)
    list.push_back({number, "count_up", "Gives a killed process something to go on with.", count_up});
  return list;
}

Cast::Cast(std::uint64_t seed)
    : random(seed),
      self(random.next<proto::AgencyId>()),
      pair(crypto::Ed25519KeyPair::generate(random)),
      key_id(random.next<proto::KeyId>()),
      inside(random.next<proto::SpaceId>()),
      shared(random.next<proto::SpaceId>()) {
  random.fill(storage_key.writable());
  for (int i = 0; i < 3; ++i)
    readers.push_back(random.next<proto::AgencyId>());
  std::sort(readers.begin(), readers.end());
  signers.keys[key_id] = {.key = pair.public_key()};
  for (std::size_t i = 0; i < kOthers; ++i) {
    others.push_back(make_other(random));
    others.back()->author.introduce(signers);
  }
}

}  // namespace comity::crash
