// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/front.h"

#include "node/api/problem.h"
#include "node/http/encoding.h"
#include "node/web/serve/cookies.h"
#include "node/web/serve/headers.h"
#include "node/web/serve/sign_in.h"
#include "node/web/serve/view.h"

namespace comity::web {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::size_t kTicketBytes = 26;

// Below that size the headers outweigh what compression saves.
constexpr std::size_t kWorthZipping = 1024;

http::Response plain(unsigned status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

http::Response refusal(const Error& error) {
  return plain(status_for(error.code), proto::to_string(error) + "\n");
}

std::string header(const http::Request& request, std::string_view name) {
  return std::string(request.fields.find(name).value_or(std::string_view()));
}

bool is_reading(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

/// The token of a program: of the interface below /api/ alone, pages are for browsers.
std::optional<std::string> program_token(const Visit& visit) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto stated = visit.request.fields.find("Authorization");
  if (!stated || !stated->starts_with(kBearer) || !visit.path.starts_with("/api/")) return std::nullopt;
  return std::string(stated->substr(kBearer.size()));
}

/// A tag for the answer that stays the same while only the mask of the form token changes: the form that a
/// browser has kept still works.
std::string tag_of(const std::string& body, const std::string& csrf, bool zipped) {
  crypto::Sha256 sum;
  std::string_view rest = body;
  while (!csrf.empty()) {
    const std::size_t at = rest.find(csrf);
    if (at == std::string_view::npos) break;
    sum.update(proto::as_bytes(rest.substr(0, at)));
    rest.remove_prefix(at + csrf.size());
  }
  sum.update(proto::as_bytes(rest));
  return "\"" + sum.finish().hex().substr(0, 24) + (zipped ? "-gz\"" : "\"");
}

/// The tag, if it is to have one, and the compression of a whole answer: pure, for a worker.
http::Response pack(http::Response response, const std::optional<std::string>& csrf, bool zip,
                    const std::string& held) {
  zip = zip && response.body.size() >= kWorthZipping;
  if (csrf) {
    const std::string tag = tag_of(response.body, *csrf, zip);
    response.fields.add("ETag", tag);
    if (!held.empty() && http::none_match_holds(held, tag)) {
      response.status = 304;
      response.body.clear();
      return response;
    }
  }
  if (!zip) return response;
  auto zipped = http::gzip(response.body, http::Effort::kEach);
  if (!zipped.ok()) return response;
  response.body = *std::move(zipped);
  response.fields.add("Content-Encoding", "gzip");
  return response;
}

}  // namespace

Front::Front(Services& services, Accounts& accounts, const Router& router)
    : services_(services), accounts_(accounts), router_(router) {}

http::Response Front::refuse(const Error& error) const {
  http::Response out = refusal(error);
  // What follows a request that could not be read is not read either: it may be a part of it.
  out.keep_alive = error.code != Code::kHttpMalformed;
  add_security_headers(out, services_.tls);
  return out;
}

http::Task<http::Response> Front::answer(http::Request request, http::Caller caller) {
  auto visit = std::make_shared<Visit>();
  visit->services = &services_;
  std::string thrown;
  try {
    co_return co_await answer_to(visit, std::move(request), std::move(caller));
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  auto response = failure(*visit, {Code::kUnknown, thrown});
  add_security_headers(response, visit->secure);
  response.keep_alive = false;
  co_return response;
}

http::Task<http::Response> Front::answer_to(std::shared_ptr<Visit> visit, http::Request request,
                                            http::Caller caller) {
  const auto& settings = services_.settings();
  auto origin = origin_of(request, caller, services_.tls, settings);
  if (!origin.ok()) co_return refuse(origin.error());
  visit->base = settings.web.base;
  visit->host = origin->host;
  visit->secure = origin->secure;
  const std::size_t question = request.target.find('?');
  std::string path = request.target.substr(0, question);
  // Only our own form of a target: no absolute one, which only a forward proxy is sent.
  if (!path.starts_with('/')) co_return refuse({Code::kHttpMalformed, "the target"});
  if (!path.starts_with(visit->base) ||
      (path.size() > visit->base.size() && path[visit->base.size()] != '/')) {
    co_return refuse({Code::kWebNotThere, {}});
  }
  path.erase(0, visit->base.size());
  if (path.empty()) path = "/";
  if (constexpr std::string_view kAssets = "/assets/"; path.starts_with(kAssets) && is_reading(request)) {
    http::Response asset = services_.assets.answer(std::string_view(path).substr(kAssets.size()), request);
    add_security_headers(asset, visit->secure);
    co_return asset;
  }
  visit->path = percent_decode(path, false).value_or(std::string());
  auto query =
      Form::parse(question == std::string::npos ? std::string_view()
                                                : std::string_view(request.target).substr(question + 1));
  if (!query.ok()) co_return refuse({Code::kHttpMalformed, "the query"});
  visit->query = *std::move(query);
  visit->request = std::move(request);
  auto response = co_await page(visit, *std::move(origin), std::move(path));
  co_return co_await finish(std::move(visit), std::move(response));
}

http::Task<Status> Front::identify(std::shared_ptr<Visit> visit, Origin origin) {
  const std::string cookies = header(visit->request, "Cookie");
  const auto session = find_cookie(cookies, kSessionCookie, visit->secure);
  visit->locale = plain_value(find_cookie(cookies, "comity_locale", visit->secure), 16, "en");
  visit->zone = plain_value(find_cookie(cookies, "comity_zone", visit->secure), 64, "UTC");
  visit->theme = plain_value(find_cookie(cookies, "comity_theme", visit->secure), 8, "auto");
  if (const auto token = program_token(*visit)) {
    const auto program = accounts_.person_of_token(*token);
    if (!program.ok()) co_return program.error();
    if (!*program || (*program)->token.kind != community::TokenKind::kApi) co_return Status{};
    visit->person = (*program)->person;
    visit->scopes = (*program)->token.scopes;
    visit->secret = *token;
    co_return Status{};
  }
  const auto handle = proxy_person(visit->request, origin, services_.settings());
  std::optional<Person> person;
  if (session) {
    const auto known = accounts_.person_of_session(*session);
    if (!known.ok()) co_return known.error();
    // Whom the proxy has signed in is signed out when it says so no longer.
    if (*known && (handle || (*known)->by == community::SignedInBy::kPassword)) person = (*known)->person;
  }
  std::string owner = person ? *session : std::string();
  if (handle && (!person || person->handle != *handle)) {
    auto named = accounts_.person_named(*handle);
    if (!named.ok()) co_return named.error();
    person = *std::move(named);
    owner.clear();
    if (person) {
      community::PersonRow row{.id = person->id, .handle = person->handle};
      auto begun = co_await accounts_.begin(std::move(row), community::SignedInBy::kProxy, origin.address,
                                            header(visit->request, "User-Agent"));
      if (!begun.ok()) co_return begun.error();
      owner = *begun;
      visit->cookies.push_back(set_cookie({.name = kSessionCookie, .value = owner}, visit->secure));
    }
  }
  visit->person = std::move(person);
  visit->secret = owner;
  if (owner.empty()) {
    const auto held = find_cookie(cookies, kFormCookie, visit->secure);
    owner = held && held->size() == kTicketBytes ? *held : random_text(services_.desk.random);
    if (!held || owner != *held)
      visit->cookies.push_back(set_cookie({.name = kFormCookie, .value = owner}, visit->secure));
  }
  visit->owner = owner;
  visit->address = origin.address;
  visit->csrf = masked(form_secret(owner), services_.desk.random);
  co_return Status{};
}

Status Front::check_form(Visit& visit) {
  if (visit.from_elsewhere) return Error{Code::kWebFormStale, "another site sent it"};
  const std::string type = header(visit.request, "Content-Type");
  if (!type.starts_with(kFormType))
    return Error{Code::kHttpContentType, "a form is sent as " + std::string(kFormType)};
  auto form = Form::parse(visit.request.body);
  if (!form.ok()) return form.error();
  visit.form = *std::move(form);
  const auto stated = visit.form.find("csrf");
  const std::string token = stated ? *stated : header(visit.request, "X-CSRF-Token");
  if (!unmasks_to(token, form_secret(visit.owner))) return Error{Code::kWebFormStale, {}};
  return {};
}

http::Task<http::Response> Front::page(std::shared_ptr<Visit> visit, Origin origin, std::string path_sent) {
  const Status identified = co_await identify(visit, origin);
  if (!identified.ok()) co_return failure(*visit, identified.error());
  const Router::Found found = router_.find(visit->request.method, path_sent);
  visit->parts = found.parts;
  if (found.route == nullptr) {
    // Who is not signed in is told of no page, be it there or not.
    if (!visit->person) co_return co_await ask_to_sign_in(std::move(visit));
    if (found.methods.empty()) co_return not_there(*visit);
    auto refused = failure(*visit, {Code::kHttpMethod, visit->request.method});
    std::string allowed;
    for (const std::string& method : found.methods)
      allowed += (allowed.empty() ? "" : ", ") + method;
    refused.fields.add("Allow", allowed);
    co_return refused;
  }
  const Route* const route = found.route;
  visit->from_elsewhere = comes_from_elsewhere(visit->request, origin);
  if (route->sending == Sending::kProgram) co_return co_await run(route, std::move(visit));
  const bool reads = is_reading(visit->request);
  if (!reads) {
    const Status form = check_form(*visit);
    if (!form.ok()) {
      const bool signed_out = !visit->person && route->access != Access::kAnyone;
      if (signed_out && form.error().code == Code::kWebFormStale && !visit->from_elsewhere)
        co_return co_await ask_to_sign_in(std::move(visit));
      co_return failure(*visit, form.error());
    }
  }
  if (route->access != Access::kAnyone && !visit->person) co_return co_await ask_to_sign_in(std::move(visit));
  if (route->access == Access::kOperator && !visit->person->administrator) co_return not_there(*visit);
  if (reads || route->sending == Sending::kPlain) co_return co_await run(route, std::move(visit));
  const auto ticket = visit->field("once");
  if (!ticket || ticket->size() != kTicketBytes) co_return failure(*visit, {Code::kWebFormStale, {}});
  const std::string key = visit->owner + " " + *ticket;
  co_return co_await run_once(route, std::move(visit), key);
}

http::Task<http::Response> Front::run_once(const Route* route, std::shared_ptr<Visit> visit,
                                           std::string ticket) {
  switch (once_.begin(ticket)) {
    case Once::Seen::kWorking:
      co_return failure(*visit, {Code::kWebFormTwice, {}});
    case Once::Seen::kDone: {
      if (once_.location(ticket).empty()) co_return failure(*visit, {Code::kWebFormTwice, {}});
      http::Response again{.status = 303};
      again.fields.add("Location", once_.location(ticket));
      co_return again;
    }
    case Once::Seen::kFirst:
      break;
  }
  struct Release {
    Once& once;
    const std::string& ticket;
    std::optional<std::string> location{};
    ~Release() { once.end(ticket, std::move(location)); }
  } release{once_, ticket};
  auto response = co_await run(route, std::move(visit));
  // A form that was refused may be corrected and sent again.
  if (response.status < 400) release.location = std::string(response.fields.find("Location").value_or(""));
  co_return response;
}

http::Task<http::Response> Front::run(const Route* route, std::shared_ptr<Visit> visit) {
  return route->page(std::move(visit));
}

http::Task<http::Response> Front::finish(std::shared_ptr<Visit> visit, http::Response response) {
  for (const std::string& cookie : visit->cookies)
    response.fields.add("Set-Cookie", cookie);
  add_security_headers(response, visit->secure);
  const bool api = visit->path.starts_with("/api/");
  if (!response.fields.find("Cache-Control"))
    response.fields.add("Cache-Control", api ? "no-store" : "private, no-cache");
  if (response.outflow != nullptr || response.body.empty()) co_return response;
  response.fields.add("Vary", "Accept-Encoding, Cookie");
  if (response.status != 200) co_return response;
  const bool zip = http::takes_gzip(header(visit->request, "Accept-Encoding"));
  const std::string held =
      is_reading(visit->request) ? header(visit->request, "If-None-Match") : std::string();
  const auto csrf = visit->tagged ? std::optional(visit->csrf) : std::nullopt;
  if (!csrf && !zip) co_return response;
  if (response.body.size() < kWorthZipping) co_return pack(std::move(response), csrf, false, held);
  auto job = [response = std::move(response), csrf, zip, held]() mutable {
    return pack(std::move(response), csrf, zip, held);
  };
  auto packed = co_await services_.desk.pool.run(std::move(job));
  co_return packed;
}

http::Service service_of(Front* front, std::function<void(const std::string&)> failed) {
  http::Service service;
  // Not themselves coroutines: the pointer is copied into the one that is called.
  service.handler = [front](http::Request request, http::Caller caller) {
    return front->answer(std::move(request), std::move(caller));
  };
  service.refusal = [front](const Error& error) { return front->refuse(error); };
  service.failed = std::move(failed);
  return service;
}

}  // namespace comity::web
