// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/log.h"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace comity::daemon {
namespace {

// Levels in the words of the settings, which are not all those of spdlog.
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* kJsonPattern = R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

spdlog::level::level_enum level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kError:
      return spdlog::level::err;
    case config::LogLevel::kWarning:
      return spdlog::level::warn;
    case config::LogLevel::kInfo:
      return spdlog::level::info;
    case config::LogLevel::kDebug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

// A value in quotes where it could be mistaken for something else; JSON's escapes, which every reader knows.
std::string value_text(std::string_view value) {
  return is_plain(value) ? std::string(value) : boost::json::serialize(boost::json::value(value));
}

}  // namespace

std::string log_text(std::string_view code, std::string_view message, const Log::Pairs& pairs) {
  std::string out = code.empty() ? std::string(message) : fmt::format("{} {}", code, message);
  for (const auto& [key, value] : pairs)
    out += fmt::format(" {}={}", key, value_text(value));
  return out;
}

std::string log_json(std::string_view code, std::string_view message, const Log::Pairs& pairs) {
  boost::json::object line;
  if (!code.empty()) line["code"] = code;
  line["msg"] = message;
  for (const auto& [key, value] : pairs)
    line[key] = value;
  const std::string whole = boost::json::serialize(line);
  return whole.substr(1, whole.size() - 2);
}

Log::Log(config::LogLevel level, config::LogFormat format)
    : format_(format),
      logger_(
          std::make_shared<spdlog::logger>("comityd", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      format == config::LogFormat::kJson ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc));
  logger_->flush_on(spdlog::level::trace);
  set_level(level);
}

Log::Log(std::function<void(const std::string& line)> take) : take_(std::move(take)) {}

Log::~Log() = default;

void Log::set_level(config::LogLevel level) {
  if (logger_ != nullptr) logger_->set_level(level_of(level));
}

void Log::debug(std::string_view message, const Pairs& pairs) {
  if (logger_ == nullptr) return;
  const bool json = format_ == config::LogFormat::kJson;
  logger_->debug(json ? log_json({}, message, pairs) : log_text({}, message, pairs));
}

void Log::info(std::string_view message, const Pairs& pairs) {
  if (logger_ == nullptr) return;
  const bool json = format_ == config::LogFormat::kJson;
  logger_->info(json ? log_json({}, message, pairs) : log_text({}, message, pairs));
}

void Log::warning(const proto::Error& error, const Pairs& pairs) {
  failure(false, error, pairs);
}

void Log::error(const proto::Error& error, const Pairs& pairs) {
  failure(true, error, pairs);
}

void Log::failure(bool severe, const proto::Error& error, const Pairs& pairs) {
  const proto::CodeText& text = proto::describe(error.code);
  Pairs all = pairs;
  if (!error.detail.empty()) all.emplace_back("detail", error.detail);
  if (!text.next_step.empty()) all.emplace_back("next", std::string(text.next_step));
  const std::string code = proto::code_label(error.code);
  const std::string line = format_ == config::LogFormat::kJson ? log_json(code, text.sentence, all)
                                                               : log_text(code, text.sentence, all);
  if (take_) return take_(line);
  logger_->log(severe ? spdlog::level::err : spdlog::level::warn, line);
}

}  // namespace comity::daemon
