// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "tools/comity/verb.h"

namespace comity::cli {

/// How what stands behind an option becomes an argument of a command.
enum class As {
  kText,      ///< as it is
  kNumber,    ///< a whole number
  kFlag,      ///< true when it is given
  kSeconds,   ///< "72h", "30m", "7d" or "90s" as a number of seconds
  kList,      ///< words between commas, as a list
  kAll,       ///< an option that stands several times, as a list
  kFileText,  ///< the content of a file, "-" for standard input; UTF-8
};

struct Field {
  std::string option;
  std::string argument;
  As as = As::kText;
};

/// Prints what a command answered; with --json the answer is printed as it is instead.
using Show = std::function<void(Context& context, const boost::json::object& answer)>;

/// A verb that is one command of the node.
struct Remote {
  std::string path;
  std::string summary;
  std::string example;
  std::vector<Option> options;
  std::string command;
  std::vector<Field> fields;
  Show show;
  /// The answer's list whose rows are printed as one object a line with --json; empty: the answer is one
  /// document. Such verbs page.
  std::string rows{};
  /// The positional whose value a person has to type before anything happens, unless --yes is given.
  std::string confirm{};
  std::chrono::seconds timeout{30};
};

[[nodiscard]] Verb remote_verb(Remote remote);

/// The arguments that `fields` make of what was given. Errors: kUsage, kFileUnusable.
[[nodiscard]] proto::Result<boost::json::object> arguments_of(const std::vector<Field>& fields,
                                                              const Arguments& arguments);

/// "72h" and the like in seconds. Error kUsage.
[[nodiscard]] proto::Result<std::uint64_t> seconds_of(std::string_view text);

/// The whole of a file, or of standard input for "-". Errors: kFileUnusable, also above `most` bytes.
[[nodiscard]] proto::Result<std::string> read_text(const std::string& file, std::size_t most);

/// Writes a new file that only its owner can read; "-" is standard output. Error kFileUnusable.
[[nodiscard]] proto::Status write_private(Context& context, const std::string& file, std::string_view text);

/// One line from the person's terminal. Error kNotConfirmed when there is none.
[[nodiscard]] proto::Result<std::string> ask(std::string_view question);

}  // namespace comity::cli
