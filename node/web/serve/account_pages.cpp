// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/account_pages.h"

#include <charconv>

#include <boost/json/array.hpp>

#include "node/community/people/bearer.h"
#include "node/web/serve/view.h"

namespace comity::web {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;

using Answer = http::Task<http::Response>;

http::Response show(const Visit& visit, const std::string& name, const json::object& view,
                    unsigned status = 200) {
  return html(visit.services->look(name, view), status);
}

json::object problem_of(const Error& error) {
  return {{"code", proto::code_label(error.code)},
          {"what", std::string(proto::describe(error.code).sentence)},
          {"detail", error.detail},
          {"next_step", std::string(proto::describe(error.code).next_step)}};
}

/// The hash of the session that asks, as hexadecimal text; empty for none.
std::string own_session(const Visit& visit) {
  const auto bearer = community::parse_bearer(community::BearerUse::kSession, visit.secret);
  return bearer ? community::bearer_hash(community::BearerUse::kSession, *bearer).hex() : std::string();
}

Answer sessions(std::shared_ptr<Visit> visit) {
  auto listed = co_await visit->run("session/list", {});
  if (!listed.ok()) co_return failure(*visit, listed.error());
  json::object view = page_view(*visit, "sessions");
  const std::string here = own_session(*visit);
  for (json::value& row : listed->as_object().at("sessions").as_array())
    row.as_object()["here"] = here.starts_with(std::string_view(row.as_object().at("id").as_string()));
  view["sessions"] = listed->as_object().at("sessions");
  co_return show(*visit, "sessions", view);
}

Answer end_session(std::shared_ptr<Visit> visit) {
  json::object which{{"id", visit->part("id")}};
  auto ended = co_await visit->run("session/end", std::move(which));
  if (!ended.ok()) co_return failure(*visit, ended.error());
  co_return see_other(*visit, "/settings/sessions");
}

Answer token_list(std::shared_ptr<Visit> visit, std::string made, std::optional<Error> problem) {
  auto listed = co_await visit->run("token/list", {});
  if (!listed.ok()) co_return failure(*visit, listed.error());
  json::object view = page_view(*visit, "tokens");
  view["tokens"] = listed->as_object().at("tokens");
  view["once"] = visit->once();
  view["made"] = made;
  view["problem"] = nullptr;
  if (problem) view["problem"] = problem_of(*problem);
  co_return show(*visit, "tokens", view, problem ? status_for(problem->code) : 200);
}

Answer tokens(std::shared_ptr<Visit> visit) {
  return token_list(std::move(visit), "", std::nullopt);
}

Answer make_token(std::shared_ptr<Visit> visit) {
  json::array scopes;
  for (const std::string& scope : visit->form.all("scopes"))
    scopes.push_back(json::string(scope));
  json::object what{{"name", visit->field("name").value_or("")}, {"scopes", std::move(scopes)}};
  const std::string days = visit->field("days").value_or("");
  std::uint64_t number = 0;
  // Named, not written into what is awaited: g++ 12 destroys an aggregate there twice.
  const std::string none;
  std::optional<Error> problem;
  const auto parsed = std::from_chars(days.data(), days.data() + days.size(), number);
  if (!days.empty() && (parsed.ec != std::errc() || parsed.ptr != days.data() + days.size()))
    problem = Error{Code::kWebTokenRule, "days: 1 to 366"};
  if (problem) {
    auto refused = co_await token_list(std::move(visit), none, std::move(problem));
    co_return refused;
  }
  if (!days.empty()) what["days"] = number;
  auto made = co_await visit->run("token/make", std::move(what));
  if (!made.ok()) {
    const bool form = made.error().code == Code::kWebTokenRule || made.error().code == Code::kBadArguments;
    if (!form) co_return failure(*visit, made.error());
    problem = Error{Code::kWebTokenRule, made.error().detail};
    auto refused = co_await token_list(std::move(visit), none, std::move(problem));
    co_return refused;
  }
  // It is shown in this answer and never again, so there is no page to go to; nor does any cache keep it.
  const std::string token(made->as_object().at("token").as_string());
  auto shown = co_await token_list(std::move(visit), token, std::nullopt);
  shown.fields.add("Cache-Control", "no-store");
  co_return shown;
}

Answer end_token(std::shared_ptr<Visit> visit) {
  json::object which{{"id", visit->part("id")}};
  auto ended = co_await visit->run("token/end", std::move(which));
  if (!ended.ok()) co_return failure(*visit, ended.error());
  co_return see_other(*visit, "/settings/tokens");
}

http::Response password_form(const Visit& visit, const std::optional<Error>& problem) {
  json::object view = page_view(visit, "password");
  view["once"] = visit.once();
  view["done"] = visit.asked("done").has_value();
  view["problem"] = nullptr;
  if (problem) view["problem"] = problem_of(*problem);
  return show(visit, "password", view, problem ? (status_for(problem->code) == 429 ? 429 : 422) : 200);
}

Answer password(std::shared_ptr<Visit> visit) {
  co_return password_form(*visit, std::nullopt);
}

Answer change_password(Accounts* accounts, std::shared_ptr<Visit> visit) {
  const std::string fresh = visit->field("new").value_or("");
  if (fresh != visit->field("again").value_or(""))
    co_return password_form(*visit, Error{Code::kWebField, "the new password is written in two ways"});
  auto known =
      co_await accounts->check(visit->person->handle, visit->field("old").value_or(""), visit->address, "");
  if (!known.ok()) co_return password_form(*visit, known.error());
  json::object what{{"password", fresh}, {"keep", own_session(*visit)}};
  auto changed = co_await visit->run("password/set", std::move(what));
  if (!changed.ok()) {
    if (changed.error().code == Code::kPasswordRule) co_return password_form(*visit, changed.error());
    co_return failure(*visit, changed.error());
  }
  co_return see_other(*visit, "/settings/password?done=1");
}

}  // namespace

void add_account_pages(Router& router, Accounts& accounts) {
  router.get("/settings/sessions", Access::kPerson, sessions);
  router.post("/settings/sessions/{id}/end", Access::kPerson, end_session);
  router.get("/settings/tokens", Access::kPerson, tokens);
  router.post("/settings/tokens", Access::kPerson, make_token, Sending::kOnce);
  router.post("/settings/tokens/{id}/end", Access::kPerson, end_token);
  router.get("/settings/password", Access::kPerson, password);
  router.post(
      "/settings/password", Access::kPerson,
      [&accounts](std::shared_ptr<Visit> visit) { return change_password(&accounts, std::move(visit)); },
      Sending::kOnce);
}

}  // namespace comity::web
