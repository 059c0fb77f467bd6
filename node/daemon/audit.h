// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/daemon/log.h"
#include "node/daemon/start.h"
#include "node/feed/audit_log.h"
#include "node/runtime/condition.h"

namespace comity::daemon {

/// The inside space that holds the audit feeds of this node: the same after every start, told by nothing that
/// leaves the node.
[[nodiscard]] proto::SpaceId audit_space(const home::Marker& marker, const crypto::Key32& storage_key);

/// One event of the node itself. `details` are cut to what the schema allows.
[[nodiscard]] v1::LocalAudit node_event(std::string event, home::Moment now, const Log::Pairs& details = {});

/// The audit log of a running node (research/operators.md 1.7). What cannot be written, on a full disk for
/// example, waits in memory up to kMostHeld events and is written when there is room. Owner thread.
class Audit {
 public:
  static constexpr std::size_t kMostHeld = 1000;

  Audit(feed::FeedWriter& writer, Log& log, const Started& started, std::function<home::Moment()> now)
      : writer_(writer), log_(log), started_(started), now_(std::move(now)) {}
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  /// Goes on with the newest audit feed of this node, or opens one: the first time, after a restore, and when
  /// its clock lies far ahead. Errors: kFeedDamaged and those of the store.
  [[nodiscard]] proto::Status begin();

  /// Records one event; `join` adds the rows of what it records.
  void record(const v1::LocalAudit& event, feed::JoinBatch join = {});

  /// The same for a change that must not be tried later: its rows belong to what is in memory now. `done`
  /// hears how it ended; kStoreReadOnly when there is no log to write to.
  void record_now(const v1::LocalAudit& event, feed::JoinBatch join, std::function<void(proto::Status)> done);

  /// Tries again what could not be written; for when the store takes writes again.
  void retry();

  /// Waits until every event has been written or has failed. Error kCancelled.
  [[nodiscard]] runtime::Task<runtime::Status> settled();

  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }
  /// Where events go; all zero before begin().
  [[nodiscard]] const proto::FeedId& feed() const noexcept { return feed_; }

 private:
  struct Event {
    v1::LocalAudit event;
    feed::JoinBatch join;
  };
  void send(Event event);
  void answered(Event event, const proto::Result<feed::Appended>& result);
  void hold(Event event);

  feed::FeedWriter& writer_;
  Log& log_;
  const Started& started_;
  std::function<home::Moment()> now_;
  proto::FeedId feed_;
  std::unique_ptr<feed::AuditLog> audit_;
  std::vector<Event> held_;
  std::size_t under_way_ = 0;
  runtime::Condition answered_;
};

}  // namespace comity::daemon
