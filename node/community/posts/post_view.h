// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace comity::community {

/// The reactions of one kind to an entry.
struct ReactionCount {
  std::string kind{};
  std::uint64_t count = 0;
  bool own = false;  ///< the reader's is among them

  friend bool operator==(const ReactionCount&, const ReactionCount&) = default;
};

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
  bool edited = false;                     ///< what is shown is not the first version
  std::string edited_time{};               ///< of the version that is shown
  std::string edit_summary{};              ///< what its author says of it
  std::vector<ReactionCount> reactions{};  ///< those that somebody gave, in the order of kReactionKinds
  std::string answer{};        ///< of what begins a discussion: the reply that its asker marked; empty: none
  bool is_answer = false;      ///< of a reply: it is that one
  bool withdrawn = false;      ///< then title, text, tags and url are empty
  std::string withdrawn_by{};  ///< "maria@health"
  std::string withdrawn_reason{};  ///< "author", "moderation", "release error", "legal", "retention"
  std::string withdrawn_text{};    ///< in whose words
  bool unseen = false;             ///< a placeholder: it is not here (yet), or not for this reader
  bool unread = false;             ///< in a thread: somebody else's, and the reader has not read it
  /// In lists, of what begins a discussion: how many entries the reader sees there, and has not read.
  std::uint64_t entries = 0;
  std::uint64_t unread_entries = 0;
  std::string newest{};     ///< in lists: the time of the newest of them
  std::uint32_t depth = 0;  ///< in a thread: 0 begins it

  friend bool operator==(const PostView&, const PostView&) = default;
};

}  // namespace comity::community
