// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "comity/v1/entry.pb.h"

#include "proto/result.h"

namespace comity::policy {

/// A handling label: how far an entry may reach. TLP 2.0 (first.org/tlp) is the everyday vocabulary; policy,
/// level and categories follow the shape of STANAG 4774. A plain value; any thread.
struct Label {
  v1::Tlp tlp = v1::TLP_AMBER_STRICT;
  std::string policy{};                   ///< gives level and categories their meaning; empty: TLP only
  std::uint32_t level = 0;                ///< within the policy, ascending
  std::vector<std::string> categories{};  ///< within the policy, sorted, each once
  bool originator_control = false;        ///< only the author's agency may relabel or re-share

  friend bool operator==(const Label&, const Label&) = default;
};

/// The label of a decoded message. Errors: kBadLabel when the TLP is not one of the five, categories are not
/// sorted or repeat, or level or categories stand without a policy.
[[nodiscard]] proto::Result<Label> label_from(const v1::Label& message);
[[nodiscard]] v1::Label to_message(const Label& label);

/// Whether `ceiling` admits `label`: the TLP is at most the ceiling's, and what the label says within a
/// policy lies within what the ceiling says in the same policy. A label without a policy is bounded by its
/// TLP alone.
[[nodiscard]] bool within(const Label& label, const Label& ceiling) noexcept;

/// "AMBER+STRICT" and the like, as FIRST writes them.
[[nodiscard]] std::string_view tlp_text(v1::Tlp tlp) noexcept;

/// Reads the five names, in any case, with or without "TLP:". Error kBadLabel names the five.
[[nodiscard]] proto::Result<v1::Tlp> parse_tlp(std::string_view text);

}  // namespace comity::policy
