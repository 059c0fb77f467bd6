// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace comity::web {

/// The message catalogue of one language: every sentence that pages say, by name. A file of lines `name =
/// sentence` (words.en); `{0}`, `{1}` … stand for what the caller names, and a sentence that counts has two
/// lines, `name.one` and `name.other`. Immutable: any thread.
class Words {
 public:
  /// Throws std::logic_error for a line that is none or a name that stands twice: the file is part of the
  /// program.
  explicit Words(std::string_view file);

  /// The sentence without places. A name that is missing is shown itself, so that it is seen.
  [[nodiscard]] std::string_view plain(std::string_view name) const;
  /// The sentence with its places filled.
  [[nodiscard]] std::string say(std::string_view name, std::initializer_list<std::string_view> places) const;
  /// The sentence for that many; the number is {0}, and `places` follow.
  [[nodiscard]] std::string count(std::string_view name, std::uint64_t number,
                                  std::initializer_list<std::string_view> places = {}) const;
  [[nodiscard]] bool has(std::string_view name) const { return sentences_.contains(name); }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const noexcept {
    return sentences_;
  }

 private:
  std::map<std::string, std::string, std::less<>> sentences_;
};

/// English, the language that is always there.
[[nodiscard]] const Words& english();

}  // namespace comity::web
