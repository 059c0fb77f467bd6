// SPDX-License-Identifier: EUPL-1.2
// What the handlers of pages share: asking commands, knowing the spaces of what is shown, drafts, showing.
#pragma once

#include <memory>

#include "node/web/pages/lens.h"
#include "node/web/serve/web.h"

/// Runs a command in the name of the reader; its answer is the object `name`. Its error ends the page.
#define COMITY_ASK(name, command, arguments)                                 \
  auto name##_answer = co_await visit->run(command, arguments);              \
  if (!name##_answer.ok()) co_return failure(*visit, name##_answer.error()); \
  const boost::json::object name = object_of(*name##_answer)

namespace comity::web {

using Shared = std::shared_ptr<Visit>;

[[nodiscard]] boost::json::object object_of(const boost::json::value& value);

/// The eyes of who asks, without any space.
[[nodiscard]] std::shared_ptr<Lens> lens_of(const Visit& visit);
/// Adds the spaces that rows stand in ("space_id"), at most 40; one that cannot be read is left out.
[[nodiscard]] http::Task<void> see_spaces_of(Shared visit, std::shared_ptr<Lens> lens,
                                             boost::json::array rows);
/// Adds one by name or id; its answer of space/show is returned. Errors: those of the command.
[[nodiscard]] http::Task<proto::Result<boost::json::value>> see_space(Shared visit,
                                                                      std::shared_ptr<Lens> lens,
                                                                      std::string name);

/// A view with the frame of the page: title, unread notifications, where live updates come from.
[[nodiscard]] http::Task<boost::json::object> begin_view(Shared visit, std::string name, std::string title);

/// What makes the view on a worker, from copies.
using Make = std::function<boost::json::object()>;
/// Makes the view and fills the template, both on a worker.
[[nodiscard]] http::Task<http::Response> show(Shared visit, std::string name, Make make,
                                              unsigned status = 200);

/// A failure as pages show it beside a form; `kept`: what was written is kept.
[[nodiscard]] boost::json::object problem_view(const proto::Error& error, bool kept);

/// The fields of a form: as sent, or as the draft of that key has them.
struct Written {
  std::map<std::string, std::string> fields{};
  std::string since{};  ///< when the draft was written; empty: there was none
  [[nodiscard]] std::string at(std::string_view name) const;
};
[[nodiscard]] http::Task<Written> draft_of(Shared visit, std::string key);
[[nodiscard]] Written sent(const Visit& visit);
/// Keeps what was sent as a draft: of a form that was refused. A failure to is no failure of the page.
[[nodiscard]] http::Task<void> keep_draft(Shared visit, std::string key);
[[nodiscard]] http::Task<void> drop_draft(Shared visit, std::string key);

/// The words under a box whose text comes from a draft.
[[nodiscard]] std::string draft_words(const Lens& lens, const Written& written);
/// A message for the next page, by a cookie that it takes away.
void tell_next(Visit& visit, std::string_view kind, std::string_view text);

/// Words of a comma- or space-separated field.
[[nodiscard]] boost::json::array words_of(std::string_view text, std::string_view separators);
/// Forms write line ends as CR LF; texts have LF.
[[nodiscard]] std::string with_plain_line_ends(std::string_view text);

}  // namespace comity::web
