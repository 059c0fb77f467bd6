// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/step.h"

#include <fmt/format.h>

#include "proto/utf8.h"

namespace comity::federation {
namespace {

constexpr std::size_t kValueBytes = 1024;

// Cut between characters; what is no plain line would break a log.
std::string value_text(std::string text) {
  if (text.size() > kValueBytes) text.resize(kValueBytes);
  while (!text.empty() && !proto::is_utf8(proto::as_bytes(text)))
    text.pop_back();
  return text;
}

}  // namespace

std::string time_text(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

void Rows::add(Rows more) {
  for (auto& row : more.rows_)
    rows_.push_back(std::move(row));
}

void Rows::into(storage::Batch& batch) const {
  for (const auto& [key, value] : rows_) {
    if (value) {
      batch.put(key, *value);
    } else {
      batch.erase(key);
    }
  }
}

By By::peer(const AgencyId& agency) {
  By by{.via = v1::AUDIT_VIA_PEER};
  by.actor.set_agency(field(agency.view()));
  return by;
}

v1::LocalAudit audit_event(std::string_view name, const By& by, WallTime now, const AgencyId& peer,
                           std::initializer_list<std::pair<std::string_view, std::string>> details) {
  v1::LocalAudit event;
  event.set_event(std::string(name));
  event.set_time(millis(now));
  if (by.actor.who_case() != v1::AuditActor::WHO_NOT_SET || !by.actor.name().empty()) {
    *event.mutable_actor() = by.actor;
  }
  event.set_via(by.via);
  if (!peer.is_zero()) event.set_peer(field(peer.view()));
  for (const auto& [key, value] : details) {
    auto* const detail = event.add_detail();
    detail->set_key(std::string(key));
    detail->set_value(value_text(value));
  }
  return event;
}

v1::LocalAudit audit_failure(std::string_view name, const By& by, WallTime now, const AgencyId& peer,
                             const Error& error) {
  v1::LocalAudit event = audit_event(name, by, now, peer, {{"why", error.detail}});
  event.set_code(static_cast<std::uint32_t>(error.code));
  return event;
}

}  // namespace comity::federation
