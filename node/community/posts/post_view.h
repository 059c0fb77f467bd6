// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace comity::community {

/// One entry as lists, pages and the command line show it: every field is text that can be printed. Ids are
/// base32, times RFC 3339 in UTC.
struct PostView {
  std::string id{};
  std::string space{};  ///< slug; empty while its card is not known
  std::string space_id{};
  std::string feed_id{};
  std::string kind{};         ///< post, reply, …; "withdraw" in events; "unseen" for a placeholder
  std::string author{};       ///< "maria@health"; the agency's name when it wrote itself
  std::string author_name{};  ///< "Maria Olsen"; empty: not known
  std::string author_id{};    ///< UserID; empty: the agency itself
  std::string agency{};       ///< short name
  std::string agency_id{};    ///< "comity1…"
  std::string title{};
  std::string text{};
  std::string time{};    ///< as the author's node states it
  std::string label{};   ///< TLP
  std::string parent{};  ///< what it answers; empty: it begins a thread
  std::string thread{};  ///< the entry that begins its thread
  std::vector<std::string> tags{};
  bool question = false;
  std::string path{};           ///< of a wiki revision: where it puts its page
  std::string summary{};        ///< of a wiki revision: what was changed and why
  std::string url{};            ///< address outside that it discusses
  std::string origin_source{};  ///< of imported content; empty: none
  std::string origin_author{};
  std::string origin_url{};
  std::string origin_time{};
  bool edited = false;
  bool withdrawn = false;          ///< then title, text, tags and url are empty
  std::string withdrawn_by{};      ///< "maria@health"
  std::string withdrawn_reason{};  ///< "author", "moderation", "release error", "legal", "retention"
  std::string withdrawn_text{};    ///< in whose words
  bool unseen = false;             ///< a placeholder: it is not here (yet), or not for this reader
  std::uint32_t depth = 0;         ///< in a thread: 0 begins it

  friend bool operator==(const PostView&, const PostView&) = default;
};

}  // namespace comity::community
