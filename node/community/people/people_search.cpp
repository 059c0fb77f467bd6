// SPDX-License-Identifier: EUPL-1.2
// Looking through the people of this agency and of partners: cards are few and small, so each is read.
#include <algorithm>
#include <set>

#include "crypto/base32.h"
#include "node/community/people/fold.h"
#include "node/community/people/people.h"
#include "node/community/people/people_reader.h"
#include "node/community/people/profile.h"
#include "node/community/tables.h"
#include "proto/bounds.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::size_t kQueryBytes = 256;
constexpr std::size_t kMostCardWords = 4096;

// The place behind somebody: agency and sign-in name as they are sorted, and the id.
std::string place_text(const AgencyId& agency, std::string_view handle, const UserId& user) {
  return crypto::base32_encode(proto::concat({agency.view(), user.view(), proto::as_bytes(handle)}));
}

struct Place {
  AgencyId agency;
  UserId user;
  std::string handle;
};

Result<Place> parse_place(std::string_view text) {
  const Error wrong{Code::kIdRule, "this is not a place among the people"};
  const auto bytes = text.size() > 256 ? std::nullopt : crypto::base32_decode(text);
  constexpr std::size_t kIds = AgencyId::kSize + UserId::kSize;
  if (!bytes || bytes->size() < kIds) return wrong;
  const ByteView view(*bytes);
  Place out;
  COMITY_TRY(out.agency, AgencyId::from(view.first(AgencyId::kSize)));
  COMITY_TRY(out.user, UserId::from(view.subspan(AgencyId::kSize, UserId::kSize)));
  out.handle = proto::as_text(view.subspan(kIds));
  return out;
}

}  // namespace

struct PeopleReader::Found {
  std::string handle;
  UserId user;

  auto operator<=>(const Found&) const = default;
};

class PeopleReader::Matcher {
 public:
  static Result<Matcher> make(const PeopleQuery& query) {
    const auto fits = [](std::string_view text) {
      return text.size() <= kQueryBytes && proto::is_plain_line(proto::as_bytes(text));
    };
    if (!fits(query.text) || !fits(query.skill))
      return Error{Code::kQueryRule, "one plain line of at most 256 bytes"};
    Matcher out;
    out.words_ = folded_words(query.text, kMostQueryWords + 1);
    if (out.words_.size() > kMostQueryWords) return Error{Code::kQueryRule, "at most 16 words"};
    const bool blank = query.text.find_first_not_of(' ') == std::string::npos;
    if (out.words_.empty() && !blank) return Error{Code::kQueryRule, "it holds no word"};
    out.skill_ = folded_words(query.skill, kMostQueryWords);
    if (out.skill_.empty() && !query.skill.empty()) return Error{Code::kQueryRule, "the skill holds no word"};
    return out;
  }

  [[nodiscard]] bool operator()(const v1::ProfileCard& card) const {
    if (card.left()) return false;
    if (!skill_.empty()) {
      const bool has = std::any_of(card.skill().begin(), card.skill().end(), [&](const std::string& skill) {
        return folded_words(skill, kMostQueryWords) == skill_;
      });
      if (!has) return false;
    }
    if (words_.empty()) return true;
    std::set<std::string> of_card;
    const auto add = [&](std::string_view text) {
      for (std::string& word : folded_words(text, kMostCardWords))
        of_card.insert(std::move(word));
    };
    for (const std::string& text : {card.handle(), card.name(), card.unit(), card.position(), card.about()})
      add(text);
    for (const std::string& skill : card.skill())
      add(skill);
    for (const std::string& language : card.language())
      add(language);
    return std::all_of(words_.begin(), words_.end(), [&](const std::string& word) {
      const auto at = of_card.lower_bound(word);
      return at != of_card.end() && at->starts_with(word);
    });
  }

 private:
  std::vector<std::string> words_;
  std::vector<std::string> skill_;
};

Status PeopleReader::search_own(const Matcher& matcher, std::vector<Found>& found) const {
  std::string after;
  for (bool more = true; more;) {
    COMITY_TRY(const auto page, list_people(view_, after, 500));
    for (const PersonRow& person : page.people) {
      COMITY_TRY(const Profile profile, find_profile(view_, person.id));
      if (matcher(own_card(person, profile))) found.push_back({person.handle, person.id});
    }
    more = page.more && !page.people.empty();
    if (more) after = page.people.back().handle;
  }
  return {};
}

Status PeopleReader::search_told(const SpaceSight& directory, const Matcher& matcher,
                                 std::vector<Found>& found) const {
  Status status;
  UserId last;
  std::size_t cards = 0;
  std::size_t bytes = 0;
  // From the end, so that the newest card of each person comes first and settles it.
  const auto range = kNames.range(directory.id, directory.steward);
  COMITY_CHECK(view_.walk(range, true, [&](ByteView key, ByteView value) {
    bytes += value.size();
    if (++cards > kMostCards || bytes > kMostCardBytes) return false;
    const auto place = kNames.parse(key);
    if (!place.ok()) {
      status = place.error();
      return false;
    }
    const UserId& user = std::get<2>(*place);
    if (user == last) return true;
    last = user;
    const auto card = decode_card_row(key, value);
    if (!card.ok()) {
      status = card.error();
      return false;
    }
    if (matcher(*card)) found.push_back({card->handle(), user});
    return true;
  }));
  return status;
}

Result<PeopleFound> PeopleReader::search(const PeopleQuery& query) const {
  if (query.limit == 0 || query.limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  COMITY_TRY(const Matcher matcher, Matcher::make(query));
  std::optional<Place> after;
  if (!query.after.empty()) {
    COMITY_TRY(after, parse_place(query.after));
  }

  std::vector<std::pair<std::string, AgencyId>> agencies;
  for (const auto& [agency, space] : sights_.directories) {
    if (agency != sights_.self && directory(agency) != nullptr)
      agencies.emplace_back(sights_.name(agency), agency);
  }
  std::sort(agencies.begin(), agencies.end());
  agencies.insert(agencies.begin(), {std::string(), sights_.self});
  std::size_t first = 0;
  if (after) {
    while (first < agencies.size() && agencies[first].second != after->agency)
      ++first;
    // Its agency is gone since: nothing can be said to come after it.
    if (first == agencies.size()) return PeopleFound();
  }

  PeopleFound out;
  for (std::size_t i = first; i < agencies.size(); ++i) {
    const AgencyId& agency = agencies[i].second;
    if (query.agency && *query.agency != agency) continue;
    std::vector<Found> found;
    COMITY_CHECK(agency == sights_.self ? search_own(matcher, found)
                                        : search_told(*directory(agency), matcher, found));
    std::sort(found.begin(), found.end());
    auto next = found.begin();
    if (after && i == first) next = std::upper_bound(next, found.end(), Found{after->handle, after->user});
    for (; next != found.end(); ++next) {
      if (out.people.size() == query.limit) {
        const KnownPerson& last = out.people.back();
        out.next = place_text(last.id.agency, last.card.handle(), last.id.user);
        return out;
      }
      COMITY_TRY(auto person, find({agency, next->user}));
      if (person) out.people.push_back(*std::move(person));
    }
  }
  return out;
}

}  // namespace comity::community
