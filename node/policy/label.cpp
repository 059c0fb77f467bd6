// SPDX-License-Identifier: EUPL-1.2
#include "node/policy/label.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace comity::policy {
namespace {

using proto::Code;
using proto::Error;

constexpr auto kNames = std::to_array<std::pair<v1::Tlp, std::string_view>>({
    {v1::TLP_CLEAR, "CLEAR"},
    {v1::TLP_GREEN, "GREEN"},
    {v1::TLP_AMBER, "AMBER"},
    {v1::TLP_AMBER_STRICT, "AMBER+STRICT"},
    {v1::TLP_RED, "RED"},
});

}  // namespace

proto::Result<Label> label_from(const v1::Label& message) {
  Label label;
  label.tlp = message.tlp();
  label.policy = message.policy();
  label.level = message.level();
  label.categories.assign(message.category().begin(), message.category().end());
  label.originator_control = message.originator_control();
  if (tlp_text(label.tlp).empty()) return Error{Code::kBadLabel, "no TLP"};
  const auto& categories = label.categories;
  if (std::adjacent_find(categories.begin(), categories.end(), std::greater_equal<>()) != categories.end()) {
    return Error{Code::kBadLabel, "categories out of order"};
  }
  if (label.policy.empty() && (label.level != 0 || !categories.empty())) {
    return Error{Code::kBadLabel, "level or categories without a policy"};
  }
  return label;
}

v1::Label to_message(const Label& label) {
  v1::Label message;
  message.set_tlp(label.tlp);
  message.set_policy(label.policy);
  message.set_level(label.level);
  for (const std::string& category : label.categories)
    message.add_category(category);
  message.set_originator_control(label.originator_control);
  return message;
}

bool within(const Label& label, const Label& ceiling) noexcept {
  if (label.tlp > ceiling.tlp) return false;
  if (label.policy.empty()) return true;
  return label.policy == ceiling.policy && label.level <= ceiling.level &&
         std::includes(ceiling.categories.begin(), ceiling.categories.end(), label.categories.begin(),
                       label.categories.end());
}

std::string_view tlp_text(v1::Tlp tlp) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == tlp) return name;
  }
  return {};
}

proto::Result<v1::Tlp> parse_tlp(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string_view wanted = upper;
  if (wanted.starts_with("TLP:")) wanted.remove_prefix(4);
  for (const auto& [value, name] : kNames) {
    if (name == wanted) return value;
  }
  return Error{Code::kBadLabel,
               "'" + std::string(text) + "' is none of CLEAR, GREEN, AMBER, AMBER+STRICT, RED"};
}

}  // namespace comity::policy
