// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/random.h"
#include "node/daemon/audit.h"
#include "node/feed/audit_page.h"
#include "node/feed/writer.h"
#include "node/home/projections.h"
#include "node/runtime/clock.h"
#include "node/runtime/loop.h"

namespace comity::daemon {

/// The feeds of the running node: their one writer, what derives from them, and the audit log among them.
/// Owner thread.
class Feeds {
 public:
  /// All references outlive it.
  Feeds(runtime::Loop& loop, runtime::Clock& clock, Log& log, const Started& started);

  /// Goes on with the audit log, and brings the projections up to date. Blocks on the disk. Errors:
  /// kFeedReindex, kFeedDamaged and those of the store.
  [[nodiscard]] proto::Status begin();

  /// Lets the followers see what was stored since; a while at a time, true when more waits. Errors as
  /// feed::follow().
  [[nodiscard]] proto::Result<bool> follow();

  /// A page of the audit log, newest first; see feed::audit_page().
  [[nodiscard]] proto::Result<feed::AuditPage> audit_page(proto::ByteView after, std::size_t limit) const;

  [[nodiscard]] feed::FeedWriter& writer() noexcept { return writer_; }
  [[nodiscard]] Audit& audit() noexcept { return audit_; }

 private:
  /// As long as there are no peers, nobody's encryption key is held.
  class NoGrants final : public feed::GrantMaker {
   public:
    proto::Result<v1::Wrap> wrap(const crypto::FeedKey& key, const crypto::GrantContext& context) override;
  };

  const Started& started_;
  crypto::SystemRandom random_;
  NoGrants grants_;
  home::NodeProjections projections_;
  feed::FeedWriter writer_;
  Audit audit_;
};

}  // namespace comity::daemon
