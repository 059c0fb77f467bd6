// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/reader.h"

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "node/feed/key_epochs.h"
#include "node/feed/pack.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::feed {
namespace {

namespace bounds = proto::bounds;

// The feed cannot be followed without these bodies: whoever is sent it judges them by itself.
bool travels(v1::Kind kind, Withholding why) {
  return is_quarantine(why) && (kind == v1::KIND_FEED_OPEN || kind == v1::KIND_AUDIENCE);
}

v1::Withheld on_the_wire(Withholding why) {
  switch (why) {
    case Withholding::kNone:
      return v1::WITHHELD_NONE;
    case Withholding::kDisposed:
      return v1::WITHHELD_DISPOSED;
    case Withholding::kExpired:
      return v1::WITHHELD_EXPIRED;
    default:
      return v1::WITHHELD_NOT_HELD;
  }
}

}  // namespace

template <class Table, class Visit>
Status FeedReader::each_row(const Table& table, const FeedId& feed, Seq from, Seq end, Visit visit) const {
  Status status;
  COMITY_CHECK(
      view_.walk({table.key(feed, from), table.key(feed, end)}, false, [&](ByteView key, ByteView value) {
        const auto place = table.parse(key);
        status = place.ok() ? visit(std::get<1>(*place), key, value)
                            : Status(damaged(table.info(), key, "no key of this table"));
        return status.ok();
      }));
  return status;
}

std::shared_ptr<const RecentEntry> FeedReader::recent(const FeedId& feed, Seq seq) const {
  return recent_ == nullptr ? nullptr : recent_->find(feed, seq);
}

Result<StoredHeader> FeedReader::header(const FeedId& feed, Seq seq) const {
  if (const auto kept = recent(feed, seq)) return kept->stored;
  const Bytes key = kHeaders.key(feed, seq);
  COMITY_TRY(const auto value, view_.get(key));
  if (!value) return Error{Code::kEntryUnknown, fmt::format("feed {}, seq {}", feed.hex(), raw(seq))};
  return decode_header_row(key, *value);
}

Result<StoredHeader> FeedReader::find(const EntryId& entry) const {
  return find(ref_of(entry));
}

Result<StoredHeader> FeedReader::find(const EntryRef& ref) const {
  const Bytes key = kEntries.key(ref);
  COMITY_TRY(const auto value, view_.get(key));
  if (!value) return Error{Code::kEntryUnknown, ref.hex()};
  if (value->size() != FeedId::kSize + sizeof(std::uint64_t)) {
    return damaged(kEntries.info(), key, "the layout is another one");
  }
  COMITY_TRY(const auto feed, FeedId::from(ByteView(*value).first(FeedId::kSize)));
  auto stored = header(feed, Seq{proto::from_be<std::uint64_t>(ByteView(*value).subspan(FeedId::kSize))});
  const bool elsewhere =
      stored.ok() ? ref_of(stored->header.id) != ref : stored.error().code == Code::kEntryUnknown;
  if (elsewhere) return damaged(kEntries.info(), key, "it points to another entry");
  return stored;
}

Result<std::vector<StoredHeader>> FeedReader::headers(const FeedId& feed, Seq from, std::size_t limit) const {
  std::vector<StoredHeader> out;
  Status status;
  const storage::Range all = kHeaders.range(feed);
  if (limit == 0) return out;
  COMITY_CHECK(view_.walk({kHeaders.key(feed, from), all.end}, false, [&](ByteView key, ByteView value) {
    auto stored = decode_header_row(key, value);
    if (stored.ok() && !out.empty() &&
        (stored->header.prev != out.back().header.id || stored->header.seq != next(out.back().header.seq))) {
      stored = damaged(kHeaders.info(), key, "it does not follow the row before it");
    }
    if (!stored.ok()) {
      status = stored.error();
      return false;
    }
    out.push_back(*std::move(stored));
    return out.size() < limit;
  }));
  COMITY_CHECK(status);
  return out;
}

Result<WithheldRow> FeedReader::withheld(const FeedId& feed, Seq seq) const {
  const Bytes key = kWithheld.key(feed, seq);
  COMITY_TRY(const auto value, view_.get(key));
  if (!value) return WithheldRow{};
  return decode_withheld(key, *value);
}

Result<Bytes> FeedReader::checked_body(const Header& header) const {
  if (header.body_size == 0) return Bytes();
  if (const auto kept = recent(header.feed, header.seq); kept && kept->stored.header.id == header.id)
    return kept->body;
  const std::vector<Bytes> keys{kBodyKeys.key(header.feed, header.seq), kBodies.key(header.feed, header.seq)};
  COMITY_TRY(const auto rows, view_.get_all(keys));
  if (!rows[0]) return damaged(kBodyKeys.info(), keys[0], "the row is missing");
  if (!rows[1]) return damaged(kBodies.info(), keys[1], "the row is missing");
  COMITY_TRY(auto body, unwrap_body(header.feed, header.seq, *rows[0], *rows[1]));
  if (body_hash(body) != header.body_hash) {
    return damaged(kBodies.info(), keys[1], "the body is not the one that the header names");
  }
  return body;
}

Result<Bytes> FeedReader::body(const Header& header) const {
  COMITY_TRY(const auto row, withheld(header.feed, header.seq));
  if (row.why != Withholding::kNone) {
    return Error{Code::kFeedWithheld, fmt::format("reason {}", static_cast<int>(row.why))};
  }
  return checked_body(header);
}

Result<Bytes> FeedReader::quarantined_body(const Header& header) const {
  COMITY_TRY(const auto row, withheld(header.feed, header.seq));
  if (!is_quarantine(row.why)) return Error{Code::kFeedWithheld, "it is not in quarantine"};
  return checked_body(header);
}

Result<Bytes> FeedReader::chain_body(const Header& header) const {
  COMITY_TRY(const auto row, withheld(header.feed, header.seq));
  if (row.why != Withholding::kNone && !travels(header.kind, row.why)) {
    return Error{Code::kFeedWithheld, fmt::format("reason {}", static_cast<int>(row.why))};
  }
  return checked_body(header);
}

Result<const crypto::FeedKey*> FeedReader::feed_key(const FeedId& feed, KeyEpoch epoch) const {
  if (key_feed_ != feed || key_epoch_ != epoch) {
    COMITY_TRY(key_, get_feed_key(view_, feed, epoch, storage_key_));
    key_feed_ = feed;
    key_epoch_ = epoch;
  }
  return &key_;
}

Result<Bytes> FeedReader::open_sealed(const Header& header, ByteView sealed) const {
  COMITY_TRY(const crypto::FeedKey* const key, feed_key(header.feed, header.key_epoch));
  COMITY_TRY(const auto packed, crypto::open_body(*key, header.slot(), sealed));
  return unpack(packed);
}

Result<v1::Content> FeedReader::content(const Header& header) const {
  COMITY_TRY(const auto shared, shared_content(header));
  return *shared;
}

Result<std::shared_ptr<const v1::Content>> FeedReader::shared_content(const Header& header) const {
  if (header.kind != v1::KIND_CONTENT)
    return Error{Code::kFeedNotContent, fmt::format("kind {}", int{header.kind})};
  COMITY_TRY(const auto row, withheld(header.feed, header.seq));
  if (row.why != Withholding::kNone)
    return Error{Code::kFeedWithheld, fmt::format("reason {}", static_cast<int>(row.why))};
  if (recent_ != nullptr) {
    if (auto known = recent_->content(header.id, header.feed, header.seq)) return known;
  }
  COMITY_TRY(const auto sealed, checked_body(header));
  COMITY_TRY(const auto bytes, open_sealed(header, sealed));
  COMITY_TRY(auto content, proto::decode<v1::Content>(bytes, kMostContentBytes));
  auto shared = std::make_shared<const v1::Content>(std::move(content));
  if (recent_ != nullptr) recent_->put_content(header.id, header.feed, header.seq, shared);
  return shared;
}

Result<Bytes> FeedReader::release(const Sha256Digest& id) const {
  const Bytes key = kReleases.key(id);
  COMITY_TRY(auto record, view_.get(key));
  if (!record) return Error{Code::kEntryUnknown, "release " + id.hex()};
  if (crypto::tagged_hash("release", {*record}) != id) {
    return damaged(kReleases.info(), key, "the record of another hash");
  }
  return *std::move(record);
}

Result<v1::Audience> FeedReader::audience(const FeedState& feed) const {
  if (feed.end.audience_seq == Seq{0}) return v1::Audience();
  COMITY_TRY(const auto stored, header(feed.feed(), feed.end.audience_seq));
  if (stored.header.id != feed.end.audience_id) {
    return damaged(kHeaders.info(), kHeaders.key(feed.feed(), feed.end.audience_seq), "another entry");
  }
  COMITY_TRY(const auto bytes, checked_body(stored.header));
  return proto::decode<v1::Audience>(bytes, bounds::kSealedBodyBytes);
}

Result<v1::RunEvidence> FeedReader::evidence(const FeedId& feed, Seq seq) const {
  COMITY_TRY(const auto run, headers(feed, seq, bounds::kRunEntries));
  if (run.empty()) return Error{Code::kEntryUnknown, fmt::format("feed {}, seq {}", feed.hex(), raw(seq))};
  v1::RunEvidence out;
  for (const StoredHeader& stored : run) {
    out.add_header(field(stored.bytes));
    if (stored.sig.empty()) continue;
    out.set_sig(field(stored.sig));
    return out;
  }
  return damaged(kHeaders.info(), kHeaders.key(feed, seq), "no signature follows");
}

Result<std::map<Seq, Withholding>> FeedReader::withheld_between(const FeedId& feed, Seq from, Seq end) const {
  std::map<Seq, Withholding> out;
  if (next(from) == end) {  // to look for one row is cheaper than a walk
    COMITY_TRY(const auto one, withheld(feed, from));
    if (one.why != Withholding::kNone) out[from] = one.why;
    return out;
  }
  COMITY_CHECK(each_row(kWithheld, feed, from, end, [&](Seq seq, ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto row, decode_withheld(key, value));
    out[seq] = row.why;
    return {};
  }));
  return out;
}

Result<std::optional<std::vector<v1::Entry>>> FeedReader::recent_wire(const FeedId& feed, Seq from,
                                                                      std::size_t most_entries,
                                                                      std::size_t most_bytes,
                                                                      WallTime now) const {
  std::optional<std::vector<v1::Entry>> nothing;
  if (!recent(feed, from)) return nothing;
  // What is not durable yet is in memory too: the view knows where the feed ends.
  COMITY_TRY(const auto state, get_feed(view_, feed));
  const Seq end = next(std::min(state.end.seq, Seq{raw(from) + most_entries + bounds::kRunEntries}));
  COMITY_TRY(const auto withheld, withheld_between(feed, from, end));
  if (!withheld.empty()) return nothing;
  std::vector<v1::Entry> out;
  std::size_t bytes = 0;
  std::size_t whole = 0;
  for (Seq seq = from; seq < end; seq = next(seq)) {
    const auto kept = recent(feed, seq);
    if (!kept || kept->stored.header.expired(now)) return nothing;
    bytes += kept->stored.bytes.size() + kept->stored.sig.size() + kept->body.size() + 16;
    if (whole > 0 && (bytes > most_bytes || out.size() >= most_entries)) break;
    v1::Entry& entry = out.emplace_back();
    entry.set_header(field(kept->stored.bytes));
    entry.set_sig(field(kept->stored.sig));
    entry.set_body(field(kept->body));
    if (!kept->stored.sig.empty()) whole = out.size();
  }
  if (whole == 0) return nothing;
  out.resize(whole);
  return std::optional(std::move(out));
}

Result<std::vector<v1::Entry>> FeedReader::wire(const FeedId& feed, Seq from, std::size_t most_entries,
                                                std::size_t most_bytes, WallTime now) const {
  if (recent_ != nullptr) {
    COMITY_TRY(auto known, recent_wire(feed, from, most_entries, most_bytes, now));
    if (known) return *std::move(known);
  }
  // A run more than asked for at most, since what is sent ends where a run ends.
  COMITY_TRY(const auto stored, headers(feed, from, most_entries + bounds::kRunEntries));
  if (stored.empty()) return std::vector<v1::Entry>();
  // Rows that lie side by side are read in one go.
  COMITY_TRY(const auto withheld, withheld_between(feed, from, next(stored.back().header.seq)));
  std::vector<v1::Entry> out;
  std::size_t bytes = 0;
  std::size_t whole = 0;  // entries up to the last signature
  for (const StoredHeader& item : stored) {
    const auto held_back = withheld.find(item.header.seq);
    const Withholding known = held_back == withheld.end() || travels(item.header.kind, held_back->second)
                                  ? Withholding::kNone
                                  : held_back->second;
    const Withholding why = item.header.expired(now) ? Withholding::kExpired : known;
    const std::size_t body = why == Withholding::kNone ? item.header.body_size : 0;
    bytes += item.bytes.size() + item.sig.size() + body + 16;
    if (whole > 0 && (bytes > most_bytes || out.size() >= most_entries)) break;
    v1::Entry& entry = out.emplace_back();
    entry.set_header(field(item.bytes));
    entry.set_sig(field(item.sig));
    entry.set_withheld(on_the_wire(why));
    if (!item.sig.empty()) whole = out.size();
  }
  out.resize(whole);
  COMITY_CHECK(add_bodies(std::span(stored).first(whole), out));
  return out;
}

Status FeedReader::add_bodies(std::span<const StoredHeader> stored, std::span<v1::Entry> entries) const {
  if (stored.empty()) return {};
  const FeedId& feed = stored.front().header.feed;
  const Seq from = stored.front().header.seq;
  const Seq end = next(stored.back().header.seq);
  std::map<Seq, Bytes> keys;
  COMITY_CHECK(each_row(kBodyKeys, feed, from, end, [&](Seq seq, ByteView, ByteView value) -> Status {
    keys.emplace(seq, proto::to_bytes(value));
    return {};
  }));
  const auto first = raw(from);
  COMITY_CHECK(each_row(kBodies, feed, from, end, [&](Seq seq, ByteView key, ByteView value) -> Status {
    const auto at = static_cast<std::size_t>(raw(seq) - first);
    if (entries[at].withheld() != v1::WITHHELD_NONE) return {};
    const auto body_key = keys.find(seq);
    if (body_key == keys.end()) {
      return damaged(kBodyKeys.info(), kBodyKeys.key(feed, seq), "the row is missing");
    }
    COMITY_TRY(const auto body, unwrap_body(feed, seq, body_key->second, value));
    if (body_hash(body) != stored[at].header.body_hash) {
      return damaged(kBodies.info(), key, "the body is not the one that the header names");
    }
    entries[at].set_body(field(body));
    return {};
  }));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const Header& header = stored[i].header;
    const bool expected = entries[i].withheld() == v1::WITHHELD_NONE && header.body_size != 0;
    if (!expected || !entries[i].body().empty()) continue;
    // One of the two rows is missing: told apart there.
    COMITY_TRY(const auto body, checked_body(header));
    entries[i].set_body(field(body));
  }
  return {};
}

}  // namespace comity::feed
