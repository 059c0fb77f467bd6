// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/links/links.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "node/runtime/deadline.h"

namespace comity::federation {
namespace {

using proto::Error;
using proto::Result;
using proto::Status;
using runtime::Endpoint;
using runtime::Task;

// For the connection itself; the handshake has its own time.
constexpr std::chrono::seconds kConnectTime{10};

template <class Id>
Id id_of(const std::string& bytes) {
  return Id::from(proto::as_bytes(bytes)).value();
}

std::string what_failed(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

Links::Links(runtime::Executor executor, const AgencyId& self, runtime::Clock& clock, runtime::Net& net,
             crypto::Random& random, LinkOwner& owner, peer::SessionHandler& handler,
             std::function<void(const std::string& what)> failed)
    : clock_(clock),
      net_(net),
      random_(random),
      owner_(owner),
      handler_(handler),
      table_(self),
      nursery_(std::move(executor),
               [failed = std::move(failed)](const std::string& name, const std::exception_ptr& failure) {
                 failed(name + ": " + what_failed(failure));
               }) {}

Links::~Links() = default;

void Links::start(const peer::Local& local) {
  local_ = &local;
  nursery_.spawn("links", dial_loop());
}

void Links::want(const AgencyId& agency) {
  table_.want(agency, clock_.now());
  changed_.notify_all();
}

void Links::forget(const AgencyId& agency) {
  table_.forget(agency);
}

void Links::retry(const AgencyId& agency) {
  table_.retry(agency, clock_.now());
  changed_.notify_all();
}

peer::Session* Links::session(const AgencyId& agency) const {
  const auto link = table_.live(agency);
  if (!link) return nullptr;
  for (const auto& [session, number] : numbers_) {
    if (number == link->number) return session;
  }
  return nullptr;
}

std::vector<peer::Session*> Links::sessions() const {
  std::vector<std::pair<std::uint64_t, peer::Session*>> ordered;
  for (const auto& [session, number] : numbers_)
    ordered.emplace_back(number, session);
  std::ranges::sort(ordered);
  std::vector<peer::Session*> all;
  for (const auto& [number, session] : ordered)
    all.push_back(session);
  return all;
}

Task<void> Links::dial_loop() {
  while (!closing_) {
    for (const AgencyId& agency : table_.due(clock_.now()))
      nursery_.spawn("link", dial(this, agency));
    const Status woken = co_await runtime::with_deadline(clock_, table_.next(), changed_.wait());
    if (!woken.ok() && woken.error().code == proto::Code::kCancelled) co_return;
  }
}

Task<void> Links::dial(Links* links, AgencyId agency) {
  bool opened = false;
  for (const Endpoint& endpoint : links->owner_.endpoints(agency)) {
    auto call = links->owner_.call(agency);
    Error why;
    if (!call.ok()) {
      why = call.error();
    } else {
      call->expected = agency;
      auto stream = co_await links->net_.dial(endpoint, kConnectTime);
      if (stream.ok()) {
        const peer::Ended ended =
            co_await peer::run_dialled(links->local_, *std::move(stream), *std::move(call));
        opened = ended.opened;
        why = ended.why;
      } else {
        why = stream.error();
      }
    }
    if (opened || links->closing_ || why.code == proto::Code::kCancelled) break;
    links->owner_.dial_failed(agency, endpoint, why);
  }
  // A session that opened has told the table by itself.
  if (!opened) links->table_.dial_failed(agency, links->clock_.now(), links->random_);
  links->changed_.notify_all();
}

void Links::end_here(peer::Session& session, const v1::Bye& bye) {
  numbers_.erase(&session);
  session.bye(bye);
  const bool clone = bye.reason() == v1::REASON_CLONE;
  handler_.closed(session, Error{clone ? proto::Code::kPeerClone : proto::Code::kSessionReplaced, bye.text()},
                  std::nullopt);
}

void Links::opened(peer::Session& session) {
  if (closing_) {
    session.bye(*closing_);
    return;
  }
  const std::uint64_t number = next_number_++;
  if (session.contact().purpose == peer::Purpose::kPeer) {
    const v1::Hello& hello = session.remote_hello();
    const LiveLink link{number, id_of<AgencyId>(hello.agency()), id_of<InstanceId>(hello.instance()),
                        hello.boot_count(), session.contact().we_dialled};
    const auto before = table_.live(link.agency);
    const auto goodbye = table_.opened(link, owner_.pinned(link.agency), clock_.now());
    if (goodbye && goodbye->bye.reason() == v1::REASON_CLONE) {
      owner_.clone_met(link.agency, goodbye->number == number ? link.instance : before->instance);
    }
    if (goodbye && goodbye->number == number) {
      session.bye(goodbye->bye);
      return;
    }
    if (goodbye) {
      const auto older = std::ranges::find_if(
          numbers_, [&goodbye](const auto& row) { return row.second == goodbye->number; });
      if (older != numbers_.end()) end_here(*older->first, goodbye->bye);
    }
  }
  numbers_.emplace(&session, number);
  handler_.opened(session);
}

void Links::message(peer::Session& session, v1::Lane lane, v1::Wire&& message, std::size_t bytes) {
  if (numbers_.contains(&session)) handler_.message(session, lane, std::move(message), bytes);
}

void Links::room(peer::Session& session, v1::Lane lane) {
  if (numbers_.contains(&session)) handler_.room(session, lane);
}

void Links::closed(peer::Session& session, const Error& why, const std::optional<v1::Bye>& theirs) {
  const auto found = numbers_.find(&session);
  if (found == numbers_.end()) return;
  const std::uint64_t number = found->second;
  numbers_.erase(found);
  table_.closed(number, theirs, clock_.now(), random_);
  changed_.notify_all();
  handler_.closed(session, why, theirs);
}

Task<void> Links::close(v1::Bye why, Duration grace) {
  closing_ = why;
  changed_.notify_all();
  for (peer::Session* session : sessions())
    session->bye(why);
  co_await nursery_.close(clock_, grace);
}

}  // namespace comity::federation
