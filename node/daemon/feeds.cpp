// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/feeds.h"

#include <memory>
#include <utility>

#include "crypto/keydoc/key_id.h"
#include "node/runtime/endpoint.h"

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

std::vector<std::string> advertised(const config::Settings& settings) {
  const config::Endpoint& at = settings.node.advertise;
  const auto endpoint = runtime::Endpoint::make(at.host, at.port);
  if (!endpoint.ok()) return {};
  return {endpoint->to_string()};
}

}  // namespace

Feeds::Feeds(runtime::Loop& loop, runtime::Clock& clock, Log& log, crypto::Random& random,
             const Started& started)
    : started_(started),
      loop_(loop),
      recent_(std::make_shared<feed::Recent>(feed::kRecentBytes)),
      projections_(started.marker.agency, started.identity.keys.storage, recent_),
      trust_({.store = *started.store,
              .random = random,
              .self = started.marker.agency,
              .storage_key = started.identity.keys.storage,
              .chain = started.identity.chain,
              .signing = [this] { return signing_key(started_.identity); },
              .advertised = [this] { return advertised(started_.settings); },
              .now = [&clock] { return wall(clock); }}),
      writer_({.store = *started.store,
               .random = random,
               .self = started.marker.agency,
               .signing = signing_key(started.identity),
               .storage_key = started.identity.keys.storage,
               .grants = trust_.grants(),
               .projections = projections_.synchronous(),
               .now = [&clock] { return wall(clock); },
               .to_owner = [&loop](std::function<void()> function) { loop.post(std::move(function)); },
               .stored =
                   [this](std::span<const feed::Appended> entries) {
                     if (stored_) stored_(entries);
                   },
               .waits =
                   [this](const proto::FeedId& feed) {
                     if (waits_) waits_(feed);
                   },
               .clock_ahead =
                   [this](const proto::FeedId& feed) {
                     if (clock_ahead_) clock_ahead_(feed);
                   },
               .recent = recent_}),
      ingester_({.store = *started.store,
                 .random = random,
                 .self = started.marker.agency,
                 .storage_key = started.identity.keys.storage,
                 .grants = trust_.grants(),
                 .projections = projections_.synchronous(),
                 .to_owner = [&loop](std::function<void()> function) { loop.post(std::move(function)); },
                 .recent = recent_}),
      audit_(writer_, log, started, [&clock] { return wall(clock); }) {}

Status Feeds::begin() {
  COMITY_CHECK(trust_.load());
  return audit_.begin();
}

Result<feed::AuditPage> Feeds::audit_page(proto::ByteView after, std::size_t limit) const {
  COMITY_TRY(const auto view, started_.store->snapshot());
  const crypto::Key32& key = started_.identity.keys.storage;
  return feed::audit_page(*view, key, audit_space(started_.marker, key), after, limit);
}

Result<bool> Feeds::follow() {
  return feed::follow(*started_.store, projections_.followers(), recent_.get());
}

void Feeds::commit(std::optional<v1::LocalAudit> event, storage::Batch rows,
                   std::function<void(Status)> done) {
  if (event) {
    auto kept = std::make_shared<storage::Batch>(std::move(rows));
    audit_.record_now(
        *event,
        [kept](storage::Batch& batch, const feed::Appended& /*entry*/) {
          for (std::size_t i = 0; i < kept->guard_count(); ++i) {
            const storage::Guard guard = kept->guard(i);
            if (guard.kind == storage::Guard::Kind::kAbsent) batch.expect_absent(guard.key);
            if (guard.kind == storage::Guard::Kind::kPresent) batch.expect_present(guard.key);
            if (guard.kind == storage::Guard::Kind::kEquals) batch.expect_equal(guard.key, guard.value);
          }
          for (std::size_t i = 0; i < kept->op_count(); ++i) {
            const storage::Op op = kept->op(i);
            if (op.kind == storage::OpKind::kPut) batch.put(op.key, op.value);
            if (op.kind == storage::OpKind::kErase) batch.erase(op.key);
            if (op.kind == storage::OpKind::kEraseRange) batch.erase_range(op.key, op.value);
          }
        },
        std::move(done));
    return;
  }
  started_.store->submit(
      std::move(rows), storage::Durability::kSynced,
      [this, done = std::move(done)](const Result<storage::Version>& result) {
        loop_.post([done, status = result.ok() ? Status() : Status(result.error())] { done(status); });
      });
}

}  // namespace comity::daemon
