// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/audit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/hkdf.h"
#include "crypto/sha256.h"
#include "node/feed/incarnation.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::daemon {
namespace {

using proto::Code;
using proto::Error;
using proto::FeedId;
using proto::Result;
using proto::SpaceId;
using proto::Status;

// The bounds of AuditDetail (audit.proto).
constexpr std::size_t kMostDetails = 16;
constexpr std::size_t kMostValue = 1024;

// A longer value is cut, between two characters.
std::string shortened(std::string value) {
  if (value.size() <= kMostValue) return value;
  std::size_t end = kMostValue;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0U) == 0x80U)
    --end;
  value.resize(end);
  return value;
}

/// The newest of our feeds in the space that still takes entries.
Result<std::optional<feed::FeedState>> newest_feed(const storage::View& view, const SpaceId& space) {
  std::optional<feed::FeedState> newest;
  COMITY_CHECK(feed::each_feed(view, [&](const feed::FeedState& state) {
    const bool usable = state.own && state.inside && state.space == space && !state.end.closed;
    if (usable && (!newest || newest->end.hlc < state.end.hlc)) newest = state;
    return true;
  }));
  return newest;
}

policy::Label inside_label() {
  return {.tlp = v1::TLP_AMBER_STRICT};
}

}  // namespace

SpaceId audit_space(const home::Marker& marker, const crypto::Key32& storage_key) {
  v1::SpaceGenesis genesis;
  genesis.set_v(1);
  genesis.set_steward(feed::field(marker.agency.view()));
  genesis.set_kind(v1::SPACE_KIND_INSIDE);
  const crypto::Key32 nonce =
      crypto::hkdf_expand_key(storage_key.view(), {crypto::context("audit-space"), marker.agency.view()});
  genesis.set_nonce(feed::field(nonce.view()));
  genesis.set_created(static_cast<std::uint64_t>(marker.created.time_since_epoch().count()));
  return SpaceId::from(crypto::tagged_hash("space", {proto::encode(genesis)}).view()).value();
}

v1::LocalAudit node_event(std::string event, home::Moment now, const Log::Pairs& details) {
  v1::LocalAudit out;
  out.set_event(std::move(event));
  out.set_time(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  out.set_via(v1::AUDIT_VIA_NODE);
  for (const auto& [key, value] : details) {
    if (static_cast<std::size_t>(out.detail_size()) == kMostDetails) break;
    v1::AuditDetail& detail = *out.add_detail();
    detail.set_key(std::string(key));
    detail.set_value(shortened(value));
  }
  return out;
}

Status Audit::begin() {
  const SpaceId space = audit_space(started_.marker, started_.identity.keys.storage);
  COMITY_TRY(const auto view, started_.store->snapshot());
  COMITY_TRY(const auto newest, newest_feed(*view, space));
  feed::StartDecision decision{feed::Continue::kNewFeed, v1::FEED_OPEN_REASON_FIRST};
  if (newest) {
    decision = feed::decide_start(
        *newest, {.restored = started_.boot.restored, .clean_start = started_.boot.clean}, now_());
  }
  if (decision.how == feed::Continue::kNewFeed) {
    COMITY_TRY(auto earlier, feed::earlier_heads(*view, space));
    COMITY_TRY(feed_, writer_.open({.space = space,
                                    .inside = true,
                                    .ceiling = inside_label(),
                                    .reason = decision.reason,
                                    .earlier = std::move(earlier)},
                                   [this](const Result<feed::Appended>& opened) {
                                     if (!opened.ok()) audit_.reset();
                                   }));
  } else {
    feed_ = newest->feed();
  }
  audit_ = std::make_unique<feed::AuditLog>(writer_, feed_);
  return {};
}

void Audit::record(const v1::LocalAudit& event, feed::JoinBatch join) {
  send({event, std::move(join)});
  writer_.flush();
}

void Audit::record_now(const v1::LocalAudit& event, feed::JoinBatch join, std::function<void(Status)> done) {
  if (audit_ == nullptr) return done(Error{Code::kStoreReadOnly, "the audit log takes no events"});
  ++under_way_;
  audit_->record(
      event,
      [this, done = std::move(done)](const Result<feed::Appended>& result) {
        --under_way_;
        done(result.ok() ? Status() : Status(result.error()));
        answered_.notify_all();
      },
      std::move(join));
  writer_.flush();
}

void Audit::send(Event event) {
  if (audit_ == nullptr) {
    hold(std::move(event));
    return;
  }
  ++under_way_;
  auto kept = std::make_shared<Event>(std::move(event));
  audit_->record(
      kept->event, [this, kept](const Result<feed::Appended>& result) { answered(std::move(*kept), result); },
      kept->join);
}

void Audit::answered(Event event, const Result<feed::Appended>& result) {
  --under_way_;
  if (!result.ok()) hold(std::move(event));
  answered_.notify_all();
}

void Audit::hold(Event event) {
  if (held_.size() < kMostHeld) {
    held_.push_back(std::move(event));
  } else {
    log_.error({Code::kFeedBusy, "an audit event was lost: " + event.event.event()});
  }
}

void Audit::retry() {
  if (held_.empty()) return;
  if (audit_ == nullptr && !begin().ok()) return;
  for (Event& event : std::exchange(held_, {}))
    send(std::move(event));
  writer_.flush();
}

runtime::Task<runtime::Status> Audit::settled() {
  while (under_way_ != 0)
    COMITY_CO_CHECK(co_await answered_.wait());
  co_return runtime::Status{};
}

}  // namespace comity::daemon
