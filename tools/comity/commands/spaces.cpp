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

void show_pinned(Context& context, const json::object& space) {
  for (const json::value& row : list_in(space, "pinned")) {
    if (!row.is_object()) continue;
    const json::object& pin = row.get_object();
    const std::string title = text_in(pin, text_in(pin, "title").empty() ? "text" : "title");
    const std::string where = text_in(pin, pin.contains("page") ? "page" : "id");
    context.output.text(fmt::format("  pinned: {}  {:<7} {}\n", safe_text(where), text_in(pin, "kind"),
                                    safe_text(title.substr(0, title.find('\n')))));
  }
}

void show_similar(Context& context, const json::object& space) {
  for (const json::value& row : list_in(space, "similar")) {
    if (!row.is_object()) continue;
    const json::object& other = row.get_object();
    context.output.text(fmt::format("similar: {}  {} of {}, {}\n", safe_text(text_in(other, "slug")),
                                    safe_text(text_in(other, "title")), safe_text(text_in(other, "steward")),
                                    text_in(other, "kind")));
  }
}

void show_unreached(Context& context, const json::object& member) {
  for (const json::value& row : list_in(member, "unreached")) {
    if (row.is_object())
      context.output.text(fmt::format("    does not reach {}: {}\n",
                                      safe_text(text_in(row.get_object(), "agency")),
                                      safe_text(text_in(row.get_object(), "reason"))));
  }
}

void show_relays(Context& context, const json::object& space) {
  for (const json::value& row : list_in(space, "relays")) {
    if (row.is_object())
      context.output.text(fmt::format("  {:<16} relay\n", safe_text(text_in(row.get_object(), "agency"))));
  }
}

/// "  readers 41": counted here, as the agency stated, or at least so many by their cards.
std::string readers_of(const json::object& member) {
  if (number_in(member, "readers") == 0) return {};
  const std::string by = text_in(member, "readers_by");
  return fmt::format("  readers {}{}{}", by == "cards" ? "at least " : "", number_in(member, "readers"),
                     by == "statement" ? " as of " + text_in(member, "readers_stated") : "");
}

void show_space(Context& context, const json::object& space) {
  context.output.fields({{"space", text_in(space, "slug")},
                         {"title", text_in(space, "title")},
                         {"description", text_in(space, "description")},
                         {"id", text_in(space, "id")},
                         {"kind", text_in(space, "kind")},
                         {"steward", text_in(space, "steward")},
                         {"ceiling", text_in(space, "label_ceiling")},
                         {"readers", text_in(space, "readers")},
                         {"state", text_in(space, "state")},
                         {"steward word", text_in(space, "steward_freshness")}});
  for (const json::value& person : list_in(space, "people")) {
    if (person.is_string())
      context.output.text(fmt::format("  {}\n", safe_text(std::string(person.get_string()))));
  }
  for (const json::value& row : list_in(space, "members")) {
    if (!row.is_object()) continue;
    const json::object& member = row.get_object();
    context.output.text(fmt::format(
        "  {:<16} {:<12} have {} of {}{}{}{}\n", text_in(member, "agency"), text_in(member, "state"),
        text_in(member, "have"), text_in(member, "total"), readers_of(member),
        text_in(member, "possibly_stale") == "true"
            ? "  possibly stale: last heard of " + text_in(member, "last_heard")
            : "",
        text_in(member, "reason") == "-" ? "" : "  not reached: " + safe_text(text_in(member, "reason"))));
    // Ours stand beside the members that we do not reach.
    if (text_in(member, "state") != "self") show_unreached(context, member);
  }
  show_relays(context, space);
  show_pinned(context, space);
  show_similar(context, space);
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

void show_suggested(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "spaces")) {
    if (!row.is_object()) continue;
    const json::object& space = row.get_object();
    context.output.text(
        fmt::format("{:<20} {}\n", safe_text(text_in(space, "slug")), safe_text(text_in(space, "title"))));
    for (const json::value& reason : list_in(space, "reasons")) {
      if (reason.is_string())
        context.output.text(fmt::format("  {}\n", safe_text(std::string(reason.get_string()))));
    }
  }
}

Verb pin_verb(const std::string& word, const std::string& summary) {
  return remote_verb({.path = word,
                      .summary = summary,
                      .example = "comity " + word + " ID --as maria",
                      .options = {{"ID", {}, "The first entry of a discussion, or SPACE/PAGE", true},
                                  {"--as", "PERSON", "A moderator or administrator; default: the operator"}},
                      .command = word,
                      .fields = {{"ID", "id"}, {"--as", "as"}},
                      .show = show_space});
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
                {"--relay", "NAMES", "Agencies that carry it between members and read nothing"},
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
                      {"--relay", "relays", As::kList},
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
                               {"--kind", "KIND",
                                "Only inside, shared, circle or directory; directories show only so"},
                               {"--followed", {}, "Only those that the person of --as follows"},
                               reader},
                   .command = "space/list",
                   .fields = {{"--offered", "offered", As::kFlag},
                              {"--kind", "kind"},
                              {"--followed", "followed", As::kFlag},
                              {"--as", "as"}},
                   .show = show_spaces,
                   .rows = "spaces"}),
      remote_verb({.path = "space show",
                   .summary = "One space: members, what we have of each, who is not reached and why",
                   .example = "comity space show hr-forum",
                   .options = {slug_option(), reader},
                   .command = "space/show",
                   .fields = {{"SLUG", "space"}, {"--as", "as"}},
                   .show = show_space}),
      remote_verb(
          {.path = "space describe",
           .summary = "Change what a space is called and said to be for; what is not given stays",
           .example = "comity space describe hr-forum --description \"Questions on travel and leave\"",
           .options = {slug_option(),
                       {"--title", "TITLE", "Its title"},
                       {"--description", "TEXT", "What it is for, CommonMark, at most 4096 bytes"},
                       {"--description-file", "FILE", "The same from a file, - for standard input"},
                       {"--as", "PERSON", "A moderator or administrator; default: the operator"}},
           .command = "space/describe",
           .fields = {{"SLUG", "space"},
                      {"--title", "title"},
                      {"--description", "description"},
                      {"--description-file", "description", As::kFileText},
                      {"--as", "as"}},
           .show = show_space}),
      remote_verb({.path = "space suggest",
                   .summary = "Three spaces that somebody may like to follow, and why",
                   .example = "comity space suggest --as jo",
                   .options = {{"--as", "PERSON", "Who looks for spaces", true}},
                   .command = "space/suggest",
                   .fields = {{"--as", "as"}},
                   .show = show_suggested}),
      pin_verb("pin", "Show a discussion to everybody first who looks at its space; at most 16 a space"),
      pin_verb("unpin", "Show it first no longer"),
      remote_verb({.path = "space add",
                   .summary = "Make an agency a member, or a relay",
                   .example = "comity space add hr-forum finance",
                   .options = {slug_option(),
                               {"AGENCY", {}, "Our name for the agency", true},
                               {"--relay", {}, "It carries the space between members and reads nothing"}},
                   .command = "space/add",
                   .fields = {{"SLUG", "space"}, {"AGENCY", "agency"}, {"--relay", "relay", As::kFlag}},
                   .show = show_done}),
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
