// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "node/config/document.h"
#include "node/federation/peering/change_terms.h"
#include "node/federation/peering/terms.h"
#include "node/federation/step.h"
#include "proto/bounds.h"

namespace comity::federation {
namespace {

// A string of TOML: titles may hold quotes.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <class Range, class Text>
std::string list(const Range& range, Text text) {
  std::string out = "[";
  for (const auto& item : range)
    out += (out.size() > 1 ? ", " : "") + quoted(text(item));
  return out + "]";
}

void write_flow(std::string& out, std::string_view section, const std::optional<Flow>& flow) {
  out += fmt::format("\n[{}]\n", section);
  if (!flow) {
    out += "allowed = false\n";
    return;
  }
  const policy::Label& ceiling = flow->ceiling;
  out += "allowed = true\n";
  out +=
      fmt::format("spaces = {}\n", list(flow->patterns, [](const std::string& pattern) { return pattern; }));
  out +=
      fmt::format("space_ids = {}\n", list(flow->spaces, [](const SpaceId& space) { return space.hex(); }));
  out += fmt::format("ceiling = {}\n", quoted(policy::tlp_text(ceiling.tlp)));
  if (!ceiling.policy.empty()) {
    out += fmt::format("policy = {}\nlevel = {}\n", quoted(ceiling.policy), ceiling.level);
    out += fmt::format("categories = {}\n",
                       list(ceiling.categories, [](const std::string& name) { return name; }));
  }
  out += fmt::format("bytes_per_day = {}\nentries_per_day = {}\nfeeds_per_day = {}\n", flow->bytes_per_day,
                     flow->entries_per_day, flow->feeds_per_day);
}

Error at(const config::Position& position, std::string_view why) {
  return {Code::kAgreementFile, fmt::format("line {}, column {}: {}", position.line, position.column, why)};
}

// Reads "2026-11-30" and "2026-11-30T10:00:00Z".
std::optional<WallTime> read_time(std::string_view text) {
  const auto number = [&](std::size_t from, std::size_t size) -> int {
    int value = -1;
    const char* const begin = text.data() + from;
    const auto [end, failure] = std::from_chars(begin, begin + size, value);
    return failure == std::errc() && end == begin + size && *begin >= '0' && *begin <= '9' ? value : -1;
  };
  const bool whole = text.size() == 20;
  if (text.size() != 10 && !whole) return std::nullopt;
  if (text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 1970 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  WallTime time{std::chrono::sys_days(date)};
  if (!whole) return time;
  const int hours = number(11, 2);
  const int minutes = number(14, 2);
  const int seconds = number(17, 2);
  if (text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z' || hours < 0 || hours > 23 ||
      minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) {
    return std::nullopt;
  }
  return time + std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
}

class Reader {
 public:
  explicit Reader(const config::Item& item) : item_(item) {}

  Status text(std::string& out) const { return take(out, "a text in quotes"); }
  Status texts(std::vector<std::string>& out) const { return take(out, "a list of texts"); }
  Status flag(bool& out) const { return take(out, "true or false"); }
  template <class Number>
  Status number(Number& out) const {
    std::int64_t value = 0;
    COMITY_CHECK(take(value, "a whole number"));
    if (value < 0 || static_cast<std::uint64_t>(value) > std::numeric_limits<Number>::max()) {
      return at(item_.value_at, "the number is out of range");
    }
    out = static_cast<Number>(value);
    return {};
  }
  Status time(WallTime& out) const {
    std::string written;
    COMITY_CHECK(text(written));
    const auto read = read_time(written);
    if (!read) return at(item_.value_at, "a time is written as 2026-11-30 or 2026-11-30T10:00:00Z");
    out = *read;
    return {};
  }
  [[nodiscard]] Error wrong(std::string_view why) const { return at(item_.value_at, why); }

 private:
  template <class Value>
  Status take(Value& out, std::string_view wanted) const {
    const Value* const value = std::get_if<Value>(&item_.value);
    if (value == nullptr) return at(item_.value_at, fmt::format("{} takes {}", item_.key, wanted));
    out = *value;
    return {};
  }
  const config::Item& item_;
};

struct Draft {
  Terms terms;
  Flow we;
  Flow they;
  bool we_send = false;
  bool they_send = false;
};

Status read_history(const Reader& reader, Terms& terms) {
  std::string word;
  COMITY_CHECK(reader.text(word));
  if (word == "all") {
    terms.history = v1::HISTORY_RULE_ALL;
  } else if (word == "since") {
    terms.history = v1::HISTORY_RULE_SINCE;
  } else if (word == "none") {
    terms.history = v1::HISTORY_RULE_NONE;
  } else {
    return reader.wrong("history is all, since or none");
  }
  return {};
}

Status read_agreement(const config::Item& item, Terms& terms) {
  const Reader reader(item);
  if (item.key == "title") return reader.text(terms.title);
  if (item.key == "purpose") return reader.text(terms.purpose);
  if (item.key == "contact") return reader.text(terms.contact);
  if (item.key == "starts") return reader.time(terms.starts);
  if (item.key == "ends") return reader.time(terms.ends);
  if (item.key == "history") return read_history(reader, terms);
  if (item.key == "history_since") return reader.time(terms.history_since);
  if (item.key == "keep_days") return reader.number(terms.keep_days);
  return at(item.key_at, fmt::format("nothing is called '{}' here", item.key));
}

Status read_flow_item(const config::Item& item, Flow& flow, bool& allowed) {
  const Reader reader(item);
  if (item.key == "allowed") return reader.flag(allowed);
  if (item.key == "spaces") return reader.texts(flow.patterns);
  if (item.key == "policy") return reader.text(flow.ceiling.policy);
  if (item.key == "level") return reader.number(flow.ceiling.level);
  if (item.key == "bytes_per_day") return reader.number(flow.bytes_per_day);
  if (item.key == "entries_per_day") return reader.number(flow.entries_per_day);
  if (item.key == "feeds_per_day") return reader.number(flow.feeds_per_day);
  if (item.key == "categories") {
    COMITY_CHECK(reader.texts(flow.ceiling.categories));
    std::ranges::sort(flow.ceiling.categories);
    return {};
  }
  if (item.key == "ceiling") {
    std::string word;
    COMITY_CHECK(reader.text(word));
    const auto tlp = policy::parse_tlp(word);
    if (!tlp.ok()) return reader.wrong(tlp.error().detail);
    flow.ceiling.tlp = *tlp;
    return {};
  }
  if (item.key == "space_ids") {
    std::vector<std::string> texts;
    COMITY_CHECK(reader.texts(texts));
    flow.spaces.clear();
    for (const std::string& text : texts) {
      const auto bytes = proto::from_hex(text);
      const auto space = bytes.ok() ? SpaceId::from(*bytes) : Result<SpaceId>(bytes.error());
      if (!space.ok()) return reader.wrong("a space id is 64 hexadecimal digits");
      flow.spaces.push_back(*space);
    }
    return {};
  }
  return at(item.key_at, fmt::format("nothing is called '{}' here", item.key));
}

Status read_item(const config::Item& item, Draft& draft) {
  if (item.section == "agreement") return read_agreement(item, draft.terms);
  if (item.section == "we_send") return read_flow_item(item, draft.we, draft.we_send);
  if (item.section == "they_send") return read_flow_item(item, draft.they, draft.they_send);
  return at(item.key_at, "the sections are [agreement], [we_send] and [they_send]");
}

}  // namespace

Result<WallTime> parse_terms_time(std::string_view text) {
  const auto time = read_time(text);
  if (!time)
    return Error{Code::kAgreementRule,
                 fmt::format("a time is written as 2026-11-30 or 2026-11-30T10:00:00Z, not {}", text)};
  return *time;
}

std::string write_agreement_file(const Terms& terms) {
  constexpr std::string_view kHistory[] = {"none", "since", "all"};
  std::string out =
      "# The terms of an agreement between two agencies. \"We\" are the side that proposes them.\n"
      "# ceiling: CLEAR, GREEN, AMBER, AMBER+STRICT or RED. spaces: slugs; a star at the end stands for "
      "anything.\n"
      "# A limit of 0 is no limit.\n\n[agreement]\n";
  out += fmt::format("title = {}\npurpose = {}\ncontact = {}\n", quoted(terms.title), quoted(terms.purpose),
                     quoted(terms.contact));
  if (terms.starts != WallTime()) out += fmt::format("starts = {}\n", quoted(time_text(terms.starts)));
  out += fmt::format("ends = {}\n", quoted(time_text(terms.ends)));
  out += fmt::format("history = {}\n", quoted(kHistory[terms.history]));
  if (terms.history == v1::HISTORY_RULE_SINCE) {
    out += fmt::format("history_since = {}\n", quoted(time_text(terms.history_since)));
  }
  out += fmt::format("keep_days = {}\n", terms.keep_days);
  write_flow(out, "we_send", terms.proposer_sends);
  write_flow(out, "they_send", terms.accepter_sends);
  return out;
}

Result<Terms> read_agreement_file(std::string_view text) {
  if (text.size() > proto::bounds::kConfigFileBytes)
    return Error{Code::kAgreementFile, "it is longer than 64 KiB"};
  const config::Document document = config::read_document(text);
  if (!document.problems.empty()) {
    const config::Problem& first = document.problems.front();
    return at(first.at, first.detail);
  }
  if (std::ranges::none_of(document.sections, [](const auto& mark) { return mark.name == "agreement"; })) {
    return Error{Code::kAgreementFile, "there is no section [agreement]"};
  }
  for (const config::SectionMark& mark : document.sections) {
    if (mark.name != "agreement" && mark.name != "we_send" && mark.name != "they_send") {
      return at(mark.at, fmt::format("there is no section [{}]", mark.name));
    }
  }
  Draft draft;
  draft.we.ceiling.tlp = draft.they.ceiling.tlp = v1::TLP_AMBER;
  // A section that stands there is allowed unless it says otherwise.
  for (const config::SectionMark& mark : document.sections) {
    draft.we_send = draft.we_send || mark.name == "we_send";
    draft.they_send = draft.they_send || mark.name == "they_send";
  }
  for (const config::Item& item : document.items)
    COMITY_CHECK(read_item(item, draft));
  if (draft.we_send) draft.terms.proposer_sends = std::move(draft.we);
  if (draft.they_send) draft.terms.accepter_sends = std::move(draft.they);
  COMITY_CHECK(encode_terms(draft.terms));
  return std::move(draft.terms);
}

}  // namespace comity::federation
