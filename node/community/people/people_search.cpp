// SPDX-License-Identifier: EUPL-1.2
// Looking through the people of this agency and of partners: cards are few and small, so each is read, in the
// order in which they lie.
#include <algorithm>
#include <array>
#include <span>

#include "crypto/base32.h"
#include "node/community/people/fold.h"
#include "node/community/people/people.h"
#include "node/community/people/people_reader.h"
#include "node/community/people/people_walk.h"
#include "node/community/people/profile.h"
#include "node/community/tables.h"
#include "proto/bounds.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::size_t kQueryBytes = 256;
constexpr std::size_t kMostCardWords = 4096;
constexpr std::size_t kPagePeople = 256;

// The place behind somebody: agency and sign-in name as they are sorted, and the id.
std::string place_text(const AgencyId& agency, std::string_view handle, const UserId& user) {
  return crypto::base32_encode(proto::concat({agency.view(), user.view(), proto::as_bytes(handle)}));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Shows the words of a text as folded_words() gives them; most cards are plain ASCII, which needs no tables.
template <class See>
void each_word(std::string_view text, std::size_t most, See see) {
  if (!is_ascii(text)) {
    for (const std::string& word : folded_words(text, most))
      see(std::string_view(word));
    return;
  }
  std::string word;
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size() && seen < most;) {
    word.clear();
    while (at < text.size() && is_word_letter(text[at]))
      word += lowered(text[at++]);
    if (word.empty()) {
      ++at;
      continue;
    }
    see(std::string_view(word));
    ++seen;
  }
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

  /// `card` without who it is of: that stands in `lines` with the rest of its plain fields.
  [[nodiscard]] bool operator()(std::span<const std::string_view> lines, const v1::ProfileCard& card) const {
    if (!skill_.empty() && std::none_of(card.skill().begin(), card.skill().end(),
                                        [&](const std::string& skill) { return is_skill(skill); }))
      return false;
    if (words_.empty()) return true;
    std::uint32_t missing = (1U << words_.size()) - 1;
    const auto add = [&](std::string_view text) {
      if (missing == 0) return;
      each_word(text, kMostCardWords, [&](std::string_view word) {
        for (std::size_t i = 0; i < words_.size(); ++i) {
          if (word.starts_with(words_[i])) missing &= ~(1U << i);
        }
      });
    };
    for (const std::string_view line : lines)
      add(line);
    add(card.about());
    for (const std::string& skill : card.skill())
      add(skill);
    for (const std::string& language : card.language())
      add(language);
    return missing == 0;
  }
  [[nodiscard]] bool operator()(const v1::ProfileCard& card) const {
    const std::array<std::string_view, 4> lines{card.handle(), card.name(), card.unit(), card.position()};
    return !card.left() && (*this)(lines, card);
  }

 private:
  [[nodiscard]] bool is_skill(std::string_view text) const {
    std::size_t same = 0;
    bool other = false;
    each_word(text, kMostQueryWords, [&](std::string_view word) {
      other = other || same == skill_.size() || word != skill_[same];
      ++same;
    });
    return !other && same == skill_.size();
  }

  std::vector<std::string> words_;
  std::vector<std::string> skill_;
};

Status PeopleReader::search_own(const Matcher& matcher, std::vector<Found>& found) const {
  std::optional<UserId> after;
  for (bool more = true; more;) {
    COMITY_TRY(const auto page, people_by_id(view_, after, kPagePeople));
    if (page.people.empty()) return {};
    const UserId& last = page.people.back().id;
    COMITY_TRY(const auto cards, profile_cards(view_, page.people.front().id, last));
    static const v1::ProfileCard kNothingSaid;
    for (const PersonRow& person : page.people) {
      if (person.disabled) continue;
      const auto at = cards.find(person.id);
      const v1::ProfileCard& card = at == cards.end() ? kNothingSaid : at->second;
      const std::array<std::string_view, 4> lines{person.handle, person.name, person.unit, card.position()};
      if (matcher(lines, card)) found.push_back({person.handle, person.id});
    }
    more = page.more;
    after = last;
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
