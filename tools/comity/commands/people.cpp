// SPDX-License-Identifier: EUPL-1.2
// comity user, profile, people: the people of this agency, and those whom partners tell of.
#include <fmt/format.h>

#include "proto/utf8.h"
#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"
#include "tools/comity/offline/prompt.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::size_t kPasswordFileBytes = 4096;

Option handle_option() {
  return {"HANDLE", {}, "Sign-in name", true};
}

std::string words_in(const json::object& row, std::string_view key) {
  std::string out;
  for (const json::value& word : list_in(row, key)) {
    if (!word.is_string()) continue;
    out += (out.empty() ? "" : ", ") + std::string(word.get_string());
  }
  return out;
}

void show_users(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "users")) {
    if (!row.is_object()) continue;
    const json::object& user = row.get_object();
    context.output.text(fmt::format(
        "{:<20} {:<10} {:<9} {}\n", text_in(user, "handle"), text_in(user, "role"),
        text_in(user, "disabled") == "true" ? "disabled" : "active", safe_text(text_in(user, "name"))));
  }
}

void show_user(Context& context, const json::object& user) {
  context.output.fields({{"person", text_in(user, "handle")},
                         {"name", text_in(user, "name")},
                         {"unit", text_in(user, "unit")},
                         {"id", text_in(user, "id")},
                         {"role", text_in(user, "role")},
                         {"state", text_in(user, "disabled") == "true" ? "disabled" : "active"}});
}

void show_profile(Context& context, const json::object& card) {
  context.output.fields({{"person", text_in(card, "person")},
                         {"name", text_in(card, "name")},
                         {"unit", text_in(card, "unit")},
                         {"position", text_in(card, "position")},
                         {"skills", words_in(card, "skills")},
                         {"languages", words_in(card, "languages")},
                         {"mail", text_in(card, "mail")},
                         {"phone", text_in(card, "phone")},
                         {"about", text_in(card, "about")},
                         {"id", text_in(card, "id")}});
  if (text_in(card, "left") == "true") context.output.text("works there no longer\n");
  if (card.contains("listed")) {
    const bool listed = text_in(card, "listed") == "true";
    const bool contact = text_in(card, "contact") == "true";
    context.output.text(fmt::format("partners are told {}\n", !listed   ? "nothing of this"
                                                              : contact ? "all of this"
                                                                        : "this without mail and phone"));
  }
}

void show_people(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "people")) {
    if (!row.is_object()) continue;
    const json::object& card = row.get_object();
    context.output.text(fmt::format("{:<28} {:<24} {:<20} {}\n", safe_text(text_in(card, "person")),
                                    safe_text(text_in(card, "name")), safe_text(text_in(card, "unit")),
                                    safe_text(words_in(card, "skills"))));
  }
}

/// The first line of a file, or what a person types twice. A password never stands on a command line, where
/// every user of the machine could read it.
Result<std::string> password_of(const Arguments& arguments, bool prompt) {
  const auto file = arguments.find("--password-file");
  std::string text;
  if (file) {
    COMITY_TRY(text, read_text(*file, kPasswordFileBytes));
    text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  } else if (prompt) {
    COMITY_TRY(const crypto::Secret typed, ask_new_secret("Password"));
    text = proto::as_text(typed.view());
  }
  if (!proto::is_utf8(proto::as_bytes(text))) return Error{Code::kPasswordRule, "it is not UTF-8"};
  if (text.empty() && (file || prompt)) return Error{Code::kPasswordRule, "it is empty"};
  return text;
}

Result<int> show_answer(Context& context, const json::object& answer) {
  if (context.output.json()) {
    context.output.document(answer);
  } else {
    show_user(context, answer);
  }
  return kDone;
}

Result<int> add(Context& context, const Arguments& arguments) {
  COMITY_TRY(json::object asked, arguments_of({{"HANDLE", "handle"},
                                               {"--name", "name"},
                                               {"--unit", "unit"},
                                               {"--skills", "skills", As::kList},
                                               {"--role", "role"}},
                                              arguments));
  COMITY_TRY(const std::string password, password_of(arguments, false));
  if (!password.empty()) asked["password"] = password;
  COMITY_TRY(const json::object answer, call_object(context, "user/add", asked));
  return show_answer(context, answer);
}

Result<int> passwd(Context& context, const Arguments& arguments) {
  COMITY_TRY(json::object asked, arguments_of({{"HANDLE", "handle"}}, arguments));
  COMITY_TRY(asked["password"], password_of(arguments, true));
  COMITY_TRY(const json::object answer, call_object(context, "user/passwd", asked));
  return show_answer(context, answer);
}

}  // namespace

std::vector<Verb> user_verbs() {
  const Option password_file{"--password-file", "FILE",
                             "The password is its first line; - for standard input"};
  return {
      {"user add",
       "Add a person of this agency",
       "comity user add maria --name \"Maria Olsen\" --unit Statistics --skills law,statistics",
       {handle_option(),
        {"--name", "NAME", "Full name", true},
        {"--unit", "UNIT", "Organisational unit"},
        {"--skills", "WORDS", "What they know, between commas"},
        {"--role", "ROLE", "admin, moderator, records or member (default)"},
        password_file},
       add},
      remote_verb({.path = "user list",
                   .summary = "The people of this agency",
                   .example = "comity user list",
                   .options = {},
                   .command = "user/list",
                   .fields = {},
                   .show = show_users,
                   .rows = "users"}),
      {"user passwd",
       "Set a person's password; asked for on the terminal without --password-file",
       "comity user passwd maria",
       {handle_option(), password_file},
       passwd},
      remote_verb(
          {.path = "user disable",
           .summary = "Let a person act no more; what they wrote stays, and partners see that they left",
           .example = "comity user disable maria",
           .options = {handle_option()},
           .command = "user/disable",
           .fields = {{"HANDLE", "handle"}},
           .show = show_user}),
      remote_verb({.path = "user enable",
                   .summary = "Let a disabled person act again",
                   .example = "comity user enable maria",
                   .options = {handle_option()},
                   .command = "user/enable",
                   .fields = {{"HANDLE", "handle"}},
                   .show = show_user}),
  };
}

std::vector<Verb> people_verbs() {
  const Option reader{"--as", "PERSON", "With whose eyes; default: the operator's"};
  return {
      remote_verb({.path = "profile show",
                   .summary = "The card of a person, here or at a partner",
                   .example = "comity profile show maria@health",
                   .options = {{"PERSON", {}, "maria, or jo@finance", true}, reader},
                   .command = "profile/show",
                   .fields = {{"PERSON", "who"}, {"--as", "as"}},
                   .show = show_profile}),
      remote_verb(
          {.path = "profile set",
           .summary = "Say who one is; what is not given stays, an empty value goes",
           .example = "comity profile set --as maria --skills law,statistics --languages nb,en",
           .options = {{"--as", "PERSON", "Whose card", true},
                       {"--name", "NAME", "Full name"},
                       {"--unit", "UNIT", "Organisational unit"},
                       {"--position", "TEXT", "Position"},
                       {"--skills", "WORDS", "What one knows, between commas"},
                       {"--languages", "TAGS", "Languages spoken, as in nb,en"},
                       {"--mail", "ADDRESS", "Mail address at work"},
                       {"--phone", "NUMBER", "Telephone number at work"},
                       {"--about", "TEXT", "About oneself, CommonMark"},
                       {"--release", "WHAT",
                        "What partners are told: standard (all but mail and phone), contact (those too) or "
                        "nothing"}},
           .command = "profile/set",
           .fields = {{"--as", "as"},
                      {"--name", "name"},
                      {"--unit", "unit"},
                      {"--position", "position"},
                      {"--skills", "skills", As::kList},
                      {"--languages", "languages", As::kList},
                      {"--mail", "mail"},
                      {"--phone", "phone"},
                      {"--about", "about"},
                      {"--release", "release"}},
           .show = show_profile}),
      remote_verb(
          {.path = "people search",
           .summary = "Find people of this agency and of partners",
           .example = "comity people search \"budget law\" --agency finance",
           .options = {{"WORDS", {}, "Each begins a word of the card; nothing finds everybody"},
                       {"--agency", "NAME", "Only people of this agency"},
                       {"--skill", "SKILL", "Only people with this skill"},
                       reader},
           .command = "people/search",
           .fields = {{"WORDS", "query"}, {"--agency", "agency"}, {"--skill", "skill"}, {"--as", "as"}},
           .show = show_people,
           .rows = "people"}),
  };
}

}  // namespace comity::cli
