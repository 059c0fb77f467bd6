// SPDX-License-Identifier: EUPL-1.2
#include <cerrno>
#include <fstream>
#include <system_error>

#include "node/config/settings.h"
#include "proto/bounds.h"

namespace comity::config {
namespace {

using proto::Error;
using proto::Result;

Error unreadable(std::string why) {
  return {proto::Code::kConfigUnreadable, std::move(why)};
}

// One byte over the bound is enough to see that there is more.
Result<std::string> read_bounded(const std::filesystem::path& file) {
  std::error_code failure;
  const auto status = std::filesystem::status(file, failure);
  if (failure) return unreadable(failure.message());
  // Opening a pipe would wait for its writer.
  if (!std::filesystem::is_regular_file(status)) return unreadable("it is not a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return unreadable(std::error_code(errno, std::generic_category()).message());
  std::string text(proto::bounds::kConfigFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return unreadable("reading it failed");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

Loaded load_settings(const std::filesystem::path& file) {
  const auto text = read_bounded(file);
  if (text) return parse_settings(*text, file.string());
  Loaded nothing{file.string(), {}, parse_nothing(settings_table()).origins, {}};
  nothing.problems.push_back({{}, text.error().code, text.error().detail});
  return nothing;
}

}  // namespace comity::config
