// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/commands/remote.h"

#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>

#include <boost/json/array.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "proto/bounds.h"
#include "proto/utf8.h"
#include "tools/comity/commands/answer.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

Error usage(std::string what) {
  return {Code::kUsage, std::move(what)};
}

Result<std::uint64_t> number_of(const std::string& option, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return usage(option + " takes a whole number");
  return number;
}

json::array words_between_commas(std::string_view text) {
  json::array words;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    if (!word.empty()) words.push_back(json::value(word));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return words;
}

Result<json::value> value_of(const Field& field, const Arguments& arguments) {
  const std::string text = arguments.find(field.option).value_or("");
  switch (field.as) {
    case As::kFlag:
      return json::value(true);
    case As::kNumber: {
      COMITY_TRY(const std::uint64_t number, number_of(field.option, text));
      return json::value(number);
    }
    case As::kSeconds: {
      COMITY_TRY(const std::uint64_t seconds, seconds_of(text));
      return json::value(seconds);
    }
    case As::kList:
      return json::value(words_between_commas(text));
    case As::kAll: {
      json::array all;
      for (const std::string& each : arguments.all(field.option))
        all.push_back(json::value(each));
      return json::value(std::move(all));
    }
    case As::kFileText: {
      COMITY_TRY(const std::string content, read_text(text, proto::bounds::kRequestBytes));
      if (!proto::is_utf8(proto::as_bytes(content)))
        return Error{Code::kFileUnusable, text + " is not UTF-8"};
      return json::value(content);
    }
    case As::kText:
      break;
  }
  if (!proto::is_utf8(proto::as_bytes(text))) return usage(field.option + " is not UTF-8");
  return json::value(text);
}

Status confirm(const Remote& remote, const Arguments& arguments) {
  if (remote.confirm.empty() || arguments.has("--yes")) return {};
  const std::string name = arguments.find(remote.confirm).value_or("");
  COMITY_TRY(const std::string typed, ask("Type " + name + " to go on: "));
  if (typed != name) return Error{Code::kNotConfirmed, typed};
  return {};
}

Result<int> run(const Remote& remote, Context& context, const Arguments& arguments) {
  COMITY_TRY(json::object asked, arguments_of(remote.fields, arguments));
  if (!remote.rows.empty()) {
    COMITY_TRY(const json::object page, page_arguments(arguments));
    for (const auto& [key, value] : page)
      asked[key] = value;
  }
  COMITY_CHECK(confirm(remote, arguments));
  COMITY_TRY(const json::object answer, call_object(context, remote.command, asked, remote.timeout));
  if (!context.output.json()) {
    remote.show(context, answer);
  } else if (remote.rows.empty()) {
    context.output.document(answer);
  } else {
    for (const json::value& row : list_in(answer, remote.rows)) {
      if (row.is_object()) context.output.document(row.get_object());
    }
  }
  if (!remote.rows.empty()) note_next_page(context, answer);
  return kDone;
}

}  // namespace

Verb remote_verb(Remote remote) {
  Verb verb{remote.path, remote.summary, remote.example, remote.options, {}};
  if (!remote.rows.empty()) {
    for (Option& option : page_options())
      verb.options.push_back(std::move(option));
  }
  if (!remote.confirm.empty()) verb.options.push_back({"--yes", {}, "Do not ask; for scripts"});
  verb.run = [remote = std::move(remote)](Context& context, const Arguments& arguments) {
    return run(remote, context, arguments);
  };
  return verb;
}

Result<json::object> arguments_of(const std::vector<Field>& fields, const Arguments& arguments) {
  json::object out;
  for (const Field& field : fields) {
    if (!arguments.has(field.option)) continue;
    COMITY_TRY(json::value value, value_of(field, arguments));
    out[field.argument] = std::move(value);
  }
  return out;
}

Result<std::uint64_t> seconds_of(std::string_view text) {
  constexpr std::uint64_t kMost = 10ULL * 366 * 24 * 3600;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::uint64_t factor = unit == "s"   ? 1
                               : unit == "m" ? 60
                               : unit == "h" ? 3600
                               : unit == "d" ? 86400
                                             : 0;
  if (error != std::errc() || factor == 0 || number > kMost / factor) {
    return usage("a span of time looks like 90s, 30m, 72h or 7d, not " + std::string(text));
  }
  return number * factor;
}

Result<std::string> read_text(const std::string& file, std::size_t most) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return Error{Code::kFileUnusable, file};
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return Error{Code::kFileUnusable, file};
  if (text.size() > most) return Error{Code::kFileUnusable, file + " is larger than " + bytes_text(most)};
  return text;
}

Status write_private(Context& context, const std::string& file, std::string_view text) {
  if (file == "-") {
    context.output.text(text);
    return {};
  }
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return Error{Code::kFileUnusable, file + " exists already, or cannot be written"};
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = ::close(descriptor) == 0;
  if (!written || !closed) return Error{Code::kFileUnusable, file};
  return {};
}

Result<std::string> ask(std::string_view question) {
  std::fstream terminal("/dev/tty", std::ios::in | std::ios::out);
  if (!terminal) return Error{Code::kNotConfirmed, "there is no terminal to ask on"};
  terminal << question << std::flush;
  std::string line;
  std::getline(terminal, line);
  return line;
}

}  // namespace comity::cli
