// SPDX-License-Identifier: EUPL-1.2
// comity-bench: one subcommand per thing that is measured. tools/bench builds and calls it.
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crypto/secret.h"
#include "tools/benchmark/suites.h"

namespace comity::benchmark {
namespace {

using Arguments = std::vector<std::string>;

struct Subcommand {
  const char* name;
  const char* summary;
  int (*run)(const Arguments& arguments);
};

int run_crypto(const Arguments& arguments) {
  crypto::init_sodium();
  return run_comparisons("crypto", arguments, primitive_comparisons());
}

int run_record(const Arguments& arguments) {
  crypto::init_sodium();
  return run_comparisons("record", arguments, record_comparisons());
}

constexpr Subcommand kSubcommands[] = {
    {"crypto", "our cryptographic operations against libsodium's own", run_crypto},
    {"record", "the records of a session against the bare cipher", run_record},
    {"store", "posts, ingest, growth, disk, verification and an idle node against the disk's limits",
     run_store},
    {"federation", "two real nodes: single posts, sustained stream, back-fill, memory, strangers, kill -9",
     run_federation},
    {"community", "one node full of entries: how long people wait for a page", run_community},
};

void print_usage(std::FILE* out) {
  fmt::print(out, "usage: tools/bench SUBCOMMAND [options]\n\n");
  for (const Subcommand& subcommand : kSubcommands)
    fmt::print(out, "  {:<12} {}\n", subcommand.name, subcommand.summary);
  // Not one of this program's: tools/bench hands it to web.py.
  fmt::print(out, "  {:<12} {}\n", "web", "pages under load, beside nginx with the same bytes; idle event streams");
  fmt::print(out,
             "\ntools/bench SUBCOMMAND --help shows its options.\nexample:\n  tools/bench crypto --json\n");
}

int run(const Arguments& arguments) {
  if (arguments.empty()) {
    print_usage(stderr);
    return 2;
  }
  if (arguments.front() == "--help" || arguments.front() == "-h") {
    print_usage(stdout);
    return 0;
  }
  for (const Subcommand& subcommand : kSubcommands) {
    if (arguments.front() == subcommand.name) return subcommand.run({arguments.begin() + 1, arguments.end()});
  }
  fmt::print(stderr, "there is no subcommand {}\n", arguments.front());
  print_usage(stderr);
  return 2;
}

}  // namespace
}  // namespace comity::benchmark

int main(int argc, char** argv) {
  return comity::benchmark::run({argv + 1, argv + argc});
}
