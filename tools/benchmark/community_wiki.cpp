// SPDX-License-Identifier: EUPL-1.2
// A wiki page of a thousand revisions with three newest ones, which are folded each time it is shown.
#include <fstream>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "tools/benchmark/community_parts.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;

constexpr double kMostMs = 20;
constexpr std::size_t kRevisions = 1000;
constexpr std::size_t kLines = 120;  // 5 kB, as half of all pages have

/// The page as it was at one time: each revision changed one line.
std::string text_of(std::size_t revision) {
  std::string out;
  for (std::size_t line = 0; line < kLines; ++line) {
    const std::size_t changed = revision >= line ? revision - (revision - line) % kLines : 0;
    out += fmt::format("Line {} of the page as of revision {}\n", line, changed);
  }
  return out;
}

void make_page(Control& control, const Town& town, const std::string& who, const std::string& space) {
  const auto file = town.agency.directory() / "revisions.jsonl";
  std::ofstream out(file, std::ios::binary);
  const auto add = [&](std::size_t revision) {
    out << json::serialize(json::object{{"page", "page"}, {"rev", revision}, {"text", text_of(revision)}})
        << "\n";
    out.flush();
  };
  const auto import = [&] {
    must(control.ask("import/revisions", {{"path", file.string()}, {"space", space}, {"as", who}}));
  };
  const auto put = [&](std::size_t line, const json::array& base) {
    std::string text = text_of(kRevisions);
    text += fmt::format("Added by hand {}\n", line);
    must(control.ask("wiki/put", {{"page", space + "/page"}, {"as", who}, {"text", text}, {"base", base}}));
  };
  // What an import brings builds on what it brought before, so edits by hand become versions beside it.
  for (std::size_t revision = 1; revision + 4 <= kRevisions; ++revision)
    add(revision);
  import();
  put(1, {});
  for (std::size_t revision = kRevisions - 3; revision + 1 <= kRevisions; revision += 2) {
    add(revision);
    import();
    if (revision + 1 == kRevisions) break;
    const auto page = must(control.ask("wiki/get", {{"page", space + "/page"}, {"as", who}}));
    put(2, {page.at("revision")});
  }
}

}  // namespace

void measure_wiki(Report& report, Town& town) {
  Control control = town.agency.control();
  const std::string& who = town.people.front();
  const std::string& space = town.spaces.front();
  // With --again it is there.
  if (!control.ask("wiki/get", {{"page", space + "/page"}, {"as", who}}).ok())
    make_page(control, town, who, space);
  const auto page = must(control.ask("wiki/get", {{"page", space + "/page"}, {"as", who}}));
  const std::string request =
      Control::request("wiki/get", json::serialize(json::object{{"page", space + "/page"}, {"as", who}}));
  add_times(report, "wiki page, 1,000 revisions", times_of(control, std::vector(town.size.looks, request)),
            kMostMs,
            fmt::format("{} newest revisions, {} bytes, through the control socket",
                        page.at("heads").as_array().size(), page.at("text").as_string().size()));
}

}  // namespace comity::benchmark
