// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/accounts.h"

#include "crypto/secret.h"
#include "node/api/answer.h"
#include "node/api/caller.h"
#include "node/community/people/bearer.h"
#include "node/community/people/passwords.h"
#include "proto/utf8.h"

namespace comity::web {
namespace {

using community::PersonRow;
using community::SessionRow;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

using community::Bearer;
using community::BearerUse;

// Passwords wait for one worker, a tenth of a second each: who would wait longer than a few seconds is told
// so.
constexpr std::size_t kMostChecks = 32;

// Wrong tries a minute. A person mistypes, an office behind one address has many persons, and a guesser needs
// thousands. Names are bounded so that guessing fills no memory.
constexpr double kByDevice = 10;
constexpr double kByPair = 5;
constexpr double kByNetwork = 120;
constexpr double kByName = 60;
constexpr std::size_t kMostNames = 10'000;

// Written down that often, so that using the pages costs no write.
constexpr std::chrono::hours kSeenEvery{1};

std::string plain(const std::string& text, std::size_t most) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f) out.push_back(c);
    if (out.size() == most) break;
  }
  return out;
}

/// Commits, and waits until it is on disk.
http::Task<Status> commit(const api::CommunityDesk* desk, std::optional<v1::LocalAudit> event,
                          storage::Batch rows) {
  const auto done = std::make_shared<api::Promise>();
  desk->commit(std::move(event), std::move(rows), [done](const Status& status) {
    done->complete(status.ok() ? Result<boost::json::value>(boost::json::value(nullptr))
                               : Result<boost::json::value>(status.error()));
  });
  const auto outcome = co_await done->wait();
  if (!outcome.ok()) co_return outcome.error();
  co_return Status{};
}

v1::LocalAudit event_of(std::string_view name, const PersonRow& person, const api::CommunityDesk& desk,
                        const std::string& address) {
  api::Call call;
  call.person = api::ActingPerson{.id = person.id, .handle = person.handle};
  return federation::audit_event(name, api::by(call), desk.now(), {},
                                 {{"handle", person.handle}, {"address", address}});
}

}  // namespace

Accounts::Accounts(Services& services)
    : services_(services),
      by_device_(kByDevice, kMostNames),
      by_pair_(kByPair, kMostNames),
      by_network_(kByNetwork, kMostNames),
      by_name_(kByName, kMostNames) {}

Person Accounts::to_person(const PersonRow& row) const {
  return {.id = row.id,
          .handle = row.handle,
          .address = row.handle + "@" + services_.short_name,
          .name = row.name,
          .unit = row.unit,
          .administrator = row.role == community::Role::kAdmin};
}

Result<std::optional<Accounts::SignedIn>> Accounts::person_of_session(const std::string& cookie) {
  const auto bearer = community::parse_bearer(BearerUse::kSession, cookie);
  if (!bearer) return std::optional<SignedIn>();
  COMITY_TRY(const auto view, services_.desk.store.snapshot());
  COMITY_TRY(
      const auto session,
      community::find_session(*view, bearer->user, community::bearer_hash(BearerUse::kSession, *bearer)));
  if (!session) return std::optional<SignedIn>();
  const auto now = services_.desk.now();
  const auto& web = services_.settings().web;
  // What was seen is known to the hour.
  if (now - session->created > web.session_longest || now - session->seen > web.session_idle + kSeenEvery)
    return std::optional<SignedIn>();
  COMITY_TRY(const auto row, community::find_person(*view, bearer->user));
  if (!row || row->disabled) return std::optional<SignedIn>();
  if (now - session->seen > kSeenEvery) touch(*session);
  return std::optional(SignedIn{to_person(*row), session->by});
}

void Accounts::touch(SessionRow session) {
  session.seen = services_.desk.now();
  storage::Batch rows;
  // Ended meanwhile: it stays ended.
  rows.expect_present(community::session_key(session.user, session.hash));
  community::put_session(rows, session);
  services_.desk.commit(std::nullopt, std::move(rows), [](const Status&) {});
}

Result<std::optional<Accounts::Program>> Accounts::person_of_token(std::string_view text) {
  const auto bearer = community::parse_bearer(BearerUse::kToken, text);
  if (!bearer) return std::optional<Program>();
  COMITY_TRY(const auto view, services_.desk.store.snapshot());
  COMITY_TRY(const auto token,
             community::find_token(*view, bearer->user, community::bearer_hash(BearerUse::kToken, *bearer)));
  if (!token || token->expires <= services_.desk.now()) return std::optional<Program>();
  COMITY_TRY(const auto row, community::find_person(*view, bearer->user));
  if (!row || row->disabled) return std::optional<Program>();
  Program out{.person = to_person(*row), .token = *token};
  out.person.by_token = true;
  return std::optional(std::move(out));
}

Result<std::optional<Person>> Accounts::person_named(const std::string& handle) {
  COMITY_TRY(const auto view, services_.desk.store.snapshot());
  const auto row = community::find_person(*view, handle);
  if (!row.ok() && row.error().code == Code::kUserUnknown) return std::optional<Person>();
  if (!row.ok()) return row.error();
  if (row->disabled) return std::optional<Person>();
  return std::optional(to_person(*row));
}

Status Accounts::may_try(const std::string& handle, const std::string& address, const std::string& device) {
  const runtime::Mono now = services_.clock.now();
  const std::string network = network_of(address);
  const bool free = device.empty() ? by_pair_.allows(handle + " " + network, now) &&
                                         by_network_.allows(network, now) && by_name_.allows(handle, now)
                                   : by_device_.allows(device, now);
  if (free) return {};
  return Error{Code::kWebSignInPaced, {}};
}

void Accounts::failed(const std::string& handle, const std::string& address, const std::string& device) {
  const runtime::Mono now = services_.clock.now();
  if (!device.empty()) return by_device_.take(device, now);
  const std::string network = network_of(address);
  by_pair_.take(handle + " " + network, now);
  by_network_.take(network, now);
  by_name_.take(handle, now);
}

http::Task<Result<PersonRow>> Accounts::check(std::string handle, std::string password, std::string address,
                                              std::string device_cookie) {
  const std::string device = device_of(services_.key, handle, device_cookie).value_or(std::string());
  COMITY_CO_CHECK(may_try(handle, address, device));
  if (checking_ >= kMostChecks) co_return Error{Code::kNodeBusy, {}};
  // Taken before it is known to be wrong, so that many at once are not checked for the price of one.
  failed(handle, address, device);
  const auto secret = std::make_shared<crypto::Secret>(crypto::Secret::copy_of(proto::as_bytes(password)));
  crypto::wipe(std::as_writable_bytes(std::span(password)));
  auto view = services_.desk.store.snapshot();
  if (!view.ok()) co_return view.error();
  const std::shared_ptr<storage::View> shared = *std::move(view);
  ++checking_;
  auto work = [shared, handle, secret] { return community::sign_in(*shared, handle, secret->view()); };
  auto outcome = co_await services_.passwords.run(std::move(work));
  --checking_;
  if (!outcome.ok()) co_return outcome.error();
  if (!*outcome) co_return Error{Code::kWebSignInWrong, {}};
  // Whoever knows the password has not been guessing.
  by_device_.forget(device);
  by_pair_.forget(handle + " " + network_of(address));
  if (device.empty()) {
    by_network_.give_back(network_of(address));
    by_name_.give_back(handle);
  }
  co_return **std::move(outcome);
}

http::Task<Result<std::string>> Accounts::begin(PersonRow person, community::SignedInBy by,
                                                std::string address, std::string agent) {
  const Bearer bearer = Bearer::make(person.id, services_.desk.random);
  storage::Batch rows;
  const auto prepare = [&]() -> Status {
    COMITY_TRY(const auto view, services_.desk.store.snapshot());
    COMITY_TRY(const auto held, community::sessions_of(*view, person.id));
    const auto now = services_.desk.now();
    for (std::size_t i = 0; i < held.size(); ++i) {
      const bool over = now - held[i].created > services_.settings().web.session_longest;
      if (over || i + 1 >= community::kMostSessions) community::end_session(rows, person.id, held[i].hash);
    }
    community::put_session(rows, {.user = person.id,
                                  .hash = community::bearer_hash(BearerUse::kSession, bearer),
                                  .by = by,
                                  .created = now,
                                  .seen = now,
                                  .address = plain(address, 64),
                                  .agent = plain(agent, community::kSessionAgentBytes)});
    return {};
  };
  COMITY_CO_CHECK(prepare());
  auto event = event_of("user.sign-in", person, services_.desk, address);
  COMITY_CO_CHECK(co_await commit(&services_.desk, std::move(event), std::move(rows)));
  co_return community::bearer_text(BearerUse::kSession, bearer);
}

http::Task<Status> Accounts::end(std::string cookie) {
  const auto bearer = community::parse_bearer(BearerUse::kSession, cookie);
  if (!bearer) co_return Status{};
  storage::Batch rows;
  community::end_session(rows, bearer->user, community::bearer_hash(BearerUse::kSession, *bearer));
  co_return co_await commit(&services_.desk, std::nullopt, std::move(rows));
}

}  // namespace comity::web
