// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/http/connection.h"
#include "node/web/serve/accounts.h"
#include "node/web/serve/once.h"
#include "node/web/serve/router.h"

namespace comity::web {

/// The way of every request of the pages, from the connection to the answer: where it comes from, who it is,
/// whether they may, whether a form is theirs; then the page; then the headers, the tag and the compression
/// of the answer. Owner thread.
class Front {
 public:
  /// `services` and `accounts` outlive it, and it the connections. `router` is filled before it serves.
  Front(Services& services, Accounts& accounts, const Router& router);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  /// What the server calls for each request.
  [[nodiscard]] http::Task<http::Response> answer(http::Request request, http::Caller caller);
  /// For a request that never became one.
  [[nodiscard]] http::Response refuse(const proto::Error& error) const;

 private:
  [[nodiscard]] http::Task<http::Response> answer_to(std::shared_ptr<Visit> visit, http::Request request,
                                                     http::Caller caller);
  [[nodiscard]] http::Task<http::Response> page(std::shared_ptr<Visit> visit, Origin origin,
                                                std::string path_sent);
  [[nodiscard]] http::Task<http::Response> run(const Route* route, std::shared_ptr<Visit> visit);
  [[nodiscard]] http::Task<http::Response> run_once(const Route* route, std::shared_ptr<Visit> visit,
                                                    std::string ticket);
  [[nodiscard]] http::Task<proto::Status> identify(std::shared_ptr<Visit> visit, Origin origin);
  [[nodiscard]] static proto::Status check_form(Visit& visit);
  [[nodiscard]] http::Task<http::Response> finish(std::shared_ptr<Visit> visit, http::Response response);

  Services& services_;
  Accounts& accounts_;
  const Router& router_;
  Once once_;
};

/// The handler and the refusals of `front` for a server; `failed` hears of what a page threw.
[[nodiscard]] http::Service service_of(Front* front, std::function<void(const std::string&)> failed);

}  // namespace comity::web
