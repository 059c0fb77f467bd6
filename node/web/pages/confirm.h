// SPDX-License-Identifier: EUPL-1.2
// A step before something reaches more people than it did: what is sent says so once more, with "sure".
#pragma once

#include <optional>

#include "node/web/pages/hall.h"

namespace comity::web {

/// What is asked before a form counts.
struct Question {
  std::string title{};
  std::vector<std::string> points{};  ///< what will come of it, a sentence each
  std::string action{};               ///< below the base: where the form goes again
  std::string send_words{};
  std::string back{};  ///< below the base: where what was written can be changed
  std::string text{};  ///< that would be sent, Markdown; may be empty
  SeenSpace space{};   ///< where it would go
};
/// Whether the form that was sent has been through this.
[[nodiscard]] bool is_sure(const Visit& visit);
/// The page that asks; its form sends all fields again.
[[nodiscard]] http::Task<http::Response> ask_first(Shared visit, std::shared_ptr<Lens> lens,
                                                   Question question);

/// The label that a text gets there without a choice: the strictest that the space admits.
[[nodiscard]] std::string usual_label(const SeenSpace& space);
/// What to say before a text gets `label` where `usual` is what it would have had: nothing when no more
/// people may have it by that. Pure.
[[nodiscard]] std::optional<std::string> wider_label(const Lens& lens, const SeenSpace& space,
                                                     std::string_view usual, std::string_view label);

}  // namespace comity::web
