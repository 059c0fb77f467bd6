// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/check_rows.h"

#include "node/feed/fork_proofs.h"
#include "node/feed/key_epochs.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"

namespace comity::feed {
namespace {

constexpr std::size_t kPage = 512;

template <class T>
Status status_of(const Result<T>& result) {
  return result.ok() ? Status() : Status(result.error());
}

bool is_there(const storage::View& view, const Bytes& key) {
  const auto value = view.get(key);
  return value.ok() && value->has_value();
}

bool body_is_held(const Header& header, Withholding why) {
  return header.body_size > 0 && (why == Withholding::kNone || is_quarantine(why));
}

class RowCheck {
 public:
  RowCheck(const storage::View& view, const crypto::Key32& storage_key, const storage::TableInfo& table,
           ByteView key, ByteView value)
      : view_(view),
        storage_key_(storage_key),
        reader_(view, storage_key),
        table_(table),
        key_(key),
        value_(value) {}

  Status run() const {
    switch (table_.prefix) {
      case kFeeds.info().prefix:
        return feed();
      case kHeaders.info().prefix:
        return header();
      case kBodies.info().prefix: {
        COMITY_TRY(const auto place, kBodies.parse(key_));
        return body(std::get<0>(place), std::get<1>(place));
      }
      case kBodyKeys.info().prefix: {
        COMITY_TRY(const auto place, kBodyKeys.parse(key_));
        return body(std::get<0>(place), std::get<1>(place));
      }
      case kEntries.info().prefix: {
        COMITY_TRY(const auto place, kEntries.parse(key_));
        return status_of(reader_.find(std::get<0>(place)));
      }
      case kKeyEpochs.info().prefix: {
        COMITY_TRY(const auto place, kKeyEpochs.parse(key_));
        if (!is_there(view_, kFeeds.key(std::get<0>(place)))) return wrong("its feed is not known");
        return status_of(get_feed_key(view_, std::get<0>(place), std::get<1>(place), storage_key_));
      }
      case kReleases.info().prefix: {
        COMITY_TRY(const auto place, kReleases.parse(key_));
        return status_of(reader_.release(std::get<0>(place)));
      }
      case kWithheld.info().prefix:
        return withheld();
      case kForkProofs.info().prefix: {
        COMITY_TRY(const auto place, kForkProofs.parse(key_));
        return status_of(find_fork_proof(view_, std::get<0>(place)));
      }
      case kExpiring.info().prefix:
        return expiring();
      case kHolds.info().prefix:
      case kScrubs.info().prefix:
      case kProjections.info().prefix:
      case kSpaceCounts.info().prefix:
        return status_of(RowReader::open(table_, key_, value_));
      case kBySpace.info().prefix:
        return status_of(decode_by_space(key_, value_));
      case kWithdrawals.info().prefix:
        return status_of(decode_withdrawal(key_, value_));
      default:
        return {};
    }
  }

 private:
  [[nodiscard]] Status wrong(std::string_view what) const { return damaged(table_, key_, what); }

  Status feed() const {
    COMITY_TRY(const auto state, decode_feed_state(key_, value_));
    if (feed_id(state.agency(), state.space, state.incarnation) != state.feed()) {
      return wrong("its id is not the hash of what it names");
    }
    return {};
  }

  // That a row which belongs to an entry is missing can only be told from here.
  Status header() const {
    COMITY_TRY(const auto stored, decode_header_row(key_, value_));
    const Header& header = stored.header;
    const auto state = find_feed(view_, header.feed);
    if (!state.ok()) return wrong("the row of its feed is damaged");
    if (!*state) return wrong("its feed is not known");
    if (header.seq > (*state)->end.seq) return wrong("it lies behind the head of its feed");
    const auto found = reader_.find(header.id);
    if (!found.ok()) return wrong("the index does not lead to it");
    COMITY_TRY(const auto row, reader_.withheld(header.feed, header.seq));
    if (row.why == Withholding::kNone) COMITY_CHECK(status_of(reader_.body(header)));
    const bool expires = header.expires != 0 && body_is_held(header, row.why);
    if (expires && !is_there(view_, kExpiring.key(header.expires, header.feed, header.seq))) {
      return wrong("no row says when its body expires");
    }
    // What came back from members after a restore came without what we alone had of it.
    if (!(*state)->own || (*state)->retired) return {};
    if (!header.release.is_zero() && !is_there(view_, kReleases.key(header.release))) {
      return wrong("the record of its release is missing");
    }
    if (header.key_epoch != KeyEpoch{0} && !is_there(view_, kKeyEpochs.key(header.feed, header.key_epoch))) {
      return wrong("the key of its epoch is missing");
    }
    return {};
  }

  // A body needs its key and its header, so both rows are judged together from either.
  Status body(const FeedId& feed, Seq seq) const {
    const auto stored = reader_.header(feed, seq);
    if (!stored.ok()) return wrong("no sound header belongs to it");
    const auto row = reader_.withheld(feed, seq);
    if (!row.ok()) return wrong("whether it is withheld cannot be told");
    if (!body_is_held(stored->header, row->why)) return wrong("a body that should not be held");
    return is_quarantine(row->why) ? status_of(reader_.quarantined_body(stored->header))
                                   : status_of(reader_.body(stored->header));
  }

  Status withheld() const {
    COMITY_TRY(const auto row, decode_withheld(key_, value_));
    COMITY_TRY(const auto place, kWithheld.parse(key_));
    const auto stored = reader_.header(std::get<0>(place), std::get<1>(place));
    if (!stored.ok()) return wrong("no sound header belongs to it");
    if (row.why == Withholding::kNone || row.why > Withholding::kExpired) return wrong("an unknown reason");
    return is_quarantine(row.why) ? status_of(reader_.quarantined_body(stored->header)) : Status();
  }

  Status expiring() const {
    COMITY_TRY(const auto place, kExpiring.parse(key_));
    if (!value_.empty()) return wrong("the layout is another one");
    const auto stored = reader_.header(std::get<1>(place), std::get<2>(place));
    if (!stored.ok()) return wrong("no sound header belongs to it");
    if (stored->header.expires != std::get<0>(place)) return wrong("the header names another time");
    const auto row = reader_.withheld(stored->header.feed, stored->header.seq);
    if (!row.ok() || !body_is_held(stored->header, row->why)) return wrong("the body is not held any more");
    return {};
  }

  const storage::View& view_;
  const crypto::Key32& storage_key_;
  const FeedReader reader_;
  const storage::TableInfo& table_;
  const ByteView key_;
  const ByteView value_;
};

std::optional<EntryId> entry_at(const storage::View& view, const FeedId& feed, Seq seq) {
  const crypto::Key32 no_key;  // headers are not sealed
  const FeedReader reader(view, no_key);
  if (const auto stored = reader.header(feed, seq); stored.ok()) return stored->header.id;
  if (const auto after = reader.header(feed, next(seq)); after.ok()) return after->header.prev;
  const auto state = find_feed(view, feed);
  if (state.ok() && *state && (*state)->end.seq == seq) return (*state)->end.id;
  return std::nullopt;
}

template <class Key>
std::optional<EntryId> entry_at(const storage::View& view, const Result<Key>& place) {
  constexpr std::size_t kFields = std::tuple_size_v<Key>;
  if (!place.ok()) return std::nullopt;
  return entry_at(view, std::get<kFields - 2>(*place), std::get<kFields - 1>(*place));
}

// Whether the entries of a page follow `end` and each other, and the page ends where a run does.
Status check_links(ChainEnd& end, std::span<const StoredHeader> page) {
  for (const StoredHeader& stored : page) {
    COMITY_CHECK(check_link(end, stored.header));
    advance(end, stored.header);
  }
  return {};
}

Status check_signed(ChainEnd& end, std::span<const StoredHeader> page, const Signers& signers) {
  std::vector<WireEntry> entries;
  for (const StoredHeader& stored : page)
    entries.push_back({.header = stored.bytes, .sig = stored.sig});
  const auto runs = verify_runs(end, entries, signers);
  end = runs.end;
  return runs.refusal ? Status(runs.refusal->error) : Status();
}

}  // namespace

Status check_row(const storage::View& view, const crypto::Key32& storage_key, const storage::TableInfo& table,
                 ByteView key, ByteView value) {
  return RowCheck(view, storage_key, table, key, value).run();
}

std::optional<EntryId> entry_of_row(const storage::View& view, const storage::TableInfo& table,
                                    ByteView key) {
  switch (table.prefix) {
    case kHeaders.info().prefix:
      return entry_at(view, kHeaders.parse(key));
    case kBodies.info().prefix:
      return entry_at(view, kBodies.parse(key));
    case kBodyKeys.info().prefix:
      return entry_at(view, kBodyKeys.parse(key));
    case kWithheld.info().prefix:
      return entry_at(view, kWithheld.parse(key));
    case kExpiring.info().prefix:
      return entry_at(view, kExpiring.parse(key));
    case kBySpace.info().prefix:
      return entry_at(view, kBySpace.parse(key));
    case kEntries.info().prefix: {
      const auto place = kEntries.parse(key);
      if (!place.ok()) return std::nullopt;
      const auto stored = FeedReader(view, crypto::Key32()).find(std::get<0>(*place));
      return stored.ok() ? std::optional(stored->header.id) : std::nullopt;
    }
    case kHolds.info().prefix: {
      const auto place = kHolds.parse(key);
      return place.ok() ? std::optional(std::get<0>(*place)) : std::nullopt;
    }
    case kWithdrawals.info().prefix: {
      const auto place = kWithdrawals.parse(key);
      return place.ok() ? std::optional(std::get<1>(*place)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

FeedVerdict judge_feed(const storage::View& view, const crypto::Key32& storage_key, const FeedId& feed,
                       const Signers* signers) {
  FeedVerdict out;
  const auto state = get_feed(view, feed);
  if (!state.ok()) {
    out.status = state.error();
    return out;
  }
  const FeedReader reader(view, storage_key);
  ChainEnd end{.agency = state->agency(), .feed = feed};
  for (Seq from{1}; from <= state->end.seq;) {
    auto page = reader.headers(feed, from, kPage);
    if (!page.ok()) {
      out.status = page.error();
      return out;
    }
    // A run that the page cuts off is read again with the next page.
    while (!page->empty() && page->back().sig.empty())
      page->pop_back();
    if (page->empty()) break;
    if (out.entries == 0) {
      const Header& first = page->front().header;
      end.seq = Seq{raw(first.seq) - 1};
      end.id = first.prev;
      end.audience_seq = first.audience_seq;
      end.audience_id = first.audience_id;
    }
    const Seq before = end.seq;
    out.status = signers == nullptr ? check_links(end, *page) : check_signed(end, *page, *signers);
    out.entries += raw(end.seq) - raw(before);
    out.upto = end.seq;
    if (!out.status.ok()) return out;
    from = next(end.seq);
  }
  if (end != state->end) {
    out.status = damaged(kFeeds.info(), kFeeds.key(feed), "its head is not that of the stored entries");
  }
  return out;
}

Result<std::uint64_t> verify_feed(const storage::View& view, const crypto::Key32& storage_key,
                                  const FeedId& feed, const Signers& signers) {
  const FeedVerdict verdict = judge_feed(view, storage_key, feed, &signers);
  if (!verdict.status.ok()) return verdict.status.error();
  return verdict.entries;
}

}  // namespace comity::feed
