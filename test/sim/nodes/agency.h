// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keydoc/key_chain.h"
#include "node/daemon/core.h"
#include "node/home/node_keys.h"
#include "test/sim/machine.h"
#include "test/sim/nodes/disk.h"
#include "test/sim/nodes/late_store.h"

namespace comity::sim::nodes {

/// One agency: what lies on its disk and in its safe, and its node while that runs. The node is the one that
/// comityd runs (daemon::Core), on RocksDB over a disk in memory. Outlives its world's events; crash() before
/// destruction.
class Agency {
 public:
  static constexpr std::uint16_t kPort = 7443;

  Agency(World& world, std::string name);
  Agency(const Agency&) = delete;
  Agency& operator=(const Agency&) = delete;
  ~Agency() = default;

  [[nodiscard]] const std::string& name() const noexcept { return machine_.name(); }
  [[nodiscard]] const proto::AgencyId& id() const noexcept { return marker_.agency; }
  [[nodiscard]] std::string words() const;
  [[nodiscard]] Machine& machine() noexcept { return machine_; }
  [[nodiscard]] Disk& disk() noexcept { return disk_; }
  [[nodiscard]] const crypto::Key32& storage_key() const noexcept { return keys_.storage; }
  [[nodiscard]] const crypto::X25519PublicKey& transport() const { return keys_.transport.public_key(); }
  [[nodiscard]] const home::NodeKeys& keys() const noexcept { return keys_; }

  void start();
  /// The node while it is up; nullptr else.
  [[nodiscard]] daemon::Core* core() noexcept { return up_ ? core_.get() : nullptr; }
  [[nodiscard]] LateStore* store() noexcept { return store_; }
  /// The process or the machine dies between two events, and what was not synced is lost.
  void crash(Machine::Crash how);
  /// Asks the node to end in order; it is down when the machine runs no more.
  void stop();
  /// crash(), and the store is an old copy when the node starts again.
  void restore(Machine::Crash how);

  /// How often a store was put back from a copy.
  [[nodiscard]] unsigned restores() const noexcept { return restores_; }
  /// Whether any after the first `restores` of them showed in nothing that lies beside the store, as when the
  /// copy was made since the node last started: then it may write again where only it has written before.
  [[nodiscard]] bool forgot_after(unsigned restores) const noexcept;
  [[nodiscard]] unsigned starts() const noexcept { return machine_.boots(); }
  /// What the node wrote to its log as warnings and errors, the newest last.
  [[nodiscard]] const std::deque<std::string>& log_lines() const noexcept { return lines_; }

  /// How far its program has come, for a report.
  [[nodiscard]] const char* phase() const noexcept { return phase_; }

  /// Opens the store for looking, when the node is down.
  [[nodiscard]] std::unique_ptr<storage::Store> open_store();

 private:
  [[nodiscard]] static runtime::Task<void> live(Agency* self);
  [[nodiscard]] proto::Status open();
  [[nodiscard]] home::Moment now() {
    return std::chrono::floor<std::chrono::milliseconds>(machine_.clock().wall_now());
  }
  void create();

  World& world_;
  Machine& machine_;
  Disk disk_;
  home::NodeKeys keys_;
  home::Marker marker_;
  std::optional<crypto::KeyChain> chain_;
  config::Settings settings_;
  std::deque<std::string> lines_;
  daemon::Log log_;

  std::optional<daemon::Started> started_;
  LateStore* store_ = nullptr;
  std::unique_ptr<daemon::Core> core_;
  runtime::Condition asked_to_stop_;
  bool stopping_ = false;
  bool up_ = false;
  unsigned restores_ = 0;
  std::vector<bool> shown_{};  ///< for each of them that was followed by a start
  const char* phase_ = "down";
};

}  // namespace comity::sim::nodes
