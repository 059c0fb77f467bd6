// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/door.h"

#include <array>
#include <exception>
#include <utility>

#include <arpa/inet.h>

#include "node/runtime/clock.h"
#include "node/runtime/deadline.h"

namespace comity::peer {
namespace {

using runtime::Stream;

// After a failure to accept, such as no descriptor left: often enough to recover soon, too seldom to spin.
constexpr std::chrono::milliseconds kAcceptPause{200};
constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address

std::string what_failed(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

/// Takes one off a count and forgets it at zero.
template <class Map, class Key>
void uncount(Map& map, const Key& key) {
  const auto found = map.find(key);
  if (found != map.end() && --found->second == 0) map.erase(found);
}

}  // namespace

std::string address_key(const runtime::Endpoint& endpoint) {
  std::array<std::byte, 16> address{};
  if (inet_pton(AF_INET6, endpoint.host().c_str(), address.data()) != 1) return endpoint.host();
  return proto::to_hex(ByteView(address).first(kNetworkBytes));
}

/// One half-open connection among those of its door, until leave() or the end.
class Door::Guest {
 public:
  Guest(Door& door, Stream& stream, std::string address)
      : door_(door),
        stream_(stream),
        address_(std::move(address)),
        responder_(door.local_.known, door.local_.random),
        place_(door.guests_.insert(door.guests_.end(), this)) {
    ++door_.per_address_[address_];
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  ~Guest() { leave(); }

  void leave() {
    if (left_) return;
    left_ = true;
    door_.guests_.erase(place_);
    uncount(door_.per_address_, address_);
  }
  /// Shows it the door; its task ends at its next step.
  void turn_out() {
    leave();
    stream_.close();
  }
  [[nodiscard]] bool left() const noexcept { return left_; }
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  [[nodiscard]] Responder& responder() noexcept { return responder_; }

 private:
  Door& door_;
  Stream& stream_;
  std::string address_;
  Responder responder_;
  std::list<Guest*>::iterator place_;
  bool left_ = false;
};

/// One session among those of its door.
class Door::Seat {
 public:
  Seat(Door& door, const Contact& contact)
      : door_(door),
        key_(contact.remote_static),
        pairs_(contact.purpose == Purpose::kPair),
        invite_(contact.invite) {
    ++door_.sessions_;
    ++door_.per_key_[key_];
    if (!pairs_) return;
    ++door_.pairings_;
    ++door_.per_invite_[invite_];
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    --door_.sessions_;
    uncount(door_.per_key_, key_);
    if (!pairs_) return;
    --door_.pairings_;
    uncount(door_.per_invite_, invite_);
  }

 private:
  Door& door_;
  crypto::X25519PublicKey key_;
  bool pairs_;
  proto::InviteId invite_;
};

Door::Door(runtime::Executor executor, const Local& local, std::unique_ptr<runtime::Listener> listener,
           std::function<void(const std::string& what)> failed)
    : Door(std::move(executor), local, std::move(listener), std::move(failed), Limits()) {}

Door::Door(runtime::Executor executor, const Local& local, std::unique_ptr<runtime::Listener> listener,
           std::function<void(const std::string& what)> failed, Limits limits)
    : local_(local),
      listener_(std::move(listener)),
      limits_(limits),
      nursery_(std::move(executor),
               [failed = std::move(failed)](const std::string& name, const std::exception_ptr& failure) {
                 failed(name + ": " + what_failed(failure));
               }) {
  nursery_.spawn("peer accept", accept_loop());
}

Door::~Door() = default;

Task<void> Door::accept_loop() {
  while (!closing_) {
    auto accepted = co_await listener_->accept();
    if (!accepted.ok()) {
      const Code code = accepted.error().code;
      if (code == Code::kStreamClosed || code == Code::kCancelled) co_return;
      const Status rested = co_await local_.clock.sleep_for(kAcceptPause);
      if (!rested.ok()) co_return;
      continue;
    }
    ++counts_.accepted;
    std::unique_ptr<Stream> stream = *std::move(accepted);
    std::string address = address_key(stream->peer());
    if (!make_room(address)) {
      ++counts_.turned_away;
      continue;
    }
    auto guest = std::make_unique<Guest>(*this, *stream, std::move(address));
    nursery_.spawn("peer connection", one(this, std::move(stream), std::move(guest)));
  }
}

bool Door::make_room(const std::string& address) {
  const auto here = per_address_.find(address);
  if (here != per_address_.end() && here->second >= limits_.half_open_per_address) return evict(&address);
  if (guests_.size() >= limits_.half_open) return evict(nullptr);
  return true;
}

bool Door::evict(const std::string* address) {
  for (Guest* guest : guests_) {
    if (guest->responder().greeted() || (address != nullptr && guest->address() != *address)) continue;
    ++counts_.evicted;
    guest->turn_out();
    return true;
  }
  return false;
}

Task<void> Door::one(Door* door, std::unique_ptr<Stream> stream, std::unique_ptr<Guest> guest) {
  auto established = co_await runtime::with_timeout(door->local_.clock, proto::bounds::kPreAuthTime,
                                                    shake_hands(stream.get(), &guest->responder()));
  const bool evicted = guest->left();
  guest->leave();
  if (!established.ok()) {
    if (!evicted) door->count_failure(established.error().code);
    co_return;
  }
  guest.reset();
  if (door->closing_ || !door->has_seat(established->contact)) {
    ++door->counts_.turned_away;
    co_return;
  }
  ++door->counts_.sessions;
  const Seat seat(*door, established->contact);
  co_await run_session(&door->local_, std::move(stream), *std::move(established));
}

bool Door::has_seat(const Contact& contact) const {
  const auto below = [](const auto& counts, const auto& key, std::size_t most) {
    const auto at = counts.find(key);
    return at == counts.end() || at->second < most;
  };
  if (sessions_ >= limits_.sessions || !below(per_key_, contact.remote_static, limits_.sessions_per_key)) {
    return false;
  }
  if (contact.purpose != Purpose::kPair) return true;
  return pairings_ < limits_.pairings && below(per_invite_, contact.invite, limits_.pairings_per_invite);
}

void Door::count_failure(Code code) {
  switch (code) {
    case Code::kTimedOut:
      ++counts_.late;
      return;
    case Code::kBadPreamble:
    case Code::kHandshakeFailed:
    case Code::kNoPsk:
    case Code::kInviteUsed:
    case Code::kLowOrderPoint:
      ++counts_.strangers;
      return;
    default:
      ++counts_.broken;
  }
}

Task<void> Door::close(runtime::Duration grace) {
  closing_ = true;
  listener_->close();
  while (!guests_.empty())
    guests_.front()->turn_out();
  co_await nursery_.close(local_.clock, grace);
}

}  // namespace comity::peer
