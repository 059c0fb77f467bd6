// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "comity/v1/audit.pb.h"

#include "node/feed/writer.h"

namespace comity::feed {

/// The one log of what operators and the node decided: LOCAL_AUDIT entries in an inside feed of the node.
/// Owner thread.
class AuditLog {
 public:
  /// `feed` is an inside feed of ours that holds nothing else.
  AuditLog(FeedWriter& writer, const FeedId& feed) : writer_(writer), feed_(feed) {}

  /// Queues one event; it leaves with the next flush. `join` adds the rows of the change that it records,
  /// which then happens with its record or not at all. Failures come through `done`: those of
  /// FeedWriter::append(), and those of the strict walker for an event that breaks its schema.
  void record(const v1::LocalAudit& event, OnAppended done = {}, JoinBatch join = {});

  [[nodiscard]] const FeedId& feed() const noexcept { return feed_; }

 private:
  FeedWriter& writer_;
  FeedId feed_;
};

}  // namespace comity::feed
