// SPDX-License-Identifier: EUPL-1.2
// comity space: places for work.
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;

Option slug_option() {
  return {"SLUG", {}, "The space; NAME@AGENCY where two stewards use one name", true};
}

void show_space(Context& context, const json::object& space) {
  context.output.fields({{"space", text_in(space, "slug")},
                         {"title", text_in(space, "title")},
                         {"id", text_in(space, "id")},
                         {"kind", text_in(space, "kind")},
                         {"steward", text_in(space, "steward")},
                         {"ceiling", text_in(space, "label_ceiling")},
                         {"readers", text_in(space, "readers")},
                         {"state", text_in(space, "state")}});
  for (const json::value& person : list_in(space, "people")) {
    if (person.is_string())
      context.output.text(fmt::format("  {}\n", safe_text(std::string(person.get_string()))));
  }
  for (const json::value& row : list_in(space, "members")) {
    if (!row.is_object()) continue;
    const json::object& member = row.get_object();
    context.output.text(fmt::format(
        "  {:<16} {:<12} have {} of {}{}\n", text_in(member, "agency"), text_in(member, "state"),
        text_in(member, "have"), text_in(member, "total"),
        text_in(member, "reason") == "-" ? "" : "  not reached: " + safe_text(text_in(member, "reason"))));
  }
}

void show_spaces(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "spaces")) {
    if (!row.is_object()) continue;
    const json::object& space = row.get_object();
    context.output.text(fmt::format("{:<20} {:<9} {:<9} {:<14} {}\n", text_in(space, "slug"),
                                    text_in(space, "kind"), text_in(space, "state"),
                                    text_in(space, "steward"), safe_text(text_in(space, "title"))));
  }
}

void show_done(Context& context, const json::object& answer) {
  context.output.text(
      fmt::format("{}: {}\n", safe_text(text_in(answer, "slug")), safe_text(text_in(answer, "state"))));
}

void show_readers(Context& context, const json::object& answer) {
  context.output.text(
      fmt::format("{}: readers {}\n", safe_text(text_in(answer, "slug")), text_in(answer, "readers")));
  for (const json::value& who : list_in(answer, "listed"))
    if (who.is_string()) context.output.text(fmt::format("  {}\n", safe_text(std::string(who.get_string()))));
}

Verb space_step(const std::string& word, const std::string& summary, bool with_agency) {
  std::vector<Option> options{slug_option()};
  std::vector<Field> fields{{"SLUG", "space"}};
  if (with_agency) {
    options.push_back({"AGENCY", {}, "Our name for the agency", true});
    fields.push_back({"AGENCY", "agency"});
  }
  return remote_verb({.path = "space " + word,
                      .summary = summary,
                      .example = "comity space " + word + " hr-forum" + (with_agency ? " finance" : ""),
                      .options = std::move(options),
                      .command = "space/" + word,
                      .fields = std::move(fields),
                      .show = show_done});
}

}  // namespace

std::vector<Verb> space_verbs() {
  const Option reader{"--as", "PERSON", "With whose eyes; default: the operator's"};
  return {
      remote_verb(
          {.path = "space create",
           .summary = "Open a space for work and say who belongs to it",
           .example =
               "comity space create hr-forum --title \"HR forum\" --kind shared --members finance,justice",
           .options =
               {{"SLUG", {}, "Its short name", true},
                {"--title", "TITLE", "Its title", true},
                {"--kind", "KIND", "inside, shared or circle", true},
                {"--description", "TEXT", "What it is for"},
                {"--members", "NAMES", "Our names for the member agencies, between commas"},
                {"--people", "PERSONS", "Of a circle: jo@finance,maria"},
                {"--as", "PERSON", "Who opens it; one of the people of a circle"},
                {"--label-ceiling", "LABEL",
                 "Highest label (default AMBER+STRICT, RED for a circle, as far as agreements admit it)"},
                {"--history", "RULE", "What later members receive: all, since or none"},
                {"--since", "TIME", "With --history since: from when on"}},
           .command = "space/create",
           .fields = {{"SLUG", "slug"},
                      {"--title", "title"},
                      {"--kind", "kind"},
                      {"--description", "description"},
                      {"--members", "members", As::kList},
                      {"--people", "people", As::kList},
                      {"--as", "as"},
                      {"--label-ceiling", "label_ceiling"},
                      {"--history", "history"},
                      {"--since", "since"}},
           .show = show_space}),
      remote_verb({.path = "space list",
                   .summary = "All spaces that this agency knows",
                   .example = "comity space list --offered",
                   .options = {{"--offered", {}, "Only those that wait to be joined"},
                               {"--kind", "KIND", "Only inside, shared, circle or directory; directories show only so"},
                               reader},
                   .command = "space/list",
                   .fields = {{"--offered", "offered", As::kFlag}, {"--kind", "kind"}, {"--as", "as"}},
                   .show = show_spaces,
                   .rows = "spaces"}),
      remote_verb({.path = "space show",
                   .summary = "One space: members, what we have of each, who is not reached and why",
                   .example = "comity space show hr-forum",
                   .options = {slug_option(), reader},
                   .command = "space/show",
                   .fields = {{"SLUG", "space"}, {"--as", "as"}},
                   .show = show_space}),
      space_step("add", "Make an agency a member", true),
      space_step("remove", "End the membership of an agency; it keeps what it had", true),
      space_step("join", "Take part in a space that is offered", false),
      space_step("leave", "Take part no longer", false),
      remote_verb({.path = "space readers",
                   .summary = "Who of our own staff may read a space",
                   .example = "comity space readers hr-forum add maria",
                   .options = {slug_option(),
                               {"CHANGE", {}, "open, list, add or remove; nothing shows them"},
                               {"WHO", {}, "A person, or unit:NAME"}},
                   .command = "space/readers",
                   .fields = {{"SLUG", "space"}, {"CHANGE", "change"}, {"WHO", "who"}},
                   .show = show_readers}),
  };
}

}  // namespace comity::cli
