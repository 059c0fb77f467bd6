// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>

#include "node/daemon/core.h"
#include "node/http/server.h"
#include "node/web/serve/site.h"

namespace comity::daemon {

/// The pages of this node on their address. Partners do not wait for them: while the address is taken by
/// another program, the node runs without pages and tries again. Owner thread.
class Web {
 public:
  /// How often it tries again.
  static constexpr std::chrono::seconds kAgain{5};

  /// All references outlive it.
  Web(runtime::Executor executor, runtime::Clock& clock, runtime::Net& net, Log& log, const Started& started,
      const api::CommandTable& commands, const api::CommunityDesk& desk);
  ~Web();
  Web(const Web&) = delete;
  Web& operator=(const Web&) = delete;

  /// Reads certificate and key; before listen(). Blocks on the disk. Error kConfigValue.
  [[nodiscard]] proto::Status begin();
  /// Opens the address, or keeps trying to until drain().
  void listen();
  /// The settings were read again: a new certificate counts for the next connection.
  void reload();

  /// Where the pages are, "http://127.0.0.1:8080/"; empty while they are nowhere.
  [[nodiscard]] std::string url() const;
  /// Why they are nowhere.
  [[nodiscard]] const std::optional<proto::Error>& trouble() const noexcept { return trouble_; }
  [[nodiscard]] std::size_t connections() const;

  [[nodiscard]] web::Site& site() noexcept { return *site_; }

  /// Stops accepting, lets answers under way end for `grace`, cancels what is left.
  [[nodiscard]] runtime::Task<void> drain(runtime::Duration grace);

 private:
  [[nodiscard]] runtime::Task<void> keep_trying();
  [[nodiscard]] bool open();

  runtime::Executor executor_;
  runtime::Clock& clock_;
  runtime::Net& net_;
  Log& log_;
  const Started& started_;
  std::unique_ptr<runtime::Pool> passwords_;
  std::unique_ptr<web::Site> site_;
  std::shared_ptr<const http::TlsContext> tls_;
  std::string address_;
  std::optional<proto::Error> trouble_;
  std::unique_ptr<http::Server> server_;
  runtime::Nursery tasks_;
};

}  // namespace comity::daemon
