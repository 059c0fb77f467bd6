// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/output.h"

#include <algorithm>
#include <array>
#include <ostream>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace comity::cli {

void Output::error(const proto::Error& error) {
  err_ << "error " << proto::to_string(error) << '\n';
}

void Output::note(std::string_view text) {
  err_ << text << '\n';
}

void Output::text(std::string_view text) {
  out_ << text;
}

void Output::document(const boost::json::object& document) {
  out_ << boost::json::serialize(document) << '\n';
}

void Output::fields(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t widest = 0;
  for (const auto& [name, value] : rows)
    widest = std::max(widest, name.size());
  for (const auto& [name, value] : rows)
    out_ << fmt::format("{:<{}}  {}\n", name, widest, safe_text(value));
}

proto::Status Output::finish() {
  out_.flush();
  if (out_.good()) return {};
  return proto::Error{proto::Code::kFileUnusable, "standard output"};
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string safe_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace comity::cli
