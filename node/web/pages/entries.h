// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/pages/lens.h"

namespace comity::web {

/// An entry in a list, from a row as commands answer it. `where`: say in which space it stands.
[[nodiscard]] boost::json::object card_view(const Lens& lens, const boost::json::object& row, bool where);
/// All of them.
[[nodiscard]] boost::json::array card_views(const Lens& lens, const boost::json::array& rows, bool where);

/// The discussion that an entry is shown in.
struct ThreadAt {
  bool asked = false;                            ///< the reader has begun it, with a question
  std::string label{};                           ///< of what begins it; another label is shown at the entry
  std::map<std::string, std::string> authors{};  ///< of the entries on the page, by id
};
/// An entry in its discussion.
[[nodiscard]] boost::json::object entry_view(const Lens& lens, const boost::json::object& row,
                                             const ThreadAt& at);

/// The tags of an entry, as links to what has them too.
[[nodiscard]] boost::json::array tag_views(const Lens& lens, const SeenSpace& space,
                                           const boost::json::object& row);
/// What an entry is called: its title, or the beginning of its text.
[[nodiscard]] std::string entry_title(const Lens& lens, const boost::json::object& row);
/// Below the base: "/t/ID", "/t/THREAD#ID", "/w/SPACE/PAGE".
[[nodiscard]] std::string entry_path(const boost::json::object& row);
/// "Withdrawn by …", of an entry that is.
[[nodiscard]] std::string withdrawn_words(const Lens& lens, const boost::json::object& row);
/// Text of an entry as HTML that is safe to show; it is not escaped again.
[[nodiscard]] std::string entry_html(const Lens& lens, const boost::json::object& row, std::uint32_t heading);
/// "3 of 5 agencies have this; not yet: Finance, Justice", of a row with "delivery"; empty when all have it,
/// or it was sent in the last ten seconds.
[[nodiscard]] std::string delivery_words(const Lens& lens, const boost::json::object& row);

}  // namespace comity::web
