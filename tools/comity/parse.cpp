// SPDX-License-Identifier: EUPL-1.2
// The only source that sees CLI11, which takes seconds to compile.
#include "tools/comity/parse.h"

#include <map>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

namespace comity::cli {
namespace {

constexpr const char* kDefaultDirectory = "/var/lib/comity";

/// A verb at work: CLI11 fills the texts.
struct Bound {
  const Verb* verb = nullptr;
  CLI::App* app = nullptr;
  std::vector<CLI::Option*> options;
  std::vector<std::unique_ptr<std::vector<std::string>>> texts;
};

const std::map<std::string, std::string>& group_summaries() {
  static const std::map<std::string, std::string> texts{
      {"agreement", "What was agreed with a peer"},
      {"audit", "What operators and the node decided"},
      {"config", "Look at the settings"},
      {"db", "Look at the store of a stopped node"},
      {"import", "Bring content in from elsewhere"},
      {"key", "The keys of this agency"},
      {"people", "Find people, here and at partners"},
      {"peer", "Other agencies: connect, look, suspend, part"},
      {"profile", "Who a person is, and what partners are told of it"},
      {"quarantine", "Bodies that are held back"},
      {"space", "Places for work, and who belongs to them"},
      {"user", "The people of this agency"},
      {"wiki", "Pages that agencies write together"}};
  return texts;
}

CLI::App* parent_of(CLI::App& root, const std::string& path, std::map<std::string, CLI::App*>& groups) {
  const std::size_t space = path.find(' ');
  if (space == std::string::npos) return &root;
  const std::string name = path.substr(0, space);
  CLI::App*& group = groups[name];
  if (group == nullptr) {
    group = root.add_subcommand(name, group_summaries().at(name));
    group->require_subcommand(1);
    group->fallthrough();
  }
  return group;
}

Bound bind(const Verb& verb, CLI::App& parent) {
  Bound bound{&verb, nullptr, {}, {}};
  bound.app = parent.add_subcommand(verb.path.substr(verb.path.find(' ') + 1), verb.summary);
  bound.app->fallthrough();
  bound.app->footer("As every verb: --data DIR (or COMITY_DATA_DIR), --json.\n\nexample:\n  " + verb.example);
  for (const Option& option : verb.options) {
    bound.texts.push_back(std::make_unique<std::vector<std::string>>());
    CLI::Option* added = nullptr;
    if (option.value.empty() && option.name.starts_with("--")) {
      added = bound.app->add_flag(option.name, option.help);
    } else {
      added = option.many
                  ? bound.app->add_option(option.name, *bound.texts.back(), option.help)
                  : bound.app->add_option(option.name, bound.texts.back()->emplace_back(), option.help);
      if (option.many) added->allow_extra_args(false);
      // CLI11 would say "TEXT" for a positional, and forget to say "required" beside a text of ours.
      const std::string needed = option.required ? "(required)" : "";
      const std::string space = option.value.empty() || needed.empty() ? "" : " ";
      added->option_text(option.value + space + needed);
    }
    if (option.required) added->required();
    bound.options.push_back(added);
  }
  return bound;
}

std::string help_of(const CLI::App& root) {
  return root.help();
}

}  // namespace

proto::Result<std::variant<Chosen, Shown>> parse(const std::vector<Verb>& verbs, int argc,
                                                 const char* const* argv) {
  CLI::App root("comity: the command line of a Comity node", "comity");
  root.set_version_flag("--version", "comity " COMITY_VERSION);
  root.require_subcommand(1);
  root.footer("Every verb has --help with an example. Exit codes: 0 done, 1 refused or failed, 2 usage.");

  Chosen chosen;
  chosen.data_directory = kDefaultDirectory;
  root.add_option("--data", chosen.data_directory, "The data directory of the node")
      ->envname("COMITY_DATA_DIR")
      ->option_text("DIR");
  root.add_flag("--json", chosen.json, "Print JSON: one document, or one object a line for lists");

  std::map<std::string, CLI::App*> groups;
  std::vector<Bound> bound;
  for (const Verb& verb : verbs)
    bound.push_back(bind(verb, *parent_of(root, verb.path, groups)));

  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return std::variant<Chosen, Shown>(Shown{help_of(root)});
  } catch (const CLI::CallForVersion& version) {
    return std::variant<Chosen, Shown>(Shown{std::string(version.what()) + "\n"});
  } catch (const CLI::RequiredError& error) {
    // CLI11 misses the verb before it looks at the word that stands in its place.
    const std::vector<std::string> strange = root.remaining(true);
    if (!strange.empty()) return proto::Error{proto::Code::kUsage, "there is no verb " + strange.front()};
    for (const auto& [name, group] : groups) {
      if (group->parsed() && group->get_subcommands().empty())
        return proto::Error{proto::Code::kUsage,
                            name + " needs a verb: comity " + name + " --help lists them"};
    }
    return proto::Error{proto::Code::kUsage, error.what()};
  } catch (const CLI::ParseError& error) {
    return proto::Error{proto::Code::kUsage, error.what()};
  }
  for (const Bound& candidate : bound) {
    if (!candidate.app->parsed()) continue;
    chosen.verb = candidate.verb;
    for (std::size_t i = 0; i < candidate.options.size(); ++i) {
      if (candidate.options[i]->count() > 0) {
        chosen.arguments.add(candidate.verb->options[i].name, *candidate.texts[i]);
      }
    }
  }
  return std::variant<Chosen, Shown>(std::move(chosen));
}

}  // namespace comity::cli
