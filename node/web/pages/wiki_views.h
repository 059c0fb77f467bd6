// SPDX-License-Identifier: EUPL-1.2
// The views of wiki pages; pure, any thread.
#pragma once

#include "node/web/pages/hall.h"

namespace comity::web {

/// Where a page is: the space as the address names it, and its path in it.
struct WikiAt {
  std::string space;
  std::string path;
  [[nodiscard]] std::string name() const { return space + "/" + path; }
  [[nodiscard]] std::string href() const { return wiki_path(space, path); }
  /// What the draft of an edit is kept under; of one section, by its number, or of the whole page.
  [[nodiscard]] std::string draft_key(std::string_view section = {}) const {
    return section.empty() ? "wiki:" + name() : "section:" + name() + "#" + std::string(section);
  }
};

/// What stands at the top of all views of a page; `tab`: read, edit or history. `row`: wiki/get, empty for a
/// page that is yet to be written.
void add_wiki_head(boost::json::object& view, const Lens& lens, const WikiAt& at, const SeenSpace& space,
                   const boost::json::object& row, std::string_view tab);
[[nodiscard]] boost::json::object wiki_view(boost::json::object view, const Lens& lens, const WikiAt& at,
                                            const SeenSpace& space, const boost::json::object& row,
                                            const boost::json::array& backlinks, const std::string& revision);
[[nodiscard]] boost::json::object history_view(boost::json::object view, const Lens& lens, const WikiAt& at,
                                               const SeenSpace& space, const boost::json::object& row,
                                               const boost::json::object& log, bool later);
/// The hunks of wiki/diff.
[[nodiscard]] boost::json::array hunk_views(const Lens& lens, const boost::json::object& diff);
/// The contradictions of a page, each with its sides; and the text with the chosen sides in place.
struct Merging {
  boost::json::array conflicts{};
  std::string text{};
};
[[nodiscard]] Merging merging_of(const Lens& lens, const boost::json::object& row, const Written& chosen);

}  // namespace comity::web
