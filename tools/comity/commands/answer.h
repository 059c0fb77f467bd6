// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "tools/comity/verb.h"

/// Asking the node and reading what it answers: what the verbs share.
namespace comity::cli {

/// Runs a command whose answer is one object. Errors: those of api::Client::call().
[[nodiscard]] proto::Result<boost::json::object> call_object(
    const Context& context, std::string_view command, const boost::json::object& arguments,
    std::chrono::seconds timeout = std::chrono::seconds{30});

/// A member as text: "-" when it is absent or null, a string as it is, everything else as JSON.
[[nodiscard]] std::string text_in(const boost::json::object& object, std::string_view key);
/// A member as a number; 0 when it is none.
[[nodiscard]] std::uint64_t number_in(const boost::json::object& object, std::string_view key);
/// A member as a list; empty when it is none.
[[nodiscard]] const boost::json::array& list_in(const boost::json::object& object, std::string_view key);

/// What stands in the place of an entry that was withdrawn: by whom, why, and in what words. Safe to print.
[[nodiscard]] std::string tombstone(const boost::json::object& entry);

/// --limit and --after of a list.
[[nodiscard]] std::vector<Option> page_options();
/// The same as arguments of a command. Error kUsage.
[[nodiscard]] proto::Result<boost::json::object> page_arguments(const Arguments& arguments);
/// Tells how to go on when the answer's `next` says that there is more.
void note_next_page(Context& context, const boost::json::object& answer);

}  // namespace comity::cli
