// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/dispose.h"

#include <fmt/format.h>

#include "node/feed/reader.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "storage/failpoint.h"

namespace comity::feed {
namespace {

bool is_disposable(v1::Kind kind) {
  return is_sealed(kind) || !is_known(kind);
}

// Every row that holds anything of the body goes in the batch that says why.
void erase_body(Disposal& out, const Header& header, Withholding why, WallTime now) {
  const Bytes key_place = kBodyKeys.key(header.feed, header.seq);
  const Bytes place = kBodies.key(header.feed, header.seq);
  out.rows.expect_absent(kHolds.key(header.id));
  out.rows.erase(key_place).erase(place);
  if (header.expires != 0) out.rows.erase(kExpiring.key(header.expires, header.feed, header.seq));
  const Bytes withheld = kWithheld.key(header.feed, header.seq);
  out.rows.put(withheld, encode_withheld(withheld, {why, now}));
  out.erased.push_back({key_place, storage::key_after(key_place)});
  out.erased.push_back({place, storage::key_after(place)});
  out.pending.push_back(kScrubs.key(header.feed, header.seq));
  out.rows.put(out.pending.back(), RowWriter().finish(out.pending.back()));
  out.entries.push_back(header.id);
}

}  // namespace

void put_hold(storage::Batch& batch, const EntryId& entry, std::string_view reason, WallTime now) {
  const Bytes key = kHolds.key(entry);
  RowWriter row;
  row.number(millis(now)).bytes(proto::as_bytes(reason));
  batch.put(key, std::move(row).finish(key));
}

void lift_hold(storage::Batch& batch, const EntryId& entry) {
  batch.erase(kHolds.key(entry));
}

Result<bool> is_held(const storage::View& view, const EntryId& entry) {
  const Bytes key = kHolds.key(entry);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return false;
  const auto row = RowReader::open(kHolds.info(), key, *value);
  if (!row.ok()) return row.error();
  return true;
}

Result<Disposal> plan_disposal(const storage::View& view, std::span<const EntryId> entries, WallTime now) {
  if (entries.size() > kMostDisposed) {
    return Error{Code::kStoreBounds, fmt::format("{} entries of at most {}", entries.size(), kMostDisposed)};
  }
  // Nothing that is opened here: the storage key stays where it is.
  const crypto::Key32 no_key;
  const FeedReader reader(view, no_key);
  Disposal out;
  for (const EntryId& entry : entries) {
    COMITY_TRY(const auto stored, reader.find(entry));
    if (!is_disposable(stored.header.kind)) {
      return Error{Code::kFeedNotDisposable,
                   fmt::format("{}: kind {}", entry.hex(), int{stored.header.kind})};
    }
    COMITY_TRY(const bool held, is_held(view, entry));
    if (held) {
      out.held.push_back(entry);
    } else {
      erase_body(out, stored.header, Withholding::kDisposed, now);
    }
  }
  return out;
}

Result<Disposal> plan_expiry(const storage::View& view, WallTime now, std::size_t limit) {
  const crypto::Key32 no_key;
  const FeedReader reader(view, no_key);
  Disposal out;
  Status status;
  const storage::Range due{kExpiring.range().begin, kExpiring.prefix(millis(now) + 1)};
  COMITY_CHECK(view.walk(due, false, [&](ByteView key, ByteView value) {
    if (out.entries.size() >= std::min(limit, kMostDisposed)) return false;
    const auto place = kExpiring.parse(key);
    auto stored = place.ok() ? reader.header(std::get<1>(*place), std::get<2>(*place)) : place.error();
    // A row that lies would erase before the time.
    if (stored.ok() && (!value.empty() || stored->header.expires != std::get<0>(*place))) {
      stored = damaged(kExpiring.info(), key, "the header names another time");
    }
    auto held = stored.ok() ? is_held(view, stored->header.id) : stored.error();
    if (!held.ok()) {
      status = held.error();
      return false;
    }
    if (*held) {
      out.held.push_back(stored->header.id);
    } else {
      erase_body(out, stored->header, Withholding::kExpired, now);
    }
    return true;
  }));
  COMITY_CHECK(status);
  return out;
}

Status scrub(storage::Store& store, const Disposal& disposal) {
  for (const storage::Range& range : disposal.erased) {
    COMITY_FAILPOINT("dispose.before_compact");
    COMITY_CHECK(store.compact(range));
    COMITY_FAILPOINT("dispose.after_compact");
  }
  storage::Batch done;
  for (const Bytes& key : disposal.pending)
    done.erase(key);
  if (done.empty()) return {};
  const auto committed = store.commit(std::move(done));
  COMITY_FAILPOINT("dispose.after_scrub");
  return committed.ok() ? Status() : Status(committed.error());
}

Result<std::uint64_t> resume_scrubs(storage::Store& store) {
  std::uint64_t count = 0;
  while (true) {
    Disposal left;
    {
      COMITY_TRY(const auto view, store.snapshot());
      COMITY_TRY(const auto page, view->scan({.range = kScrubs.range()}));
      for (const storage::Row& row : page.rows) {
        COMITY_TRY(const auto place, kScrubs.parse(row.key));
        for (const Bytes& key : {kBodyKeys.key(std::get<0>(place), std::get<1>(place)),
                                 kBodies.key(std::get<0>(place), std::get<1>(place))}) {
          left.erased.push_back({key, storage::key_after(key)});
        }
        left.pending.push_back(row.key);
      }
    }
    if (left.pending.empty()) return count;
    COMITY_CHECK(scrub(store, left));
    count += left.pending.size();
  }
}

Status dispose(storage::Store& store, Disposal disposal) {
  if (disposal.entries.empty()) return {};
  COMITY_FAILPOINT("dispose.before_commit");
  COMITY_CHECK(store.commit(std::move(disposal.rows)));
  COMITY_FAILPOINT("dispose.after_commit");
  return scrub(store, disposal);
}

}  // namespace comity::feed
