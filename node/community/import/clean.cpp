// SPDX-License-Identifier: EUPL-1.2
#include <glib.h>

#include "node/community/import/import_item.h"
#include "node/community/text.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

// Copies what shows as it is written; `keep` says of other characters whether they stay.
template <class Keep>
std::string copy_plain(std::string_view text, Keep keep) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = proto::utf8_sequence_bytes(proto::as_bytes(text));
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(size, 1));
    if (size > 0 && proto::is_plain_line(proto::as_bytes(sequence))) {
      out += sequence;
    } else {
      keep(sequence, out);
    }
    text.remove_prefix(sequence.size());
  }
  return out;
}

}  // namespace

std::optional<std::string> cleaned(std::string_view text) {
  if (!proto::is_utf8(proto::as_bytes(text))) return std::nullopt;
  return copy_plain(with_line_feeds(text), [](std::string_view sequence, std::string& out) {
    if (sequence == "\n" || sequence == "\t") out += sequence;
  });
}

std::string cleaned_line(std::string_view text, std::size_t most) {
  std::string line = copy_plain(text, [](std::string_view sequence, std::string& out) {
    const bool blank = sequence == "\n" || sequence == "\t";
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  });
  const std::size_t first = line.find_first_not_of(' ');
  line.erase(0, std::min(first, line.size()));
  if (line.size() > most) {
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80U)
      --end;
    line.resize(end);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::optional<WallTime> parse_date(std::string_view text) {
  // "2019-02-14 09:24:00 -0500" and "2019-02-14" as ISO 8601 would have them.
  std::string iso(text.substr(0, 64));
  if (iso.size() > 10 && iso[10] == ' ') iso[10] = 'T';
  std::erase(iso, ' ');
  if (iso.size() == 10) iso += "T00:00:00Z";
  const std::unique_ptr<GTimeZone, decltype(&g_time_zone_unref)> utc(g_time_zone_new_utc(),
                                                                     &g_time_zone_unref);
  GDateTime* const parsed = g_date_time_new_from_iso8601(iso.c_str(), utc.get());
  if (parsed == nullptr) return std::nullopt;
  const gint64 seconds = g_date_time_to_unix(parsed);
  g_date_time_unref(parsed);
  if (seconds <= 0) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

}  // namespace comity::community
