// SPDX-License-Identifier: EUPL-1.2
// A settings file: it gives settings that survive being written, or problems with codes.
#include "node/config/settings.h"
#include "node/config/write.h"
#include "proto/bytes.h"
#include "test/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using comity::fuzz::require;
  namespace config = comity::config;

  const auto loaded = config::parse_settings(comity::proto::as_text(comity::fuzz::view(data, size)), "f");
  for (const auto& error : loaded.errors()) {
    require(error.code != comity::proto::Code::kUnknown, "a problem has a code");
    require(to_string(error).size() < 1024, "a problem is told on one short line");
  }
  if (!loaded.ok()) return 0;
  const auto again = config::parse_settings(config::render_config(loaded.settings), "f");
  require(again.ok(), "written settings are read");
  require(again.settings == loaded.settings, "written settings are read as they were");
  return 0;
}
