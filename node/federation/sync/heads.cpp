// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/heads.h"

#include "crypto/sha256.h"
#include "node/federation/sync/tables.h"
#include "node/feed/row.h"
#include "proto/decode.h"

namespace comity::federation {
namespace {

constexpr std::size_t kStatementBytes = 512;
constexpr std::size_t kMessageMost = 1024;

Bytes covered(ByteView statement) {
  return proto::concat({crypto::context("head"), statement});
}

}  // namespace

v1::SignedHeadStatement sign_head(const feed::ChainEnd& end, Hlc hlc, const feed::SigningKey& key) {
  v1::HeadStatement statement;
  statement.set_agency(feed::field(end.agency.view()));
  statement.set_feed(feed::field(end.feed.view()));
  statement.set_seq(raw(end.seq));
  statement.set_id(feed::field(end.id.view()));
  statement.set_hlc(raw(hlc));
  statement.set_keydoc(key.keydoc);
  const Bytes bytes = proto::encode(statement);
  v1::SignedHeadStatement out;
  out.set_statement(feed::field(bytes));
  out.set_signer(feed::field(key.id.view()));
  out.set_sig(feed::field(key.pair->sign(covered(bytes)).view()));
  return out;
}

Result<v1::HeadStatement> read_head(const v1::SignedHeadStatement& message) {
  return proto::decode<v1::HeadStatement>(proto::as_bytes(message.statement()), kStatementBytes);
}

Status check_head(const v1::SignedHeadStatement& message, const v1::HeadStatement& statement,
                  const feed::FeedState& feed, const feed::Signers& signers) {
  if (!proto::equal(proto::as_bytes(statement.agency()), feed.agency().view()) ||
      !proto::equal(proto::as_bytes(statement.feed()), feed.feed().view())) {
    return Error{Code::kHeadRule, "another agency speaks of the feed"};
  }
  COMITY_TRY(const auto key, proto::KeyId::from(proto::as_bytes(message.signer())));
  COMITY_TRY(const auto signer, signers.find(feed.agency(), key, statement.keydoc()));
  COMITY_TRY(const auto signature, crypto::Ed25519Signature::from(proto::as_bytes(message.sig())));
  if (signer.at(Hlc{statement.hlc()}) != feed::Trust::kTrusted) {
    return Error{Code::kHeadRule, "its key does not count at that time"};
  }
  if (!crypto::ed25519_verify(signer.key, covered(proto::as_bytes(message.statement())), signature)) {
    return Error{Code::kHeadRule, "the signature is not the author's"};
  }
  return {};
}

Status HeadBook::load() {
  COMITY_TRY(const auto view, store_.snapshot());
  Status status;
  rows_.clear();
  COMITY_CHECK(view->walk(kHeadStatements.range(), false, [&](ByteView key, ByteView value) {
    const auto place = kHeadStatements.parse(key);
    auto row = feed::RowReader::open(kHeadStatements.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    Row out;
    out.known.received = feed::from_millis(row->number<std::uint64_t>());
    auto message = proto::decode<v1::SignedHeadStatement>(row->rest(), kMessageMost);
    const auto statement = message.ok() ? read_head(*message) : Result<v1::HeadStatement>(message.error());
    if (!statement.ok() || !row->done()) {
      status = feed::damaged(kHeadStatements.info(), key, "no statement");
      return false;
    }
    out.known.seq = Seq{statement->seq()};
    out.known.id = EntryId::from(proto::as_bytes(statement->id())).value();
    out.known.hlc = Hlc{statement->hlc()};
    out.message = *std::move(message);
    rows_.insert_or_assign(std::get<0>(*place), std::move(out));
    return true;
  }));
  return status;
}

bool HeadBook::is_later(const FeedId& feed, Hlc hlc, WallTime now) const {
  if (feed::is_ahead(hlc, now)) return false;
  const HeadKnown* const known = find(feed);
  // What is held may be far ahead since our own clock was set back: it counts no more.
  return known == nullptr || known->hlc < hlc || feed::is_ahead(known->hlc, now);
}

bool HeadBook::put(const FeedId& feed, const v1::SignedHeadStatement& message,
                   const v1::HeadStatement& statement, WallTime now) {
  if (!is_later(feed, Hlc{statement.hlc()}, now)) return false;
  rows_.insert_or_assign(
      feed, Row{.known = {Seq{statement.seq()}, EntryId::from(proto::as_bytes(statement.id())).value(),
                          Hlc{statement.hlc()}, now},
                .message = message});
  const Bytes key = kHeadStatements.key(feed);
  feed::RowWriter row;
  row.number(feed::millis(now)).bytes(proto::encode(message));
  storage::Batch batch;
  batch.put(key, std::move(row).finish(key));
  // The next one comes within the hour: not worth an fsync.
  store_.submit(std::move(batch), storage::Durability::kBuffered, [](const auto&) {});
  return true;
}

const HeadKnown* HeadBook::find(const FeedId& feed) const {
  const auto at = rows_.find(feed);
  return at == rows_.end() ? nullptr : &at->second.known;
}

const v1::SignedHeadStatement* HeadBook::message(const FeedId& feed) const {
  const auto at = rows_.find(feed);
  return at == rows_.end() ? nullptr : &at->second.message;
}

std::optional<Hlc> HeadBook::due(const feed::FeedState& own, WallTime now) const {
  if (!own.own || own.inside || own.frozen || own.retired || own.end.seq == Seq{0}) return std::nullopt;
  const HeadKnown* const last = find(own.feed());
  if (last == nullptr || feed::is_ahead(last->hlc, now)) return feed::make_hlc(now);
  const bool active = last->id != own.end.id;
  if (now < last->received + (active ? kActiveInterval : kIdleInterval)) return std::nullopt;
  return std::max(feed::make_hlc(now), Hlc{raw(last->hlc) + 1});
}

Freshness HeadBook::freshness(const feed::FeedState& feed, WallTime since, WallTime now) const {
  Freshness out;
  const HeadKnown* const last = find(feed.feed());
  if (feed.own || feed.end.closed) return out;
  // With entries after the statement the author was active, and its next word is due sooner.
  const bool active = last != nullptr && last->seq < feed.end.seq;
  const WallTime base = last != nullptr ? last->received : since;
  out.possibly_stale = now >= base + kMissedIntervals * (active ? kActiveInterval : kIdleInterval);
  if (last != nullptr) {
    out.newest = *last;
    out.behind = last->seq > feed.end.seq;
  }
  return out;
}

}  // namespace comity::federation
