// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <vector>

#include "node/daemon/audit.h"
#include "node/federation/trust.h"
#include "node/feed/audit_page.h"
#include "node/feed/ingest.h"
#include "node/feed/writer.h"
#include "node/home/projections.h"
#include "node/runtime/clock.h"
#include "node/runtime/loop.h"

namespace comity::daemon {

/// The feeds of the running node: who writes ours and takes in those of others, the keys for both, what
/// derives from them, and the audit log among them. Owner thread.
class Feeds {
 public:
  /// All references outlive it.
  Feeds(runtime::Loop& loop, runtime::Clock& clock, Log& log, crypto::Random& random, const Started& started);

  /// Reads what is known of other agencies, and goes on with the audit log. Blocks on the disk. Errors:
  /// kFeedReindex, kFeedDamaged and those of the store.
  [[nodiscard]] proto::Status begin();

  /// Told of our own entries once they are on disk.
  void on_stored(std::function<void(std::span<const feed::Appended>)> stored) { stored_ = std::move(stored); }

  /// Lets the followers see what was stored since; a while at a time, true when more waits. Errors as
  /// feed::follow(). Any one thread at a time.
  [[nodiscard]] proto::Result<bool> follow();

  /// A page of the audit log, newest first; see feed::audit_page().
  [[nodiscard]] proto::Result<feed::AuditPage> audit_page(proto::ByteView after, std::size_t limit) const;

  /// Rows on disk, with the event that records them if there is one; `done` on the owner thread.
  void commit(std::optional<v1::LocalAudit> event, storage::Batch rows,
              std::function<void(proto::Status)> done);

  /// Told by the writer, see feed::WriterSetup.
  void on_waits(std::function<void(const proto::FeedId&)> waits) { waits_ = std::move(waits); }
  void on_clock_ahead(std::function<void(const proto::FeedId&)> ahead) { clock_ahead_ = std::move(ahead); }

  [[nodiscard]] feed::FeedWriter& writer() noexcept { return writer_; }
  [[nodiscard]] feed::Ingester& ingester() noexcept { return ingester_; }
  [[nodiscard]] federation::Trust& trust() noexcept { return trust_; }
  /// Those that take part in the batch of every entry.
  [[nodiscard]] feed::Projections projections() const noexcept { return projections_.synchronous(); }
  [[nodiscard]] Audit& audit() noexcept { return audit_; }
  [[nodiscard]] const std::shared_ptr<feed::Recent>& recent() const noexcept { return recent_; }

 private:
  const Started& started_;
  runtime::Loop& loop_;
  std::shared_ptr<feed::Recent> recent_;
  home::NodeProjections projections_;
  std::function<void(std::span<const feed::Appended>)> stored_;
  std::function<void(const proto::FeedId&)> waits_;
  std::function<void(const proto::FeedId&)> clock_ahead_;
  federation::Trust trust_;
  feed::FeedWriter writer_;
  feed::Ingester ingester_;
  Audit audit_;
};

}  // namespace comity::daemon
