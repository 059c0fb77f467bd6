// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <string>

#include "tools/benchmark/control.h"
#include "tools/benchmark/process.h"

namespace comity::benchmark {

/// An agency of a measurement: a data directory of its own and the real programs on it. What goes wrong ends
/// the program.
class Agency {
 public:
  /// Makes the directory within `workplace`, unless an earlier run left it, and starts the node; `name` is
  /// short name and person, `memory` the setting store.memory_limit, empty for the default.
  Agency(const std::filesystem::path& workplace, std::string name, const std::string& memory = {});

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] Daemon& daemon() { return daemon_; }
  [[nodiscard]] int port() const { return port_; }

  /// Starts the node once it has ended.
  void start();
  /// `comity WORDS --data DIR`: what it printed.
  std::string command(std::vector<std::string> words) const;
  [[nodiscard]] boost::json::object document(std::vector<std::string> words) const;
  [[nodiscard]] Control control() const;

 private:
  std::string name_;
  int port_;
  std::filesystem::path directory_;
  std::filesystem::path log_;
  Daemon daemon_;
};

/// Tries until it gives true; ends the program when it does not within a minute.
void wait_until(const std::string& what, const std::function<bool()>& check);

/// Invitation, words both ways, until both are connected.
void connect(const Agency& a, const Agency& b);

/// A shared space of `steward`, joined at the other when `with_it`; its history from the first entry on.
void open_space(const Agency& steward, const Agency& other, const std::string& slug, bool with_it);

/// Entries of a node that its peer has not acknowledged: all that is acknowledged is verified and on disk
/// there.
[[nodiscard]] std::uint64_t outbox(Control& control, const std::string& peer);

}  // namespace comity::benchmark
