// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/sign_in.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "node/web/serve/cookies.h"
#include "node/web/serve/view.h"

namespace comity::web {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;

constexpr std::chrono::hours kDeviceKept{24 * 365};

// Fields of the sign-in form itself, and of a form's protection: new ones are given after signing in.
bool is_kept(const std::string& name) {
  return name != "csrf" && name != "once";
}

/// The fields of a form that was sent by somebody who is not signed in, to be sent again.
json::object kept_form(const Visit& visit) {
  json::array fields;
  for (const auto& [name, value] : visit.form.rows()) {
    if (is_kept(name)) fields.push_back(json::object{{"name", name}, {"value", value}});
  }
  return {{"action", visit.path}, {"fields", std::move(fields)}};
}

json::object sign_in_view(const Visit& visit, const std::string& next, const std::string& handle) {
  json::object view = page_view(visit, "sign-in");
  view["next"] = next;
  view["handle"] = handle;
  view["kept"] = "";
  view["problem"] = nullptr;
  return view;
}

http::Response show(const Visit& visit, const json::object& view, unsigned status) {
  return html(visit.services->look("sign-in", view), status);
}

json::object problem_of(const Error& error) {
  return {{"code", proto::code_label(error.code)},
          {"what", std::string(proto::describe(error.code).sentence)},
          {"next_step", std::string(proto::describe(error.code).next_step)}};
}

http::Task<http::Response> ask(std::shared_ptr<Visit> visit) {
  const std::string next = safe_next(visit->asked("next").value_or("/"));
  if (visit->person) co_return see_other(*visit, next);
  co_return show(*visit, sign_in_view(*visit, next, ""), 200);
}

/// What was kept of a form, as a page that sends it again with one press: a new form token goes with it.
http::Response give_back(const Visit& visit, const std::string& kept) {
  boost::system::error_code failed;
  const json::value read = json::parse(kept, failed);
  const json::value* const fields =
      !failed && read.is_object() ? read.get_object().if_contains("fields") : nullptr;
  const json::value* const action =
      !failed && read.is_object() ? read.get_object().if_contains("action") : nullptr;
  if (fields == nullptr || !fields->is_array() || action == nullptr || !action->is_string())
    return failure(visit, {Code::kWebField, "kept"});
  json::object view = page_view(visit, "resend");
  view["action"] = safe_next(std::string_view(action->get_string()));
  view["fields"] = *fields;
  view["once"] = visit.once();
  return html(visit.services->look("resend", view));
}

http::Task<http::Response> sign_in(Accounts* accounts, std::shared_ptr<Visit> visit) {
  const std::string next = safe_next(visit->field("next").value_or("/"));
  const std::string handle = visit->field("handle").value_or("");
  const std::string password = visit->field("password").value_or("");
  const std::string kept = visit->field("kept").value_or("");
  const std::string cookies(visit->request.fields.find("Cookie").value_or(""));
  const std::string device = find_cookie(cookies, kDeviceCookie, visit->secure).value_or("");
  auto person = co_await accounts->check(handle, password, visit->address, device);
  if (!person.ok()) {
    json::object view = sign_in_view(*visit, next, handle);
    view["problem"] = problem_of(person.error());
    view["kept"] = kept;
    const unsigned status =
        person.error().code == Code::kWebSignInWrong ? 422 : status_for(person.error().code);
    http::Response refused = show(*visit, view, status);
    if (status == 429) refused.fields.add("Retry-After", "60");
    co_return refused;
  }
  const std::string agent(visit->request.fields.find("User-Agent").value_or(""));
  // Always a new session: one that somebody has planted in the browser is never the one that is signed in.
  auto begun = co_await accounts->begin(*person, community::SignedInBy::kPassword, visit->address, agent);
  if (!begun.ok()) co_return failure(*visit, begun.error());
  Services& services = *visit->services;
  visit->cookies.push_back(
      set_cookie({.name = kSessionCookie, .value = *begun, .age = services.settings().web.session_longest},
                 visit->secure));
  visit->cookies.push_back(set_cookie({.name = kFormCookie}, visit->secure));
  if (!device_of(services.key, handle, device)) {
    visit->cookies.push_back(set_cookie({.name = kDeviceCookie,
                                         .value = device_text(services.key, handle, services.desk.random),
                                         .age = kDeviceKept},
                                        visit->secure));
  }
  if (kept.empty()) co_return see_other(*visit, next);
  visit->csrf = masked(form_secret(*begun), services.desk.random);
  co_return give_back(*visit, kept);
}

http::Task<http::Response> sign_out(Accounts* accounts, std::shared_ptr<Visit> visit) {
  const std::string cookies(visit->request.fields.find("Cookie").value_or(""));
  const auto session = find_cookie(cookies, kSessionCookie, visit->secure);
  const proto::Status ended = co_await accounts->end(session.value_or(""));
  if (!ended.ok()) co_return failure(*visit, ended.error());
  visit->cookies.push_back(set_cookie({.name = kSessionCookie}, visit->secure));
  http::Response out = see_other(*visit, "/sign-in");
  // What the browser has kept of pages is not for who comes next.
  out.fields.add("Clear-Site-Data", "\"cache\"");
  co_return out;
}

}  // namespace

http::Task<http::Response> ask_to_sign_in(std::shared_ptr<Visit> visit) {
  if (visit->path.starts_with("/api/")) co_return failure(*visit, {Code::kWebSignedOut, {}});
  const bool reads = visit->request.method == "GET" || visit->request.method == "HEAD";
  if (reads) {
    std::string next = visit->request.target.substr(visit->base.size());
    co_return see_other(
        *visit, "/sign-in" + (next.empty() || next == "/" ? std::string() : "?next=" + percent_encode(next)));
  }
  json::object view = sign_in_view(*visit, "/", "");
  view["problem"] = problem_of({Code::kWebSignedOut, {}});
  if (!visit->form.rows().empty()) view["kept"] = json::serialize(kept_form(*visit));
  co_return show(*visit, view, 401);
}

void add_sign_in_pages(Router& router, Accounts& accounts) {
  router.get("/sign-in", Access::kAnyone, ask);
  router.post("/sign-in", Access::kAnyone,
              [&accounts](std::shared_ptr<Visit> visit) { return sign_in(&accounts, std::move(visit)); });
  router.post("/sign-out", Access::kPerson,
              [&accounts](std::shared_ptr<Visit> visit) { return sign_out(&accounts, std::move(visit)); });
}

}  // namespace comity::web
