// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/options.h"

#include <CLI/CLI.hpp>

namespace comity::daemon {

proto::Result<std::variant<Options, std::string>> parse_options(int argc, const char* const* argv) {
  CLI::App app("comityd: the Comity node of one agency, in the foreground", "comityd");
  std::string directory = "/var/lib/comity";
  bool accept_clock = false;
  app.set_version_flag("--version", "comityd " COMITY_VERSION);
  app.add_option("--data", directory, "The data directory that comity init made")
      ->envname("COMITY_DATA_DIR")
      ->option_text("DIR");
  app.add_flag("--accept-clock", accept_clock,
               "Start although the clock jumped far since the last run: it is right");
  app.footer(
      "SIGTERM drains, a second one stops now, SIGHUP reads comity.toml again.\n"
      "example:\n  comityd --data /srv/health");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return std::variant<Options, std::string>(app.help());
  } catch (const CLI::CallForVersion& version) {
    return std::variant<Options, std::string>(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    return proto::Error{proto::Code::kUsage, error.what()};
  }
  return std::variant<Options, std::string>(
      Options{std::filesystem::absolute(directory).lexically_normal(), accept_clock});
}

}  // namespace comity::daemon
