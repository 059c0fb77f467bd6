// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/feeds.h"

namespace comity::daemon {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

home::Moment wall(const runtime::Clock& clock) {
  return std::chrono::floor<std::chrono::milliseconds>(clock.wall_now());
}

feed::SigningKey signing_key(const home::Identity& identity) {
  const crypto::Ed25519KeyPair& pair = identity.keys.signing;
  return {.pair = &pair, .id = crypto::key_id(pair.public_key()), .keydoc = identity.chain.version()};
}

}  // namespace

Result<v1::Wrap> Feeds::NoGrants::wrap(const crypto::FeedKey& /*key*/, const crypto::GrantContext& context) {
  return Error{Code::kFeedNoGrant, context.recipient.hex()};
}

Feeds::Feeds(runtime::Loop& loop, runtime::Clock& clock, Log& log, const Started& started)
    : started_(started),
      writer_({.store = *started.store,
               .random = random_,
               .self = started.marker.agency,
               .signing = signing_key(started.identity),
               .storage_key = started.identity.keys.storage,
               .grants = grants_,
               .projections = projections_.synchronous(),
               .now = [&clock] { return wall(clock); },
               .to_owner = [&loop](std::function<void()> function) { loop.post(std::move(function)); }}),
      audit_(writer_, log, started, [&clock] { return wall(clock); }) {}

Status Feeds::begin() {
  COMITY_TRY(const auto view, started_.store->snapshot());
  COMITY_TRY(const bool stale,
             feed::needs_reindex(*view, projections_.synchronous(), projections_.followers()));
  if (stale) return Error{Code::kFeedReindex, started_.paths.store().string()};
  return audit_.begin();
}

Result<feed::AuditPage> Feeds::audit_page(proto::ByteView after, std::size_t limit) const {
  COMITY_TRY(const auto view, started_.store->snapshot());
  const crypto::Key32& key = started_.identity.keys.storage;
  return feed::audit_page(*view, key, audit_space(started_.marker, key), after, limit);
}

Result<bool> Feeds::follow() {
  bool more = false;
  for (const feed::Follower* follower : projections_.followers()) {
    COMITY_TRY(const bool waits, feed::follow(*started_.store, *follower));
    more = more || waits;
  }
  return more;
}

}  // namespace comity::daemon
