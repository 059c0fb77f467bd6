// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/check_rows.h"

#include "node/feed/follow.h"
#include "node/feed/key_epochs.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "proto/decode.h"

namespace comity::feed {
namespace {

constexpr std::size_t kPage = 512;

template <class T>
Status status_of(const Result<T>& result) {
  return result.ok() ? Status() : Status(result.error());
}

// A body needs its key and its header, so both rows are judged together from either.
Status check_body(const FeedReader& reader, const storage::TableInfo& table, ByteView key, const FeedId& feed,
                  Seq seq) {
  const auto stored = reader.header(feed, seq);
  if (!stored.ok()) return damaged(table, key, "no sound header belongs to it");
  const auto withheld = reader.withheld(feed, seq);
  if (!withheld.ok()) return withheld.error();
  return is_quarantine(withheld->why) ? status_of(reader.quarantined_body(stored->header))
                                      : status_of(reader.body(stored->header));
}

Status check_entry(const FeedReader& reader, ByteView key) {
  COMITY_TRY(const auto place, kEntries.parse(key));
  return status_of(reader.find(std::get<0>(place)));
}

Status check_header(const FeedReader& reader, ByteView key, ByteView value) {
  COMITY_TRY(const auto stored, decode_header_row(key, value));
  const auto found = reader.find(stored.header.id);
  if (!found.ok()) return damaged(kHeaders.info(), key, "the index does not lead to it");
  COMITY_TRY(const auto withheld, reader.withheld(stored.header.feed, stored.header.seq));
  // That a body is there at all can only be told from here.
  return withheld.why == Withholding::kNone ? status_of(reader.body(stored.header)) : Status();
}

}  // namespace

Status check_row(const storage::View& view, const crypto::Key32& storage_key, const storage::TableInfo& table,
                 ByteView key, ByteView value) {
  const FeedReader reader(view, storage_key);
  switch (table.prefix) {
    case kFeeds.info().prefix:
      return status_of(decode_feed_state(key, value));
    case kHeaders.info().prefix:
      return check_header(reader, key, value);
    case kBodies.info().prefix:
    case kBodyKeys.info().prefix: {
      COMITY_TRY(const auto place,
                 kBodies.info().prefix == table.prefix ? kBodies.parse(key) : kBodyKeys.parse(key));
      return check_body(reader, table, key, std::get<0>(place), std::get<1>(place));
    }
    case kEntries.info().prefix:
      return check_entry(reader, key);
    case kKeyEpochs.info().prefix: {
      COMITY_TRY(const auto place, kKeyEpochs.parse(key));
      return status_of(get_feed_key(view, std::get<0>(place), std::get<1>(place), storage_key));
    }
    case kWithheld.info().prefix:
      return status_of(decode_withheld(key, value));
    case kHolds.info().prefix:
    case kProjections.info().prefix:
    case kSpaceCounts.info().prefix:
      return status_of(RowReader::open(table, key, value));
    case kForkProofs.info().prefix:
      return proto::decode<v1::ForkProof>(value, value.size()).ok()
                 ? Status()
                 : damaged(table, key, "it is no ForkProof");
    default:
      return {};
  }
}

Result<std::uint64_t> verify_feed(const storage::View& view, const crypto::Key32& storage_key,
                                  const FeedId& feed, const Signers& signers) {
  COMITY_TRY(const auto state, get_feed(view, feed));
  const FeedReader reader(view, storage_key);
  ChainEnd end{.agency = state.agency(), .feed = feed};
  std::uint64_t count = 0;
  for (Seq from{1}; from <= state.end.seq;) {
    COMITY_TRY(auto page, reader.headers(feed, from, kPage));
    // A run that the page cuts off is read again with the next page.
    while (!page.empty() && page.back().sig.empty())
      page.pop_back();
    if (page.empty()) break;
    if (count == 0) {
      const Header& first = page.front().header;
      end.seq = Seq{raw(first.seq) - 1};
      end.id = first.prev;
      end.audience_seq = first.audience_seq;
      end.audience_id = first.audience_id;
    }
    std::vector<WireEntry> entries;
    for (const StoredHeader& stored : page)
      entries.push_back({.header = stored.bytes, .sig = stored.sig});
    const auto runs = verify_runs(end, entries, signers);
    if (runs.refusal) return runs.refusal->error;
    end = runs.end;
    from = next(end.seq);
    count += page.size();
  }
  if (end != state.end) {
    return damaged(kFeeds.info(), kFeeds.key(feed), "its head is not that of the stored entries");
  }
  return count;
}

}  // namespace comity::feed
