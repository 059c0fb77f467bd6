// SPDX-License-Identifier: EUPL-1.2
// session and token: where a person is signed in, and the tokens of their programs.
#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "node/api/scopes.h"
#include "node/api/spaces.h"
#include "node/community/people/bearer.h"
#include "node/community/people/people.h"
#include "proto/moment.h"
#include "proto/utf8.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::PersonRow;
using community::SessionRow;
using community::TokenRow;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

using Task = http::Task<Result<json::value>>;

// A token that lives longer is forgotten by whoever made it.
constexpr std::chrono::hours kLongestToken{24 * 366};
constexpr std::uint64_t kUsualTokenDays = 90;

struct Own {
  std::unique_ptr<storage::View> view;
  PersonRow person;
};

Result<Own> own(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string handle, required_text(arguments, "as"));
  Own out;
  COMITY_TRY(out.view, desk.store.snapshot());
  COMITY_TRY(out.person, community::acting_person(*out.view, handle));
  return out;
}

/// What people name a session or a token by.
std::string id_of(const community::SecretHash& hash) {
  return hash.hex().substr(0, 16);
}

template <class Rows>
const typename Rows::value_type* find(const Rows& rows, const std::string& id) {
  for (const auto& row : rows) {
    if (id_of(row.hash) == id) return &row;
  }
  return nullptr;
}

Result<json::value> list_sessions(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const Own at, own(desk, arguments));
  COMITY_TRY(const auto sessions, community::sessions_of(*at.view, at.person.id));
  json::array rows;
  for (const SessionRow& row : sessions) {
    rows.push_back(json::object{{"id", id_of(row.hash)},
                                {"by", row.by == community::SignedInBy::kProxy ? "proxy" : "password"},
                                {"created", proto::moment_text(row.created)},
                                {"seen", proto::moment_text(row.seen)},
                                {"address", row.address},
                                {"browser", row.agent}});
  }
  return json::value(json::object{{"sessions", std::move(rows)}});
}

Result<json::value> list_tokens(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const Own at, own(desk, arguments));
  COMITY_TRY(const auto tokens, community::tokens_of(*at.view, at.person.id));
  json::array rows;
  for (const TokenRow& row : tokens) {
    rows.push_back(json::object{{"id", id_of(row.hash)},
                                {"name", row.name},
                                {"scopes", scopes_json(row.scopes)},
                                {"created", proto::moment_text(row.created)},
                                {"expires", proto::moment_text(row.expires)},
                                {"over", row.expires <= desk.now()}});
  }
  return json::value(json::object{{"tokens", std::move(rows)}});
}

/// Rows with the event that records them, then the answer.
Task commit(const CommunityDesk& desk, const Call& call, std::string_view event, const std::string& name,
            storage::Batch rows, json::value said) {
  auto promise = std::make_shared<Promise>();
  auto record = federation::audit_event(event, by(call), desk.now(), {}, {{"name", name}});
  desk.commit(std::move(record), std::move(rows), [promise, said = std::move(said)](const Status& done) {
    promise->complete(done.ok() ? Result<json::value>(said) : Result<json::value>(done.error()));
  });
  return answer(std::move(promise));
}

Task end_session(CommunityDesk desk, const Call& call) {
  storage::Batch rows;
  std::string handle;
  const auto plan = [&]() -> Status {
    COMITY_TRY(const Own at, own(desk, call.arguments));
    COMITY_TRY(const std::string id, required_text(call.arguments, "id"));
    handle = at.person.handle;
    COMITY_TRY(const auto sessions, community::sessions_of(*at.view, at.person.id));
    const SessionRow* const session = find(sessions, id);
    if (session == nullptr) return Error{Code::kWebNotThere, {}};
    community::end_session(rows, at.person.id, session->hash);
    return {};
  };
  const Status planned = plan();
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  return commit(desk, call, "user.session.end", handle, std::move(rows), json::object{{"ended", true}});
}

Result<TokenRow> new_token(const CommunityDesk& desk, const PersonRow& person,
                           const json::object& arguments) {
  TokenRow out{.user = person.id, .created = desk.now()};
  COMITY_TRY(out.name, required_text(arguments, "name"));
  if (out.name.size() > community::kTokenNameBytes || !proto::is_plain_line(proto::as_bytes(out.name)))
    return Error{Code::kWebTokenRule, "a name is one plain line of at most 128 bytes"};
  COMITY_TRY(const auto words, texts_argument(arguments, "scopes"));
  const auto scopes = parse_scopes(words);
  if (!scopes || *scopes == 0) return Error{Code::kWebTokenRule, "scopes: read, write, admin, syndication"};
  out.scopes = *scopes;
  if ((out.scopes & kScopeAdmin) != 0 && person.role != community::Role::kAdmin)
    return Error{Code::kWebTokenRule, "the scope admin is for administrators"};
  COMITY_TRY(const auto days, number_argument(arguments, "days"));
  const std::chrono::hours life{
      24 * static_cast<std::int64_t>(std::min<std::uint64_t>(days.value_or(kUsualTokenDays), 100'000))};
  if (life <= std::chrono::hours(0) || life > kLongestToken)
    return Error{Code::kWebTokenRule, "days: 1 to 366"};
  out.expires = out.created + life;
  // It stands in the address of a feed, where others may see it: it does nothing else.
  if (out.scopes == kScopeSyndication) out.kind = community::TokenKind::kSyndication;
  if (out.scopes != kScopeSyndication && (out.scopes & kScopeSyndication) != 0)
    return Error{Code::kWebTokenRule, "syndication goes alone"};
  return out;
}

Task make_token(CommunityDesk desk, const Call& call) {
  storage::Batch rows;
  json::object said;
  const auto plan = [&]() -> Status {
    COMITY_TRY(const Own at, own(desk, call.arguments));
    COMITY_TRY(TokenRow token, new_token(desk, at.person, call.arguments));
    COMITY_TRY(const auto held, community::tokens_of(*at.view, at.person.id));
    if (held.size() >= community::kMostTokens)
      return Error{Code::kWebTokenRule, "at most 100 are kept; revoke one first"};
    const auto bearer = community::Bearer::make(at.person.id, desk.random);
    token.hash = community::bearer_hash(community::BearerUse::kToken, bearer);
    community::put_token(rows, token);
    said = {{"token", community::bearer_text(community::BearerUse::kToken, bearer)},
            {"id", id_of(token.hash)},
            {"name", token.name},
            {"scopes", scopes_json(token.scopes)},
            {"expires", proto::moment_text(token.expires)}};
    return {};
  };
  const Status planned = plan();
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  const std::string name(said.at("name").as_string());
  return commit(desk, call, "user.token.make", name, std::move(rows), std::move(said));
}

Task end_token(CommunityDesk desk, const Call& call) {
  storage::Batch rows;
  std::string name;
  const auto plan = [&]() -> Status {
    COMITY_TRY(const Own at, own(desk, call.arguments));
    COMITY_TRY(const std::string id, required_text(call.arguments, "id"));
    COMITY_TRY(const auto tokens, community::tokens_of(*at.view, at.person.id));
    const TokenRow* const token = find(tokens, id);
    if (token == nullptr) return Error{Code::kWebNotThere, {}};
    name = token->name;
    community::end_token(rows, at.person.id, token->hash);
    return {};
  };
  const Status planned = plan();
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  return commit(desk, call, "user.token.end", name, std::move(rows), json::object{{"ended", true}});
}

}  // namespace

void add_sign_in_commands(CommandTable& table, CommunityDesk desk) {
  table.add("session/list", {.effect = Effect::kReads, .run = [desk](Call call) {
                               return answer(list_sessions(desk, call.arguments));
                             }});
  table.add("session/end", {.run = [desk](Call call) { return end_session(desk, call); }});
  table.add("token/list", {.effect = Effect::kReads,
                           .run = [desk](Call call) { return answer(list_tokens(desk, call.arguments)); }});
  table.add("token/make", {.run = [desk](Call call) { return make_token(desk, call); }});
  table.add("token/end", {.run = [desk](Call call) { return end_token(desk, call); }});
}

}  // namespace comity::api
