// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/report.h"

#include "node/web/serve/view.h"

namespace comity::web {
namespace {

constexpr unsigned kInternal = 500;
constexpr std::string_view kMark = "error id ";
// 40 bits: enough to find one line in a log, few enough to be read out over the telephone.
constexpr std::size_t kIdLetters = 8;

}  // namespace

proto::Error reported(const Services& services, const proto::Error& error) {
  if (status_for(error.code) != kInternal || !report_id(error).empty()) return error;
  const std::string id = random_text(services.desk.random).substr(0, kIdLetters);
  services.report(error, id);
  return {error.code, std::string(kMark) + id};
}

std::string report_id(const proto::Error& error) {
  const bool has_one = error.detail.size() == kMark.size() + kIdLetters && error.detail.starts_with(kMark);
  return has_one ? error.detail.substr(kMark.size()) : std::string();
}

}  // namespace comity::web
