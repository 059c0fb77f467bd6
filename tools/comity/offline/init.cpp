// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include "crypto/bech32m.h"
#include "crypto/words.h"
#include "node/home/create.h"
#include "node/home/identity.h"
#include "node/runtime/asio/system.h"
#include "node/runtime/loop.h"
#include "tools/comity/offline/offline.h"
#include "tools/comity/offline/prompt.h"

namespace comity::cli {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

home::Moment wall_now() {
  runtime::Loop loop(runtime::Loop::Threads::kSingle);
  return std::chrono::floor<std::chrono::milliseconds>(
      runtime::make_system_clock(loop.executor())->wall_now());
}

// A flag is held to the rules of the setting that it writes.
proto::Status assign(config::Settings& settings, const Arguments& arguments, const std::string& flag,
                     std::string_view setting) {
  const auto value = arguments.find(flag);
  if (!value) return {};
  const proto::Status assigned = config::assign(settings, setting, *value);
  if (!assigned.ok()) return Error{Code::kUsage, fmt::format("{}: {}", flag, assigned.error().detail)};
  return {};
}

Result<std::optional<crypto::Secret>> choose_passphrase(const Arguments& arguments,
                                                        config::Settings& settings) {
  const auto file = arguments.find("--passphrase-file");
  if (file && arguments.has("--no-passphrase")) {
    return Error{Code::kUsage, "--passphrase-file and --no-passphrase exclude each other"};
  }
  if (arguments.has("--no-passphrase")) return std::optional<crypto::Secret>();
  if (!file) {
    COMITY_TRY(crypto::Secret typed, ask_new_passphrase());
    return std::optional<crypto::Secret>(std::move(typed));
  }
  settings.keys.passphrase_file = std::filesystem::absolute(*file).lexically_normal();
  COMITY_TRY(crypto::Secret read, home::read_passphrase(settings.keys.passphrase_file));
  return std::optional<crypto::Secret>(std::move(read));
}

void print(Context& context, const home::Created& created, const home::Plan& plan) {
  const std::string agency = crypto::agency_id_text(created.marker.agency);
  const std::string words = crypto::words_text(crypto::words_of(created.marker.agency));
  const std::string next = fmt::format("comityd --data {}", created.directory.string());
  if (context.output.json()) {
    context.output.document({{"agency_id", agency},
                             {"words", words},
                             {"data", created.directory.string()},
                             {"root_key_file", created.root_key_file.string()},
                             {"next", next}});
    return;
  }
  context.output.fields(
      {{"agency", fmt::format("{} ({})", plan.settings.agency.name, plan.settings.agency.short_name)},
       {"agency id", agency},
       {"words", words},
       {"data", created.directory.string()},
       {"root key", created.root_key_file.string()}});
  context.output.text("\n");
  if (plan.root_key_file.empty()) {
    context.output.text(
        "Move the root key file to a medium that is kept offline: it is needed to change the keys of\n"
        "the agency, never to run the node.\n");
  }
  if (plan.passphrase && plan.settings.keys.passphrase_file.empty()) {
    context.output.text(
        "Before the first start, write the passphrase to a file that only the node's user can read, and\n"
        "name it as keys.passphrase_file in comity.toml.\n");
  }
  context.output.text(fmt::format("Next: {}\n", next));
}

Result<int> init(Context& context, const Arguments& arguments) {
  home::Plan plan{.directory = context.data_directory};
  COMITY_CHECK(assign(plan.settings, arguments, "--name", "agency.name"));
  COMITY_CHECK(assign(plan.settings, arguments, "--short-name", "agency.short_name"));
  COMITY_CHECK(assign(plan.settings, arguments, "--listen", "node.listen"));
  COMITY_CHECK(assign(plan.settings, arguments, "--advertise", "node.advertise"));
  COMITY_CHECK(assign(plan.settings, arguments, "--web", "node.web"));
  if (const auto file = arguments.find("--root-key-file")) plan.root_key_file = *file;
  // Before a passphrase is asked for in vain.
  COMITY_CHECK(home::check_target(plan));
  COMITY_TRY(plan.passphrase, choose_passphrase(arguments, plan.settings));
  crypto::SystemRandom random;
  COMITY_TRY(const home::Created created, home::create_home(plan, wall_now(), random));
  print(context, created, plan);
  return kDone;
}

}  // namespace

std::vector<Verb> init_verbs() {
  return {
      {"init",
       "Make the data directory of a new agency: settings, keys and store",
       R"(comity init --data /srv/health --name "Ministry of Health" --short-name health --listen 0.0.0.0:7443 \
    --advertise comity.health.example:7443 --passphrase-file /etc/comity/passphrase)",
       {{"--name", "NAME", "Legal name of the agency, as partners see it", true},
        {"--short-name", "WORD", "What people are addressed with, as in maria@health", true},
        {"--listen", "HOST:PORT", "Where partner nodes reach this one", true},
        {"--advertise", "HOST:PORT",
         "What invitations tell partners to dial; without it this node only dials out"},
        {"--web", "HOST:PORT", "Where the pages for staff are (default 127.0.0.1:8080)"},
        {"--root-key-file", "FILE", "Where to put the root key, best on a medium kept offline"},
        {"--passphrase-file", "FILE",
         "File whose first line seals the key files; the node reads it at each start"},
        {"--no-passphrase", {}, "Leave the key files unsealed, for tests and sealed machines"}},
       init}};
}

}  // namespace comity::cli
