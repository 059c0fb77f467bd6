// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/quarantine.h"

#include <set>

#include "node/feed/hlc.h"
#include "node/feed/tables.h"

namespace comity::feed {
namespace {

// Rows that one page looks at: most bodies that are withheld may be so for other reasons.
constexpr std::size_t kMostLooked = 20'000;

bool is_taken_back(v1::Kind kind) {
  return is_sealed(kind) || !is_known(kind) || kind == v1::KIND_WITHDRAW || kind == v1::KIND_WITHDRAW_RECEIPT;
}

bool is_meant(const StoredHeader& stored, const RevokedKey& revoked) {
  const Header& header = stored.header;
  if (header.signer != revoked.key || !is_taken_back(header.kind)) return false;
  return (revoked.compromised ? stored.received : hlc_time(header.hlc)) >= revoked.since;
}

storage::Batch projected(const EntryFacts& facts, Projections projections) {
  storage::Batch rows;
  for (const Projection* projection : projections)
    projection->apply(facts, rows);
  return rows;
}

/// Rows that follow from the body go, rows that follow from the header alone stay.
void take_back(const StoredHeader& stored, const SpaceId& space, ByteView body, Projections projections,
               storage::Batch& rows) {
  const auto facts = [&](ByteView clear) {
    return EntryFacts{.header = stored.header,
                      .space = space,
                      .received = stored.received,
                      .ahead = stored.ahead,
                      .clear_body = clear};
  };
  const storage::Batch with = projected(facts(body), projections);
  const storage::Batch without = projected(facts({}), projections);
  std::set<Bytes> stay;
  for (std::size_t i = 0; i < without.op_count(); ++i)
    stay.insert(proto::to_bytes(without.op(i).key));
  for (std::size_t i = 0; i < with.op_count(); ++i) {
    const storage::Op op = with.op(i);
    if (op.kind == storage::OpKind::kPut && !stay.contains(proto::to_bytes(op.key))) rows.erase(op.key);
  }
}

}  // namespace

Result<Judgement> judge_again(const storage::View& view, const crypto::Key32& storage_key, const FeedId& feed,
                              const RevokedKey& revoked, Seq from, std::size_t limit, WallTime now,
                              Projections projections) {
  COMITY_TRY(const auto state, get_feed(view, feed));
  const FeedReader reader(view, storage_key);
  COMITY_TRY(const auto page, reader.headers(feed, from, limit));
  Judgement out;
  if (page.size() == limit) out.next = next(page.back().header.seq);
  for (const StoredHeader& stored : page) {
    const Header& header = stored.header;
    if (!is_meant(stored, revoked)) continue;
    COMITY_TRY(const auto row, reader.withheld(feed, header.seq));
    if (row.why != Withholding::kNone) continue;
    const Bytes key = kWithheld.key(feed, header.seq);
    if (!is_sealed(header.kind)) {
      COMITY_TRY(const auto body, reader.body(header));
      take_back(stored, state.space, body, projections, out.rows);
    }
    out.rows.expect_absent(key);
    out.rows.put(key, encode_withheld(key, {Withholding::kSignerRevoked, now}));
    out.entries.push_back(header.id);
  }
  return out;
}

Result<QuarantinePage> quarantine_page(const storage::View& view, const crypto::Key32& storage_key,
                                       ByteView after, std::size_t limit) {
  storage::Range range = kWithheld.range();
  if (!after.empty()) {
    if (!kWithheld.parse(after).ok()) return Error{Code::kBadArguments, "after"};
    range.begin = storage::key_after(after);
  }
  const FeedReader reader(view, storage_key);
  QuarantinePage page;
  Bytes last;
  std::size_t looked = 0;
  Status failed;
  const auto read = [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto row, decode_withheld(key, value));
    if (!is_quarantine(row.why)) return {};
    COMITY_TRY(const auto place, kWithheld.parse(key));
    COMITY_TRY(auto stored, reader.header(std::get<0>(place), std::get<1>(place)));
    COMITY_TRY(const auto state, get_feed(view, std::get<0>(place)));
    page.rows.push_back({std::move(stored), state.space, row.why, row.since});
    return {};
  };
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView value) {
    if (page.rows.size() == limit || looked == kMostLooked) {
      page.next = last;
      return false;
    }
    ++looked;
    last = proto::to_bytes(key);
    failed = read(key, value);
    return failed.ok();
  }));
  COMITY_CHECK(failed);
  return page;
}

}  // namespace comity::feed
