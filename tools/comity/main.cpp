// SPDX-License-Identifier: EUPL-1.2
// comity: everything that an operator or a script asks of a node.
#include <exception>
#include <iostream>

#include "tools/comity/commands/commands.h"
#include "tools/comity/offline/offline.h"
#include "tools/comity/parse.h"

namespace comity::cli {
namespace {

std::vector<Verb> all_verbs() {
  std::vector<Verb> all;
  for (const auto& group :
       {init_verbs(),     status_verbs(),    doctor_verbs(), audit_verbs(),      peer_verbs(),
        check_verbs(),    agreement_verbs(), key_verbs(),    quarantine_verbs(), space_verbs(),
        user_verbs(),     people_verbs(),    post_verbs(),   discussion_verbs(), attention_verbs(),
        timeline_verbs(), search_verbs(),    wiki_verbs(),   import_verbs(),     config_verbs(),
        db_verbs(),       dump_verbs(),      verify_verbs()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

int run(int argc, const char* const* argv) {
  const std::vector<Verb> verbs = all_verbs();
  const auto parsed = parse(verbs, argc, argv);
  if (!parsed.ok()) {
    Output(std::cout, std::cerr, false).error(parsed.error());
    return kUsageError;
  }
  if (const auto* shown = std::get_if<Shown>(&*parsed)) {
    std::cout << shown->text << std::flush;
    return kDone;
  }
  const auto& chosen = std::get<Chosen>(*parsed);
  Output output(std::cout, std::cerr, chosen.json);
  Context context{chosen.data_directory, output};
  const auto outcome = chosen.verb->run(context, chosen.arguments);
  const proto::Status written = output.finish();
  if (!outcome.ok()) {
    output.error(outcome.error());
    return outcome.error().code == proto::Code::kUsage ? kUsageError : kFailed;
  }
  if (!written.ok()) {
    output.error(written.error());
    return kFailed;
  }
  return *outcome;
}

}  // namespace
}  // namespace comity::cli

int main(int argc, char** argv) {
  try {
    return comity::cli::run(argc, argv);
  } catch (const std::exception& broken) {
    comity::cli::Output(std::cout, std::cerr, false).error({comity::proto::Code::kUnknown, broken.what()});
    return comity::cli::kFailed;
  }
}
