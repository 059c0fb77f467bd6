// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/links/link_table.h"

#include <algorithm>
#include <array>

namespace comity::federation {
namespace {

v1::Bye replaced() {
  v1::Bye bye;
  bye.set_reason(v1::REASON_REPLACED);
  bye.set_text("another session of the two nodes stays");
  return bye;
}

v1::Bye clone_of(const InstanceId& pinned) {
  v1::Bye bye;
  bye.set_reason(v1::REASON_CLONE);
  bye.set_text("another live node speaks for this agency");
  bye.set_instance(std::string(proto::as_text(pinned.view())));
  return bye;
}

/// Whether dialling again soon is of no use: somebody has to act first.
bool lasting(v1::Reason reason) {
  switch (reason) {
    case v1::REASON_SUSPENDED:
    case v1::REASON_EXPIRED:
    case v1::REASON_REVOKED:
    case v1::REASON_AGREEMENT_MISMATCH:
    case v1::REASON_FORK:
    case v1::REASON_CLONE:
    case v1::REASON_KEYDOC:
    case v1::REASON_VERSION:
      return true;
    default:
      return false;
  }
}

// The failures after which the back-off is at its most.
constexpr unsigned kMostFailures = 10;

}  // namespace

Duration back_off(unsigned failures, crypto::Random& random) {
  Duration base = link_limits::kBackOffLeast;
  for (unsigned i = 1; i < failures && base < link_limits::kBackOffMost; ++i)
    base *= 2;
  base = std::min<Duration>(base, link_limits::kBackOffMost);
  std::array<std::byte, 8> bytes{};
  random.fill(bytes);
  const auto half = static_cast<std::uint64_t>(base.count() / 2);
  return Duration(static_cast<std::int64_t>(half + proto::from_be<std::uint64_t>(bytes) % (half + 1)));
}

void LinkTable::want(const AgencyId& agency, Mono now) {
  Peer& peer = peers_[agency];
  if (peer.wanted) return;
  peer.wanted = true;
  peer.failures = 0;
  peer.dial_at = now;
}

void LinkTable::forget(const AgencyId& agency) {
  const auto found = peers_.find(agency);
  if (found == peers_.end()) return;
  found->second.wanted = false;
  forget_if_idle(agency);
}

void LinkTable::forget_if_idle(const AgencyId& agency) {
  const auto found = peers_.find(agency);
  if (found != peers_.end() && !found->second.wanted && !found->second.link && !found->second.dialling)
    peers_.erase(found);
}

void LinkTable::retry(const AgencyId& agency, Mono now) {
  const auto found = peers_.find(agency);
  if (found == peers_.end()) return;
  found->second.failures = 0;
  found->second.dial_at = now;
}

std::vector<AgencyId> LinkTable::due(Mono now) {
  std::vector<AgencyId> found;
  for (auto& [agency, peer] : peers_) {
    if (!peer.wanted || peer.dialling || peer.link || peer.dial_at > now) continue;
    peer.dialling = true;
    found.push_back(agency);
  }
  return found;
}

Mono LinkTable::next() const {
  Mono first = runtime::kNever;
  for (const auto& [agency, peer] : peers_) {
    if (peer.wanted && !peer.dialling && !peer.link) first = std::min(first, peer.dial_at);
  }
  return first;
}

void LinkTable::dial_failed(const AgencyId& agency, Mono now, crypto::Random& random) {
  const auto found = peers_.find(agency);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  peer.dialling = false;
  peer.failures = std::min(peer.failures + 1, kMostFailures);
  // A Bye before the failure may ask for more patience.
  peer.dial_at = std::max(peer.dial_at, runtime::after(now, back_off(peer.failures, random)));
  forget_if_idle(agency);
}

bool LinkTable::newer_stays(const LiveLink& older, const LiveLink& newer) const {
  if (older.boot_count != newer.boot_count) return newer.boot_count > older.boot_count;
  if (older.we_dialled == newer.we_dialled) return true;
  const bool smaller_is_ours = self_ < newer.agency;
  return newer.we_dialled == smaller_is_ours;
}

std::optional<LinkTable::Goodbye> LinkTable::opened(const LiveLink& link,
                                                    const std::optional<InstanceId>& pinned, Mono now) {
  Peer& peer = peers_[link.agency];
  if (link.we_dialled) peer.dialling = false;
  const std::optional<LiveLink> older = peer.link;
  std::optional<Goodbye> goodbye;
  if (older && older->instance != link.instance) {
    const InstanceId stays = pinned.value_or(older->instance);
    goodbye = Goodbye{stays == link.instance ? older->number : link.number, clone_of(stays)};
  } else if (older) {
    goodbye = Goodbye{newer_stays(*older, link) ? older->number : link.number, replaced()};
  }
  if (goodbye && goodbye->number == link.number) return goodbye;
  // Contact is contact, whoever dialled: what went wrong before counts no more.
  if (!link.we_dialled) peer.failures = 0;
  peer.link = link;
  peer.since = now;
  return goodbye;
}

void LinkTable::closed(std::uint64_t number, const std::optional<v1::Bye>& theirs, Mono now,
                       crypto::Random& random) {
  const auto found = std::ranges::find_if(
      peers_, [number](const auto& row) { return row.second.link && row.second.link->number == number; });
  if (found == peers_.end()) return;  // it was not the one that stays
  Peer& peer = found->second;
  const AgencyId agency = found->first;
  peer.failures = now >= runtime::after(peer.since, link_limits::kSteadyAfter) ? 0 : peer.failures + 1;
  if (theirs && lasting(theirs->reason())) peer.failures = kMostFailures;
  peer.failures = std::min(peer.failures, kMostFailures);
  peer.dial_at = runtime::after(now, back_off(peer.failures, random));
  if (theirs && theirs->retry_after() != 0) {
    const auto wait =
        std::min<Duration>(std::chrono::seconds(theirs->retry_after()), link_limits::kRetryAfterMost);
    peer.dial_at = std::max(peer.dial_at, runtime::after(now, wait));
  }
  peer.link.reset();
  forget_if_idle(agency);
}

std::optional<LiveLink> LinkTable::live(const AgencyId& agency) const {
  const auto found = peers_.find(agency);
  return found == peers_.end() ? std::nullopt : found->second.link;
}

}  // namespace comity::federation
