// SPDX-License-Identifier: EUPL-1.2
// Page histories: one revision a line as a JSON object.
#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "node/community/import/files.h"
#include "node/community/import/import_item.h"
#include "node/community/wiki/page_text.h"
#include "proto/bounds.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// A text of 256 KiB whose every byte is escaped.
constexpr std::size_t kMostLineBytes = 2U * 1024 * 1024;
// Revisions before one to which it can be attached, should those between be missing.
constexpr std::size_t kMostBefore = 8;
constexpr std::size_t kMostPages = 100'000;

std::string member(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (value->is_uint64()) return std::to_string(value->get_uint64());
  return {};
}

/// Title in the front matter that a text may begin with; empty: none.
std::string title_in(std::string_view text) {
  if (!text.starts_with("---\n")) return {};
  text.remove_prefix(4);
  for (std::size_t lines = 0; lines < 64 && !text.empty(); ++lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line == "---") break;
    if (line.starts_with("title:")) {
      line.remove_prefix(6);
      line.remove_prefix(std::min(line.find_first_not_of(" \"'"), line.size()));
      const std::size_t last = line.find_last_not_of(" \"'\r");
      return cleaned_line(line.substr(0, last == std::string_view::npos ? 0 : last + 1), 512);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Result<ImportItem> read_item(std::string_view line) {
  if (!proto::is_utf8(proto::as_bytes(line))) return Error{Code::kImportEncoding, "it is not UTF-8"};
  json::parse_options options;
  options.max_depth = 8;
  json::error_code problem;
  const json::value value = json::parse(line, problem, {}, options);
  if (problem) return Error{Code::kImportFormat, problem.message()};
  if (!value.is_object()) return Error{Code::kImportFormat, "a revision is an object"};
  const json::object& object = value.get_object();
  const std::string page = member(object, "page");
  const std::string number = member(object, "rev");
  if (page.empty() || number.empty()) return Error{Code::kImportFormat, "page and rev are asked for"};
  const json::value* const text = object.if_contains("text");
  if (text == nullptr || !text->is_string()) return Error{Code::kImportFormat, "text is asked for"};

  ImportItem item;
  std::string_view name = page;
  if (name.ends_with(".md")) name.remove_suffix(3);
  item.page = wiki::path_from(name);
  if (item.page.empty()) return Error{Code::kPagePath, cleaned_line(page, 256)};
  const auto clean = cleaned(text->get_string());
  if (!clean) return Error{Code::kImportEncoding, "the text"};
  item.text = *clean;
  if (item.text.find_first_not_of(" \t\n") == std::string::npos) return Error{Code::kImportNothing, {}};
  if (item.text.size() > proto::bounds::kTextBytes)
    return Error{Code::kImportTooLarge, fmt::format("{} bytes", item.text.size())};
  item.title = cleaned_line(member(object, "title"), 512);
  if (item.title.empty()) item.title = title_in(item.text);
  item.summary = cleaned_line(member(object, "summary"), 512);
  item.origin.id = cleaned_line(page, 480) + "#" + cleaned_line(number, 24);
  item.origin.author = cleaned_line(member(object, "author"), 256);
  item.origin.time = parse_date(member(object, "date")).value_or(WallTime());
  std::string url = member(object, "permalink");
  if (url.empty()) url = member(object, "url");
  item.origin.url = cleaned_line(url, 2048);
  return item;
}

class Revisions final : public ImportSource {
 public:
  Revisions(std::vector<fs::path> files, std::string source)
      : files_(std::move(files)), source_(std::move(source)) {}

  std::optional<Imported> next() override {
    for (;;) {
      if (!in_.is_open()) {
        if (at_ == files_.size()) return std::nullopt;
        in_.clear();
        in_.open(files_[at_], std::ios::binary);
        line_ = 0;
        if (!in_) {
          in_.clear();
          in_.close();
          return ImportProblem{files_[at_++].string(), {Code::kImportUnreadable, "it cannot be read"}};
        }
      }
      const Line line = read_line();
      const std::string where = fmt::format("{}:{}", files_[at_].string(), line_);
      if (line == Line::kEnd) {
        in_.close();
        ++at_;
        continue;
      }
      if (line == Line::kTooLong)
        return ImportProblem{where, {Code::kImportTooLarge, fmt::format("above {} bytes", kMostLineBytes)}};
      if (buffer_.find_first_not_of(" \t\r") == std::string::npos) continue;
      auto item = read_item(buffer_);
      if (!item.ok()) return ImportProblem{where, item.error()};
      return placed(*std::move(item), where);
    }
  }

 private:
  enum class Line { kRead, kTooLong, kEnd };

  /// A line that is too long is passed over without being held.
  Line read_line() {
    buffer_.clear();
    std::streambuf& bytes = *in_.rdbuf();
    bool any = false;
    bool too_long = false;
    for (int c = bytes.sbumpc(); c != std::char_traits<char>::eof(); c = bytes.sbumpc()) {
      any = true;
      if (c == '\n') break;
      if (buffer_.size() < kMostLineBytes) {
        buffer_.push_back(static_cast<char>(c));
      } else {
        too_long = true;
      }
    }
    if (!any) return Line::kEnd;
    ++line_;
    return too_long ? Line::kTooLong : Line::kRead;
  }

  ImportItem placed(ImportItem item, const std::string& where) {
    item.origin.source = source_;
    item.where = where;
    if (before_.size() >= kMostPages) before_.clear();
    std::deque<std::string>& before = before_[item.page];
    item.answers.assign(before.begin(), before.end());
    before.push_front(item.origin.id);
    if (before.size() > kMostBefore) before.pop_back();
    return item;
  }

  std::vector<fs::path> files_;
  std::string source_;
  std::ifstream in_{};
  std::string buffer_{};
  std::size_t at_ = 0;
  std::size_t line_ = 0;
  std::map<std::string, std::deque<std::string>> before_{};
};

}  // namespace

Result<std::unique_ptr<ImportSource>> revisions_source(const std::string& path, std::string source) {
  static constexpr std::array<std::string_view, 1> kEndings{".jsonl"};
  COMITY_TRY(auto files, import_files(path, kEndings));
  return std::unique_ptr<ImportSource>(std::make_unique<Revisions>(std::move(files), std::move(source)));
}

}  // namespace comity::community
