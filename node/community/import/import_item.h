// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "node/community/posts/posts.h"

namespace comity::community {

/// One thing to be imported, as its source states it, cleaned to what a post can hold.
struct ImportItem {
  PostOrigin origin{};
  std::vector<std::string> answers{};  ///< identifiers of what it may answer, the nearest first
  std::string title{};
  std::string text{};
  std::vector<std::string> tags{};
  std::string page{};     ///< of a wiki revision: the path of its page; empty: it is a post
  std::string summary{};  ///< of a wiki revision
  std::string where{};    ///< file and position, for messages
};

/// Why one thing is not imported.
struct ImportProblem {
  std::string where{};
  Error error;
};

using Imported = std::variant<ImportItem, ImportProblem>;

/// Things to be imported, one after the other, each read when it is asked for: memory holds one at a time.
/// One thread at a time; blocks on the disk.
class ImportSource {
 public:
  ImportSource() = default;
  ImportSource(const ImportSource&) = delete;
  ImportSource& operator=(const ImportSource&) = delete;
  virtual ~ImportSource() = default;

  /// Nothing at the end.
  [[nodiscard]] virtual std::optional<Imported> next() = 0;
};

/// A Markdown file with or without front matter in YAML, or a folder of them, in the order of their names.
/// Read from the front matter: title, date, authors or author, tags or topics, description or summary, and
/// the address under permalink, url, source_url or tumblr_url. `source` names where it all comes from; the
/// identifier is the path below the folder. Errors: kImportUnreadable, kImportFormat when there is no
/// Markdown.
[[nodiscard]] Result<std::unique_ptr<ImportSource>> markdown_source(const std::string& path,
                                                                    std::string source);

/// Mails of an mbox file (RFC 4155, "From " quoted or not), one mail in a file that ends in ".eml", or the
/// mails of all files of a folder that end in ".mbox" or ".eml", in the order of their names. The identifier
/// is the Message-ID; what is answered comes from In-Reply-To and References; the first part of plain text
/// that is no attachment is the text. Errors: kImportUnreadable, kImportFormat, kImportTooLarge.
[[nodiscard]] Result<std::unique_ptr<ImportSource>> mail_source(const std::string& path, std::string source);

/// Page histories in a file, or in all files of a folder that end in ".jsonl": one revision a line as a JSON
/// object {page, rev, text} with title, author, date, summary and permalink where there are, the oldest of a
/// page first. Each builds on the one before. The identifier is page and rev. Errors: kImportUnreadable,
/// kImportFormat.
[[nodiscard]] Result<std::unique_ptr<ImportSource>> revisions_source(const std::string& path,
                                                                     std::string source);

/// Well-formed text without what posts cannot hold: control characters and those that turn the direction of
/// writing are left out. Nothing when it is not UTF-8.
[[nodiscard]] std::optional<std::string> cleaned(std::string_view text);
/// The same on one line, cut at a character's end to at most `most` bytes.
[[nodiscard]] std::string cleaned_line(std::string_view text, std::size_t most);
/// ISO 8601 with or without time and zone; nothing for other texts and times before 1970.
[[nodiscard]] std::optional<WallTime> parse_date(std::string_view text);

}  // namespace comity::community
