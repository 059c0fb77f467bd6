// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/suggest.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/community/ids.h"
#include "node/community/people/follows.h"
#include "node/community/people/profile.h"
#include "node/community/posts/timeline_rows.h"
#include "node/community/spaces/similar.h"
#include "node/community/tables.h"

namespace comity::community {
namespace {

constexpr std::size_t kMostWords = 64;
// Whose contents are looked at before three are chosen.
constexpr std::size_t kMostWeighed = 12;
constexpr unsigned kNamedHere = 1000;  // above whatever words can bring together
constexpr unsigned kWordOfName = 30;
constexpr unsigned kWordOfDescription = 10;

/// What a person is known for, and how it is put when it fits.
struct Interest {
  std::vector<std::string> words{};
  std::string reason{};
};

std::vector<Interest> interests_of(const PersonRow& person, const Profile& profile) {
  std::vector<Interest> out;
  const auto add = [&](const std::string& text, std::string reason) {
    auto words = telling_words(text, kMostWords);
    if (!words.empty()) out.push_back({std::move(words), std::move(reason)});
  };
  add(person.unit, "your unit, " + person.unit);
  for (const std::string& skill : profile.skills)
    add(skill, "your skill " + skill);
  add(profile.position, "your position");
  return out;
}

bool any_word_in(const Interest& interest, const std::vector<std::string>& words) {
  return std::any_of(interest.words.begin(), interest.words.end(), [&](const std::string& wanted) {
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return is_same_word(wanted, word); });
  });
}

/// Clock of the newest row of a space, for choosing whom to look at; what it is of may be seen by others
/// only.
Result<Hlc> newest_of(const storage::View& view, const SpaceId& space) {
  Hlc newest{};
  for (const ContentType type : {ContentType::kPost, ContentType::kUpdate}) {
    const Bytes key = kSpaceNewest.key(space, static_cast<std::uint8_t>(type));
    COMITY_TRY(const auto value, view.get(key));
    COMITY_TRY(const Hlc one, decode_newest(kSpaceNewest.info(), key, value));
    newest = std::max(newest, one);
  }
  return newest;
}

/// How much the reader may see that began of late; at most kMostLively.
Result<std::size_t> lively(PostReader& posts, const SpaceId& space, WallTime now) {
  const std::string since = time_text(now - kLively);
  std::size_t begun = 0;
  for (const ContentType type : {ContentType::kPost, ContentType::kUpdate}) {
    COMITY_TRY(const auto page, posts.list(space, {.type = type, .limit = kMostLively}));
    begun += static_cast<std::size_t>(
        std::count_if(page.posts.begin(), page.posts.end(),
                      [&](const PostView& post) { return post.time >= since && !post.withdrawn; }));
  }
  return std::min(begun, kMostLively);
}

struct Weighed {
  SuggestedSpace what{};
  unsigned fits = 0;
  Hlc newest{};
  std::size_t lively = 0;
};

Weighed weigh(const PersonRow& person, const std::vector<Interest>& interests, const Space& space) {
  Weighed out{.what = {.space = space.id()}};
  const auto& readers = space.readers;
  if (readers.rule == v1::READER_RULE_LISTED) {
    const bool by_name = std::binary_search(readers.persons.begin(), readers.persons.end(), person.id);
    out.fits += kNamedHere;
    out.what.reasons.emplace_back(by_name ? "you are named as one of its readers"
                                          : "your unit is named as one of its readers");
  }
  const auto name = telling_words(space.title() + " " + space.slug(), kMostWords);
  const auto description = telling_words(space.card ? space.card->description() : std::string(), kMostWords);
  for (const Interest& interest : interests) {
    const unsigned word = any_word_in(interest, name)          ? kWordOfName
                          : any_word_in(interest, description) ? kWordOfDescription
                                                               : 0;
    if (word == 0) continue;
    out.fits += word;
    out.what.reasons.push_back(interest.reason);
  }
  return out;
}

bool may_be_suggested(const AgencyId& self, const PersonRow& person, const Space& space) {
  const bool place_for_work = !space.circle() && !space.directory() && space.card.has_value();
  return place_for_work && space.standing(self) == Standing::kJoined && !space.manifest.message.closed() &&
         policy::admits(space.readers, reader_of(self, person));
}

}  // namespace

Result<std::vector<SuggestedSpace>> suggest_spaces(const storage::View& view, PostReader& posts,
                                                   const AgencyId& self, const PersonRow& person,
                                                   std::span<const Space* const> spaces, WallTime now) {
  COMITY_TRY(const Profile profile, find_profile(view, person.id));
  COMITY_TRY(const auto followed, spaces_followed_by(view, person.id));
  const std::vector<Interest> interests = interests_of(person, profile);
  std::vector<Weighed> found;
  for (const Space* const space : spaces) {
    const bool known = std::any_of(followed.begin(), followed.end(),
                                   [&](const FollowedSpace& one) { return one.space == space->id(); });
    if (known || !may_be_suggested(self, person, *space)) continue;
    Weighed one = weigh(person, interests, *space);
    COMITY_TRY(one.newest, newest_of(view, space->id()));
    found.push_back(std::move(one));
  }
  std::sort(found.begin(), found.end(), [](const Weighed& a, const Weighed& b) {
    return std::tuple(b.fits, b.newest, a.what.space) < std::tuple(a.fits, a.newest, b.what.space);
  });
  if (found.size() > kMostWeighed) found.resize(kMostWeighed);
  for (Weighed& one : found) {
    COMITY_TRY(one.lively, lively(posts, one.what.space, now));
    if (one.lively != 0) {
      one.what.reasons.push_back(fmt::format("{}{} new in the last {} days", one.lively,
                                             one.lively == kMostLively ? " or more" : "", kLively.count()));
    }
    if (one.what.reasons.empty()) one.what.reasons.emplace_back("open to all staff");
  }
  std::stable_sort(found.begin(), found.end(), [](const Weighed& a, const Weighed& b) {
    return std::pair(b.fits, b.lively) < std::pair(a.fits, a.lively);
  });
  std::vector<SuggestedSpace> out;
  for (Weighed& one : found) {
    if (out.size() == kSuggestions) break;
    out.push_back(std::move(one.what));
  }
  return out;
}

}  // namespace comity::community
