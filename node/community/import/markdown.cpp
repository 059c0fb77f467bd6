// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "node/community/import/files.h"
#include "node/community/import/import_item.h"
#include "proto/bounds.h"

namespace comity::community {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostFileBytes = 1024U * 1024;
constexpr std::size_t kMostMatterBytes = 64U * 1024;
constexpr std::size_t kMostTags = 16;

// Fields of the front matter that are text; an absent or another kind of one is empty.
std::string scalar(const YAML::Node& matter, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const YAML::Node node = matter[name];
    if (node.IsDefined() && node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  }
  return {};
}

std::vector<std::string> list(const YAML::Node& matter, std::initializer_list<const char*> names) {
  std::vector<std::string> out;
  for (const char* name : names) {
    const YAML::Node node = matter[name];
    if (!node.IsDefined()) continue;
    if (node.IsScalar()) out.push_back(node.Scalar());
    if (node.IsSequence()) {
      for (const YAML::Node& item : node) {
        if (item.IsScalar()) out.push_back(item.Scalar());
      }
    }
    if (!out.empty()) break;
  }
  return out;
}

std::vector<std::string> tags_of(const std::vector<std::string>& names) {
  std::vector<std::string> tags;
  for (const std::string& name : names) {
    std::string tag = cleaned_line(name, 64);
    for (char& c : tag) {
      if (c == ' ') c = '-';
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const bool fresh = std::find(tags.begin(), tags.end(), tag) == tags.end();
    if (!tag.empty() && fresh && tags.size() < kMostTags) tags.push_back(std::move(tag));
  }
  return tags;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return cleaned_line(out, 256);
}

struct Parts {
  std::string_view matter{};
  std::string_view body{};
};

// The lines between two of three hyphens at the very start, and the rest.
Parts split(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!text.starts_with("---\n")) return {{}, text};
  const std::size_t end = text.find("\n---\n", 3);
  const std::size_t last =
      text.size() >= 4 && text.ends_with("\n---") ? text.size() - 4 : std::string_view::npos;
  if (end != std::string_view::npos) return {text.substr(4, end - 3), text.substr(end + 5)};
  if (last != std::string_view::npos && last >= 3) return {text.substr(4, last - 3), {}};
  return {{}, text};
}

Result<ImportItem> read_item(const std::string& text, std::string stem) {
  const auto clean = cleaned(text);
  if (!clean) return Error{Code::kImportEncoding, "it is not UTF-8"};
  const Parts parts = split(*clean);
  if (parts.matter.size() > kMostMatterBytes) return Error{Code::kImportTooLarge, "the front matter"};
  YAML::Node matter;
  try {
    matter = YAML::Load(std::string(parts.matter));
  } catch (const YAML::Exception& problem) {
    return Error{Code::kImportFormat, fmt::format("front matter, line {}", problem.mark.line + 2)};
  }
  if (!matter.IsMap()) matter = YAML::Node(YAML::NodeType::Map);

  ImportItem item;
  item.title = cleaned_line(scalar(matter, {"title"}), 512);
  if (item.title.empty()) item.title = cleaned_line(std::move(stem), 512);
  item.text = parts.body;
  if (item.text.find_first_not_of(" \t\n") == std::string::npos)
    item.text = cleaned(scalar(matter, {"description", "summary", "excerpt", "deck"})).value_or("");
  if (item.text.find_first_not_of(" \t\n") == std::string::npos) return Error{Code::kImportNothing, {}};
  if (item.text.size() > proto::bounds::kTextBytes) return Error{Code::kImportTooLarge, {}};
  item.tags = tags_of(list(matter, {"tags", "topics"}));
  item.origin.author = joined(list(matter, {"authors", "author"}));
  item.origin.time = parse_date(scalar(matter, {"date"})).value_or(WallTime());
  item.origin.url = cleaned_line(scalar(matter, {"permalink", "url", "source_url", "tumblr_url"}), 2048);
  return item;
}

class Markdown final : public ImportSource {
 public:
  Markdown(fs::path root, std::vector<fs::path> files, std::string source)
      : root_(std::move(root)), files_(std::move(files)), source_(std::move(source)) {}

  std::optional<Imported> next() override {
    if (at_ == files_.size()) return std::nullopt;
    const fs::path& file = files_[at_++];
    auto item = read(file);
    if (!item.ok()) return ImportProblem{file.string(), item.error()};
    return *std::move(item);
  }

 private:
  Result<ImportItem> read(const fs::path& file) const {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return Error{Code::kImportUnreadable, error.message()};
    if (size > kMostFileBytes) return Error{Code::kImportTooLarge, fmt::format("{} bytes", size)};
    std::ifstream in(file, std::ios::binary);
    std::string text(size, '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    if (!in) return Error{Code::kImportUnreadable, "it cannot be read"};
    COMITY_TRY(auto item, read_item(text, file.stem().string()));
    item.origin.source = source_;
    item.origin.id = cleaned_line(file.lexically_relative(root_).generic_string(), 512);
    item.where = file.string();
    return item;
  }

  fs::path root_;
  std::vector<fs::path> files_;
  std::string source_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<ImportSource>> markdown_source(const std::string& path, std::string source) {
  static constexpr std::array<std::string_view, 1> kEndings{".md"};
  COMITY_TRY(auto files, import_files(path, kEndings));
  std::error_code error;
  fs::path base = path;
  if (fs::is_regular_file(base, error)) base = base.parent_path();
  return std::unique_ptr<ImportSource>(
      std::make_unique<Markdown>(std::move(base), std::move(files), std::move(source)));
}

}  // namespace comity::community
