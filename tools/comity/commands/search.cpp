// SPDX-License-Identifier: EUPL-1.2
// comity search.
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

void show_hit(Context& context, const json::object& row) {
  context.output.text(fmt::format("{}  {:<7} {:<20} {}  {}  {}\n", text_in(row, "time"), text_in(row, "kind"),
                                  safe_text(text_in(row, "author")), safe_text(text_in(row, "space")),
                                  text_in(row, "label"), text_in(row, "id")));
  if (!text_in(row, "title").empty()) context.output.text("  " + safe_text(text_in(row, "title")) + "\n");
  if (!text_in(row, "snippet").empty()) context.output.text("  " + safe_text(text_in(row, "snippet")) + "\n");
}

void show_person(Context& context, const json::object& person) {
  context.output.text(fmt::format("{:<28} {}  {}\n", safe_text(text_in(person, "person")),
                                  safe_text(text_in(person, "name")), safe_text(text_in(person, "unit"))));
}

void show_facets(Context& context, const json::object& facets) {
  for (const json::key_value_pair& facet : facets) {
    if (!facet.value().is_object()) continue;
    std::string line;
    for (const json::key_value_pair& each : facet.value().get_object())
      line +=
          fmt::format("  {} {}", safe_text(each.key()), number_in(facet.value().get_object(), each.key()));
    context.output.text(fmt::format("{:<7}{}\n", std::string(facet.key()), line));
  }
  const bool all = text_in(facets, "all") == "true";
  context.output.text(fmt::format("{} hits{}\n", number_in(facets, "counted"),
                                  all ? "" : " counted, the newest; there are more"));
}

void show(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "people")) {
    if (each.is_object()) show_person(context, each.get_object());
  }
  for (const json::value& each : list_in(answer, "entries")) {
    if (!each.is_object()) continue;
    show_hit(context, each.get_object());
  }
  if (const json::value* const facets = answer.if_contains("facets");
      facets != nullptr && facets->is_object())
    show_facets(context, facets->get_object());
}

Result<int> search(Context& context, const Arguments& arguments) {
  COMITY_TRY(json::object asked, arguments_of({{"WORDS", "query"},
                                               {"--space", "space"},
                                               {"--as", "as"},
                                               {"--type", "type"},
                                               {"--agency", "agency"},
                                               {"--author", "author"},
                                               {"--label", "label"},
                                               {"--tag", "tags", As::kAll},
                                               {"--since", "since"},
                                               {"--until", "until"},
                                               {"--sort", "sort"},
                                               {"--facets", "facets", As::kFlag}},
                                              arguments));
  COMITY_TRY(const json::object page, page_arguments(arguments));
  for (const auto& [key, value] : page)
    asked[key] = value;
  COMITY_TRY(const json::object answer, call_object(context, "search", asked));
  if (!context.output.json()) {
    show(context, answer);
  } else if (arguments.has("--facets")) {
    // Counts are about all rows, so that they make one document with them.
    context.output.document(answer);
    return kDone;
  } else {
    for (const json::value& row : list_in(answer, "entries")) {
      if (row.is_object()) context.output.document(row.get_object());
    }
  }
  note_next_page(context, answer);
  return kDone;
}

}  // namespace

std::vector<Verb> search_verbs() {
  std::vector<Option> options{
      {"WORDS",
       {},
       "All of them have to be there; \"a phrase\", begin*, -without. May be left out beside a filter"},
      {"--space", "SLUG", "Only in this space"},
      {"--as", "PERSON", "With whose eyes; default: the operator's"},
      {"--type", "TYPE", "post, reply, update, wiki or person"},
      {"--agency", "NAME", "Only what this agency wrote"},
      {"--author", "PERSON", "Only what they wrote: maria, jo@finance"},
      {"--label", "LABEL", "Only under this label"},
      {"--tag", "TAG", "Only with this tag; may stand several times", false, true},
      {"--since", "TIME", "From this moment on: 2026-11-20 or 2026-11-20T08:00Z"},
      {"--until", "TIME", "Before this moment"},
      {"--sort", "ORDER", "newest (default) or relevance, over the newest 10,000 hits"},
      {"--facets", {}, "Also count the hits by type, agency, space, author, label, tag and month"}};
  for (Option& option : page_options())
    options.push_back(std::move(option));
  return {{"search",
           "Find entries and people by their words, newest first, as far as the reader may see them",
           "comity search \"travel rules\" --as maria --space hr-forum --since 2026-01-01",
           std::move(options), search}};
}

}  // namespace comity::cli
