// SPDX-License-Identifier: EUPL-1.2
// comity key: the keys of the agency and their changes. The root key is opened here and nowhere else.
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"
#include "tools/comity/offline/root_key.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

const json::object& object_in(const json::object& object, std::string_view key) {
  static const json::object kNone;
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

/// "announced: finance has version 3, justice not yet (version 2)".
std::string announced(const json::object& document) {
  const std::uint64_t newest = number_in(document, "version");
  std::string out;
  for (const json::value& each : list_in(document, "peers")) {
    if (!each.is_object()) continue;
    const json::object& peer = each.get_object();
    const std::uint64_t holds = number_in(peer, "holds");
    const std::string name = safe_text(text_in(peer, "name"));
    if (!out.empty()) out += ", ";
    if (holds == newest) {
      out += fmt::format("{} has version {}", name, holds);
    } else if (holds == 0) {
      out += name + " not yet";
    } else {
      out += fmt::format("{} not yet (version {})", name, holds);
    }
  }
  return out.empty() ? "to nobody: there are no peers" : out;
}

void show_document(Context& context, const json::object& document) {
  context.output.text(fmt::format("key document {}, until {}{}\nannounced: {}\n",
                                  number_in(document, "version"), text_in(document, "expires"),
                                  text_in(document, "stale") == "true" ? " (stale)" : "",
                                  announced(document)));
}

std::string ends_of(const json::object& key) {
  if (text_in(key, "state") == "revoked") {
    return fmt::format("since {} ({})", text_in(key, "since"), text_in(key, "reason"));
  }
  if (text_in(key, "not_after") == "-") return "";
  return fmt::format("{} to {}", text_in(key, "not_before"), text_in(key, "not_after"));
}

void show_list(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "keys")) {
    if (!row.is_object()) continue;
    const json::object& key = row.get_object();
    const std::string ends = ends_of(key);
    context.output.text(fmt::format(
        "{:<11} {}  {}\n", text_in(key, "role"), text_in(key, "id"),
        ends.empty() ? text_in(key, "state") : fmt::format("{:<8} {}", text_in(key, "state"), ends)));
  }
  show_document(context, object_in(answer, "document"));
}

std::vector<Option> root_options() {
  return {{"--root-key-file", "FILE",
           "Where the root key was put away (default: keys/root.key in the directory)"},
          {"--passphrase-file", "FILE", "File whose first line opens it; else it is asked for"}};
}

/// Has the node write the next key document, signs it here, and gives it back.
Result<int> change(Context& context, const Arguments& arguments, std::string_view command,
                   const json::object& asked) {
  const RootKeySource source{context.data_directory, arguments.find("--root-key-file"),
                             arguments.find("--passphrase-file")};
  COMITY_TRY(const auto key_file, find_root_key(source));
  COMITY_TRY(const json::object planned, call_object(context, command, asked));
  COMITY_TRY(const proto::Bytes doc, proto::from_hex(text_in(planned, "doc")));
  COMITY_TRY(const proto::Bytes signed_doc, sign_key_document(source, key_file, doc));
  COMITY_TRY(const json::object answer,
             call_object(context, "key/install", {{"doc", proto::to_hex(signed_doc)}}));
  if (context.output.json()) {
    context.output.document(answer);
    return kDone;
  }
  show_document(context, object_in(answer, "document"));
  return kDone;
}

Result<int> rotate(Context& context, const Arguments& arguments) {
  COMITY_TRY(const json::object asked, arguments_of({{"--reason", "reason"}}, arguments));
  return change(context, arguments, "key/rotate", asked);
}

Result<int> revoke(Context& context, const Arguments& arguments) {
  if (arguments.has("--compromised") && !arguments.has("--since")) {
    return proto::Error{proto::Code::kUsage,
                        "--compromised needs --since: from when on the key is not trusted"};
  }
  COMITY_TRY(const json::object asked,
             arguments_of({{"ID", "id"}, {"--compromised", "compromised", As::kFlag}, {"--since", "since"}},
                          arguments));
  if (!arguments.has("--yes")) {
    const std::string id = *arguments.find("ID");
    COMITY_TRY(const std::string typed, ask("Type " + safe_text(id) + " to revoke it for ever: "));
    if (typed != id) return proto::Error{proto::Code::kNotConfirmed, typed};
  }
  return change(context, arguments, "key/revoke", asked);
}

std::vector<Option> joined(std::vector<Option> options, std::vector<Option> more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

std::vector<Verb> key_verbs() {
  return {
      remote_verb({.path = "key list",
                   .summary = "The keys of the agency, and which peers know of their newest change",
                   .example = "comity key list --json",
                   .options = {},
                   .command = "key/list",
                   .fields = {},
                   .show = show_list,
                   .rows = "keys"}),
      {"key rotate", "New signing, transport and witness keys, signed by the root key",
       "comity key rotate --root-key-file /media/vault/root.key",
       joined(root_options(), {{"--reason", "TEXT", "Words for the audit log"}}), rotate},
      {"key revoke", "End a key before its time; one that is in use is replaced at once",
       "comity key revoke 4f0c66 --compromised --since 2026-11-20T08:00Z --root-key-file "
       "/media/vault/root.key",
       joined({{"ID", {}, "The key, by the first six digits of its id or more", true},
               {"--compromised", {}, "Somebody else may have it: what it signed since then is quarantined"},
               {"--since", "TIME", "From when on it is not trusted (default: now)"},
               {"--yes", {}, "Do not ask; for scripts"}},
              root_options()),
       revoke},
  };
}

std::vector<Verb> quarantine_verbs() {
  const auto show = [](Context& context, const json::object& row) {
    context.output.text(fmt::format("{}  {:<10} {:<9} {:<14} {:<12} {}\n", text_in(row, "id"),
                                    safe_text(text_in(row, "agency")), text_in(row, "kind"),
                                    safe_text(text_in(row, "space")), text_in(row, "reason"),
                                    text_in(row, "received")));
  };
  return {
      remote_verb({.path = "quarantine list",
                   .summary = "Entries that are held back, and why; their content is not shown",
                   .example = "comity quarantine list --limit 20",
                   .options = {},
                   .command = "quarantine/list",
                   .fields = {},
                   .show =
                       [show](Context& context, const json::object& answer) {
                         for (const json::value& row : list_in(answer, "entries"))
                           if (row.is_object()) show(context, row.get_object());
                       },
                   .rows = "entries"}),
      remote_verb(
          {.path = "quarantine release",
           .summary = "Let an entry count from now on",
           .example = "comity quarantine release 4fz6hnq5kq3w2uoqyxb7d2tqv5m6wzj3k4a7c2e5r6t7y2u3i4oq",
           .options = {{"ID", {}, "The entry, as quarantine list shows it", true}},
           .command = "quarantine/release",
           .fields = {{"ID", "id"}},
           .show =
               [](Context& context, const json::object& row) {
                 context.output.text(fmt::format("released: {}, {} of {} in {}\n", text_in(row, "id"),
                                                 text_in(row, "kind"), safe_text(text_in(row, "agency")),
                                                 safe_text(text_in(row, "space"))));
               }}),
  };
}

}  // namespace comity::cli
