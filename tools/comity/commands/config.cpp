// SPDX-License-Identifier: EUPL-1.2
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "node/config/show.h"
#include "tools/comity/commands/commands.h"

namespace comity::cli {
namespace {

namespace json = boost::json;

config::Loaded load(const Context& context, const Arguments& arguments) {
  const auto file = arguments.find("FILE");
  return config::load_settings(file ? std::filesystem::path(*file) : context.data_directory / "comity.toml");
}

int report(Context& context, const config::Loaded& loaded) {
  for (const proto::Error& error : loaded.errors())
    context.output.error(error);
  return kFailed;
}

proto::Result<int> check(Context& context, const Arguments& arguments) {
  const config::Loaded loaded = load(context, arguments);
  if (context.output.json()) {
    json::object document;
    document["file"] = loaded.file;
    document["ok"] = loaded.ok();
    json::array& problems = document["problems"].emplace_array();
    for (const config::Problem& problem : loaded.problems) {
      problems.push_back({{"code", proto::code_label(problem.code)},
                          {"line", problem.at.line},
                          {"column", problem.at.column},
                          {"detail", problem.detail}});
    }
    context.output.document(document);
  }
  if (!loaded.ok()) return report(context, loaded);
  if (!context.output.json()) context.output.text(loaded.file + " is in order\n");
  return kDone;
}

proto::Result<int> show(Context& context, const Arguments& arguments) {
  const config::Loaded loaded = load(context, arguments);
  if (!loaded.ok()) return report(context, loaded);
  context.output.text(context.output.json() ? config::show_json(loaded) : config::show_text(loaded));
  return kDone;
}

}  // namespace

std::vector<Verb> config_verbs() {
  const Option file{"FILE", {}, "The settings file; without it, comity.toml of the data directory"};
  return {{"config check",
           "Whether a settings file is in order, with every problem and its line",
           "comity config check /srv/health/comity.toml",
           {file},
           check},
          {"config show",
           "Every setting with its effective value and where it comes from; secrets stay hidden",
           "comity config show --json",
           {file},
           show}};
}

}  // namespace comity::cli
