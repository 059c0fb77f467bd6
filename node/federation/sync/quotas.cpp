// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/quotas.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "node/federation/sync/tables.h"
#include "node/feed/row.h"

namespace comity::federation {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::uint32_t day_of(WallTime now) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
}

std::uint64_t rest(std::uint64_t limit, std::uint64_t used) {
  return limit == 0 ? kNoLimit : limit - std::min(limit, used);
}

}  // namespace

Status Quotas::load() {
  COMITY_TRY(const auto view, store_.snapshot());
  Status status;
  used_.clear();
  COMITY_CHECK(view->walk(kQuotas.range(), false, [&](ByteView key, ByteView value) {
    const auto place = kQuotas.parse(key);
    auto row = feed::RowReader::open(kQuotas.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    Used used;
    used.day = row->number<std::uint32_t>();
    used.feeds = row->number<std::uint32_t>();
    used.entries = row->number<std::uint64_t>();
    used.bytes = row->number<std::uint64_t>();
    if (!row->done()) {
      status = feed::damaged(kQuotas.info(), key, "the layout is another one");
      return false;
    }
    used_[std::get<0>(*place)] = used;
    return true;
  }));
  return status;
}

Quotas::Used Quotas::today(const AgencyId& agency, WallTime now) const {
  const auto at = used_.find(agency);
  // A clock that was set back gives nobody a second day.
  if (at != used_.end() && at->second.day >= day_of(now)) return at->second;
  return {.day = day_of(now)};
}

void Quotas::put(const AgencyId& agency, const Used& used) {
  used_[agency] = used;
  dirty_.insert(agency);
}

DailyLimits Quotas::limits_of(const AgencyId& agency) const {
  return limits_ ? limits_(agency) : DailyLimits();
}

Quotas::Left Quotas::left(const AgencyId& agency, WallTime now) const {
  const Used used = today(agency, now);
  const DailyLimits limits = limits_of(agency);
  return {.bytes = rest(limits.bytes, used.bytes),
          .entries = rest(limits.entries, used.entries),
          .untouched = used.entries == 0};
}

bool Quotas::used_up(const AgencyId& agency, WallTime now) const {
  const auto at = closed_.find(agency);
  if (at != closed_.end() && at->second.day >= day_of(now) && at->second.limits == limits_of(agency))
    return true;
  const Left left = this->left(agency, now);
  return left.bytes == 0 || left.entries == 0;
}

void Quotas::count(const AgencyId& agency, std::uint64_t entries, std::uint64_t bytes, WallTime now) {
  Used used = today(agency, now);
  used.entries += entries;
  used.bytes += bytes;
  put(agency, used);
}

void Quotas::give_back(const AgencyId& agency, std::uint64_t entries, std::uint64_t bytes, WallTime counted,
                       WallTime now) {
  Used used = today(agency, now);
  if (entries == 0 || used.day != day_of(counted)) return;
  used.entries -= std::min(used.entries, entries);
  used.bytes -= std::min(used.bytes, bytes);
  put(agency, used);
  closed_.erase(agency);
}

bool Quotas::count_feed(const AgencyId& agency, WallTime now) {
  const std::uint32_t stated = limits_of(agency).feeds;
  Used used = today(agency, now);
  if (used.feeds >= (stated == 0 ? kNewFeedsADay : stated)) return false;
  ++used.feeds;
  put(agency, used);
  return true;
}

void Quotas::close(const AgencyId& agency, WallTime now) {
  closed_[agency] = {day_of(now), limits_of(agency)};
}

std::chrono::seconds Quotas::until_turn(WallTime now) {
  const auto turn = std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
  return std::chrono::ceil<std::chrono::seconds>(turn - now);
}

void Quotas::flush() {
  if (dirty_.empty()) return;
  storage::Batch batch;
  for (const AgencyId& agency : std::exchange(dirty_, {})) {
    const Used& used = used_.at(agency);
    const Bytes key = kQuotas.key(agency);
    feed::RowWriter row;
    row.number(used.day).number(used.feeds).number(used.entries).number(used.bytes);
    batch.put(key, std::move(row).finish(key));
  }
  store_.submit(std::move(batch), storage::Durability::kBuffered, [](const auto&) {});
}

}  // namespace comity::federation
