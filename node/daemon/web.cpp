// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/web.h"

#include <sys/resource.h>

#include "crypto/sha256.h"
#include "node/runtime/asio/system.h"
#include "node/web/look/look.h"
#include "node/web/pages/pages.h"

namespace comity::daemon {
namespace {

using proto::Code;
using proto::Error;
using proto::Status;

// Besides connections of browsers: the store's files, peers, the control socket.
constexpr rlim_t kOtherDescriptors = 1024;

/// How many of `wanted` connections the system lets this process have.
std::size_t affordable(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kOtherDescriptors;
  if (limit.rlim_cur < needed) {
    // What service managers start has a soft limit of 1024 for the sake of select(), which nothing here
    // calls.
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  return limit.rlim_cur > 2 * kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors : limit.rlim_cur / 2;
}

}  // namespace

Web::Web(runtime::Executor executor, runtime::Clock& clock, runtime::Net& net, Log& log,
         const Started& started, const api::CommandTable& commands, const api::CommunityDesk& desk)
    : executor_(std::move(executor)),
      clock_(clock),
      net_(net),
      log_(log),
      started_(started),
      passwords_(runtime::make_thread_pool(1)),
      tasks_(executor_) {
  const auto& current = started.identity.chain.current();
  site_ = std::make_unique<web::Site>(
      web::SiteSetup{.commands = commands,
                     .desk = desk,
                     .clock = clock,
                     .passwords = *passwords_,
                     .settings = [&started]() -> const config::Settings& { return started.settings; },
                     .agency = current.legal_name,
                     .short_name = current.short_name,
                     .tls = !started.settings.web.tls_certificate.empty(),
                     .key = crypto::tagged_hash("web-key", {started.identity.keys.storage.view()}),
                     .look = web::look,
                     .report =
                         [&log](const Error& error, const std::string& id) {
                           log.error(error, {{"id", id}});
                         }});
  web::add_pages(site_->router(), site_->assets());
}

Web::~Web() = default;

Status Web::begin() {
  const auto& web = started_.settings.web;
  const bool odd_base = !web.base.empty() && (!web.base.starts_with('/') || web.base.ends_with('/') ||
                                              web.base.find_first_of("?#%\\\"<> ") != std::string::npos);
  if (odd_base) {
    return Error{Code::kConfigValue, "web.base is \"" + web.base + "\"; it takes a path as in \"/comity\""};
  }
  if (web.tls_certificate.empty() != web.tls_key.empty())
    return Error{Code::kConfigValue, "web.tls_certificate and web.tls_key are set together"};
  if (web.tls_certificate.empty()) return {};
  COMITY_TRY(tls_, http::TlsContext::load(web.tls_certificate, web.tls_key));
  return {};
}

void Web::listen() {
  tasks_.spawn("web events", site_->watch());
  if (!open()) tasks_.spawn("web address", keep_trying());
}

bool Web::open() {
  const auto& at = started_.settings.node.web;
  const auto endpoint = runtime::Endpoint::make(at.host, at.port);
  auto listener = endpoint.ok() ? net_.listen(*endpoint)
                                : proto::Result<std::unique_ptr<runtime::Listener>>(endpoint.error());
  if (!listener.ok()) {
    if (!trouble_) log_.warning(listener.error(), {{"pages", "they wait for their address"}});
    trouble_ = listener.error();
    return false;
  }
  trouble_.reset();
  address_ = (*listener)->local().to_string();
  const auto wanted = static_cast<std::size_t>(started_.settings.web.connections);
  const std::size_t most = affordable(wanted);
  if (most < wanted) {
    log_.warning({Code::kOutOfSockets, "web.connections is " + std::to_string(wanted)},
                 {{"connections", std::to_string(most)}});
  }
  server_ = std::make_unique<http::Server>(executor_, clock_,
                                           http::tcp_door(*std::move(listener), [this] { return tls_; }),
                                           site_->service([this](const std::string& what) {
                                             log_.error({Code::kUnknown, what});
                                           }),
                                           most, http::WhenFull::kMakeRoom);
  log_.info("pages are served", {{"url", url()}});
  return true;
}

runtime::Task<void> Web::keep_trying() {
  while (server_ == nullptr) {
    const Status slept = co_await clock_.sleep_for(kAgain);
    if (!slept.ok()) co_return;
    (void)open();
  }
}

void Web::reload() {
  if (tls_ == nullptr) return;
  const auto& web = started_.settings.web;
  auto fresh = http::TlsContext::load(web.tls_certificate, web.tls_key);
  if (!fresh.ok()) return log_.error(fresh.error(), {{"pages", "they keep the certificate that they had"}});
  tls_ = *std::move(fresh);
}

std::string Web::url() const {
  if (address_.empty()) return {};
  return (tls_ == nullptr ? "http://" : "https://") + address_ + started_.settings.web.base + "/";
}

std::size_t Web::connections() const {
  return server_ == nullptr ? 0 : server_->connections();
}

runtime::Task<void> Web::drain(runtime::Duration grace) {
  site_->close();
  tasks_.cancel();
  co_await tasks_.join();
  if (server_ != nullptr) co_await server_->drain(grace);
}

}  // namespace comity::daemon
