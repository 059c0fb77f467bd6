// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "node/web/look/moments.h"
#include "node/web/look/rendered.h"
#include "node/web/look/words.h"

namespace comity::web {

/// What is known of a space, for saying in words who reads what stands in it.
struct SeenSpace {
  std::string slug{};
  std::string title{};
  std::string kind{};  ///< inside, shared, circle
  std::string ceiling{};
  std::vector<std::string> agencies{};  ///< whom it reaches, our own first, as our operator calls them
  std::vector<std::string> people{};    ///< of a circle: addresses
  struct Unreached {
    std::string agency;
    std::string reason;
  };
  std::vector<Unreached> unreached{};
  std::map<std::string, std::uint64_t>
      counts{};  ///< how many people read it at an agency, where that is known

  friend bool operator==(const SeenSpace&, const SeenSpace&) = default;
};

/// With what eyes a view is made: whose, when, in which zone and language. Immutable; any thread.
struct Lens {
  const Words* words = &english();
  Zone zone{};
  Seconds now{};
  std::string base{};
  std::string agency{};   ///< our short name
  std::string address{};  ///< of the reader, "maria@health"
  bool moderates = false;
  std::map<std::string, SeenSpace> spaces{};  ///< by the id of the space
  Rendered* rendered = nullptr;               ///< texts that were shown lately; nothing: all are read anew

  [[nodiscard]] std::string to(std::string_view path) const { return base + std::string(path); }
  [[nodiscard]] const SeenSpace* space(std::string_view id) const;
};

// -- reading answers of commands

[[nodiscard]] std::string text_in(const boost::json::object& row, std::string_view name);
[[nodiscard]] bool flag_in(const boost::json::object& row, std::string_view name);
[[nodiscard]] std::uint64_t number_in(const boost::json::object& row, std::string_view name);
/// An empty list where there is none.
[[nodiscard]] const boost::json::array& list_in(const boost::json::object& row, std::string_view name);
/// An empty object where there is none.
[[nodiscard]] const boost::json::object& object_in(const boost::json::object& row, std::string_view name);
[[nodiscard]] std::vector<std::string> texts_in(const boost::json::object& row, std::string_view name);

// -- pieces that all pages use

/// "Health, Finance and Justice" of short names.
[[nodiscard]] std::string agencies_text(const std::vector<std::string>& names);
/// What a space is, from the answer of space/show or space/list.
[[nodiscard]] SeenSpace seen_space(const boost::json::object& space, std::string_view own_agency);
/// {kind, words, icon}: "Inside - Health", "Shared - Health, Finance".
[[nodiscard]] boost::json::object boundary_view(const Lens& lens, const SeenSpace& space);
/// {words, icon, will_reach, unreached[]}: for compose boxes and beside discussions.
[[nodiscard]] boost::json::object reach_view(const Lens& lens, const SeenSpace& space);
/// {name, meaning}
[[nodiscard]] boost::json::object label_view(const Lens& lens, std::string_view label, bool inside);
/// The labels that a space admits, as options; `chosen` is marked, or the strictest where it is empty or not
/// among them.
[[nodiscard]] boost::json::array label_options(const Lens& lens, const SeenSpace& space,
                                               std::string_view chosen);
/// {datetime, absolute, relative}; null for an empty text.
[[nodiscard]] boost::json::value when_view(const Lens& lens, std::string_view time);
/// {name, agency, initials, hue, href}
[[nodiscard]] boost::json::object person_view(const Lens& lens, std::string_view address,
                                              std::string_view name);
/// {first, next} or null: `path` is below the base, with its query but "after".
[[nodiscard]] boost::json::value pager_view(const Lens& lens, std::string_view path, std::string_view next,
                                            bool began_later);
/// The agency behind the @; our own where there is none.
[[nodiscard]] std::string agency_of_address(const Lens& lens, std::string_view address);
/// "/s/budget", "/messages/ID" for a circle.
[[nodiscard]] std::string space_path(const SeenSpace& space, std::string_view id);
/// "/w/budget/travel/rules"
[[nodiscard]] std::string wiki_path(std::string_view slug, std::string_view page);
/// Options {value, words, chosen} of values whose words stand in the catalogue under `group`.
[[nodiscard]] boost::json::array options(const Lens& lens, std::string_view group,
                                         std::initializer_list<std::string_view> values,
                                         std::string_view chosen);

}  // namespace comity::web
