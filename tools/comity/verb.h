// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/comity/output.h"

namespace comity::cli {

enum ExitCode : int { kDone = 0, kFailed = 1, kUsageError = 2 };

/// One option of a verb: "--name" with a value, "--yes" without, or a positional "TABLE".
struct Option {
  std::string name;   ///< "--listen", or "TABLE" for a positional
  std::string value;  ///< what stands behind it in the help, as in "HOST:PORT"; empty for a flag
  std::string help;
  bool required = false;
  bool many = false;  ///< may stand several times
};

/// What the person gave.
class Arguments {
 public:
  void add(std::string name, std::vector<std::string> values) {
    values_[std::move(name)] = std::move(values);
  }
  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
  /// The value of an option, the last one if it stands several times.
  [[nodiscard]] std::optional<std::string> find(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.empty()) return std::nullopt;
    return found->second.back();
  }
  [[nodiscard]] std::vector<std::string> all(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>() : found->second;
  }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

/// What every verb has at hand.
struct Context {
  std::filesystem::path data_directory;
  Output& output;
};

/// A verb as data: parser, help and tests come from it.
struct Verb {
  std::string path;     ///< "status", "db verify"
  std::string summary;  ///< one sentence
  std::string example;  ///< a whole command line
  std::vector<Option> options;
  /// Does it. An error is printed by the caller; the number is the exit code of what went right.
  std::function<proto::Result<int>(Context& context, const Arguments& arguments)> run;
};

}  // namespace comity::cli
