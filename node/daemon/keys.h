// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "node/api/keys.h"
#include "node/daemon/feeds.h"
#include "node/daemon/world.h"
#include "node/home/rotation.h"
#include "node/runtime/nursery.h"
#include "node/runtime/pool.h"

namespace comity::daemon {

/// Changes the keys of the running node (node/home/rotation.h has the steps on disk). Owner thread.
class Keys final : public api::KeyChanger {
 public:
  /// How long a planned document waits for its signature.
  static constexpr std::chrono::hours kPlanned{1};

  /// All references outlive it.
  Keys(runtime::Executor executor, Started& started, Feeds& feeds, World& world, runtime::Pool& pool,
       Log& log, crypto::Random& random, std::function<home::Moment()> now);

  /// Before anybody connects: a change that was cut off behind its files is put on record and announced.
  void recover();

  [[nodiscard]] proto::Result<proto::Bytes> plan_rotation(const std::string& reason) override;
  [[nodiscard]] proto::Result<proto::Bytes> plan_revocation(const crypto::Revocation& revocation) override;
  void install(proto::Bytes signed_doc, federation::By by, OnInstalled done) override;

  /// Waits until what takes effect has done so.
  [[nodiscard]] runtime::Task<void> settled();

  /// Says in the log that keys end soon; for once a day.
  void warn();

 private:
  /// What waits for a signature.
  struct Planned {
    home::PlannedKeys keys;
    home::Moment since;
    std::string event;
    std::string reason;
    std::optional<crypto::Revocation> revocation{};
  };
  [[nodiscard]] static runtime::Task<void> take_effect(Keys* keys, Planned planned, crypto::KeyChain next,
                                                       federation::By by, OnInstalled done);
  [[nodiscard]] proto::Result<crypto::KeyChain> check(proto::ByteView signed_doc) const;
  [[nodiscard]] runtime::Task<proto::Status> on_disk(home::NodeKeys keys,
                                                     std::optional<crypto::KeyChain> chain);
  void use(const home::NodeKeys& keys, crypto::KeyChain chain);
  [[nodiscard]] v1::LocalAudit event(const Planned& planned, const federation::By& by) const;

  Started& started_;
  Feeds& feeds_;
  World& world_;
  runtime::Pool& pool_;
  Log& log_;
  crypto::Random& random_;
  std::function<home::Moment()> now_;
  std::optional<Planned> planned_;
  bool busy_ = false;
  runtime::Nursery tasks_;
};

}  // namespace comity::daemon
