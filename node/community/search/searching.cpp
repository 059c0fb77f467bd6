// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/searching.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "crypto/aead.h"
#include "crypto/base32.h"
#include "crypto/hkdf.h"
#include "node/community/ids.h"
#include "node/community/plain.h"
#include "node/feed/hlc.h"
#include "node/feed/withdraw.h"
#include "proto/bounds.h"

namespace comity::community::search {
namespace {

// Hits of other spaces that are passed over one by one; then the spaces of the reader are asked for by name.
constexpr std::size_t kMostPassed = 500;
constexpr std::size_t kMostSpacesNamed = 200;
// What is looked at for one page.
constexpr std::size_t kMostLooked = Search::kMostHits;
// Bytes of a text that an excerpt is looked for in.
constexpr std::size_t kExcerptOf = 64 * 1024;

bool is_unreadable(const Error& error) {
  const int number = static_cast<int>(error.code);
  return number < 1300 || number >= 1400;
}

/// Where a page ended. It is sealed for the reader: the place may be that of a hit that was not for them.
struct Cursor {
  Sort sort = Sort::kNewest;
  double weight = 0;
  std::int64_t id = 0;
};

constexpr std::size_t kCursorBytes = 17;

crypto::Key32 cursor_key(const crypto::Key32& storage_key) {
  constexpr std::string_view kInfo("comity.v1.search-cursor\0", 24);
  return crypto::hkdf_expand_key(storage_key.view(), {proto::as_bytes(kInfo)});
}

// The nonce is a hash of what is sealed: the same place gives the same text, and no nonce comes twice
// otherwise.
std::string cursor_text(const Cursor& cursor, const crypto::Key32& storage_key) {
  const crypto::Key32 key = cursor_key(storage_key);
  const Bytes plain = proto::concat({proto::to_be(static_cast<std::uint8_t>(cursor.sort)),
                                     proto::to_be(std::bit_cast<std::uint64_t>(cursor.weight)),
                                     proto::to_be(static_cast<std::uint64_t>(cursor.id))});
  proto::Sha256Digest hash;
  std::array<std::byte, 32> mac{};
  crypto::hmac_sha256(key.view(), {plain}, mac);
  const ByteView nonce = ByteView(mac).first(crypto::kXChaChaNonceBytes);
  Bytes sealed(plain.size() + crypto::kAeadTagBytes);
  (void)crypto::xchacha20poly1305_seal(key.view(), nonce, {}, plain, sealed);
  return crypto::base32_encode(proto::concat({nonce, sealed}));
}

Result<Cursor> parse_cursor(std::string_view text, Sort sort, const crypto::Key32& storage_key) {
  const Error wrong{Code::kIdRule, "this is not a place in the hits of this search"};
  constexpr std::size_t kBytes = crypto::kXChaChaNonceBytes + kCursorBytes + crypto::kAeadTagBytes;
  const auto bytes = text.size() > 2 * kBytes ? std::nullopt : crypto::base32_decode(text);
  if (!bytes || bytes->size() != kBytes) return wrong;
  const ByteView view(*bytes);
  std::array<std::byte, kCursorBytes> plain{};
  const Status opened =
      crypto::xchacha20poly1305_open(cursor_key(storage_key).view(), view.first(crypto::kXChaChaNonceBytes),
                                     {}, view.subspan(crypto::kXChaChaNonceBytes), plain);
  if (!opened.ok()) return wrong;
  const ByteView rest(plain);
  Cursor out{.sort = static_cast<Sort>(plain[0]),
             .weight = std::bit_cast<double>(proto::from_be<std::uint64_t>(rest.subspan(1))),
             .id = static_cast<std::int64_t>(proto::from_be<std::uint64_t>(rest.subspan(9)))};
  if (out.sort != sort) return wrong;
  return out;
}

std::int64_t id_at(WallTime time) {
  const auto hlc = raw(feed::make_hlc(time));
  return static_cast<std::int64_t>(
      std::min(hlc, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

std::string month_of(std::int64_t id) {
  return time_text(feed::hlc_time(Hlc{static_cast<std::uint64_t>(id)})).substr(0, 7);
}

}  // namespace

struct Search::Plan {
  Query query;
  MarkGroups marks{};
  std::int64_t from = 0;
  std::int64_t upto = std::numeric_limits<std::int64_t>::max();
  bool one_space = false;
};

bool Search::enters(const SpaceId& space) {
  const auto known = enters_.find(space);
  if (known != enters_.end()) return known->second;
  const bool out = posts_.enter(space).ok();
  enters_[space] = out;
  return out;
}

Result<bool> Search::add_mark(Plan& plan, NameKind kind, ByteView value) {
  COMITY_TRY(const auto number, index_.number(kind, value));
  if (!number) return false;
  plan.marks.push_back({name_mark(kind, *number)});
  return true;
}

// Nothing when no document can be among the hits.
Result<std::optional<Search::Plan>> Search::plan(const SearchQuery& query, Query& parsed) {
  if (query.limit == 0 || query.limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  COMITY_TRY(parsed, parse_query(query.text, index_.words()));
  Plan out{.query = parsed};
  bool possible = true;
  if (query.space) {
    COMITY_CHECK(posts_.enter(*query.space));
    COMITY_TRY(const bool known, add_mark(out, NameKind::kSpace, query.space->view()));
    possible = possible && known;
    out.one_space = true;
  }
  if (query.agency) {
    COMITY_TRY(const bool known, add_mark(out, NameKind::kAgency, query.agency->view()));
    possible = possible && known;
  }
  if (query.author) {
    COMITY_TRY(const bool known, add_mark(out, NameKind::kPerson, person_name(*query.author)));
    possible = possible && known;
  }
  if (query.type) out.marks.push_back({type_mark(*query.type)});
  if (query.tlp) out.marks.push_back({label_mark(*query.tlp)});
  for (const std::string& tag : query.tags)
    out.marks.push_back({tag_mark(tag)});
  if (query.since) out.from = id_at(*query.since);
  if (query.until) out.upto = id_at(*query.until);
  // A filter by what the index has nothing of is a filter all the same.
  if (!possible) return std::optional<Plan>();
  if (parsed.only_excludes() && out.marks.empty()) {
    const bool bounded = query.since || query.until;
    if (!parsed.empty() || !bounded)
      return Error{Code::kQueryRule, "name something to be found, or narrow the search by a filter"};
  }
  // A time alone narrows nothing that FTS5 could begin with: every document has a type.
  if (parsed.only_excludes() && out.marks.empty()) {
    std::vector<std::string> any;
    for (const ContentType type :
         {ContentType::kPost, ContentType::kReply, ContentType::kUpdate, ContentType::kWiki})
      any.push_back(type_mark(type));
    out.marks.push_back(std::move(any));
  }
  return std::optional(std::move(out));
}

Result<SearchPage> Search::run(const SearchQuery& query) {
  COMITY_TRY(auto transaction, index_.begin());
  Query parsed;
  COMITY_TRY(const auto planned, plan(query, parsed));
  SearchPage page;
  if (query.facets) page.facets.emplace();
  if (!planned) return page;
  COMITY_CHECK(query.sort == Sort::kNewest ? newest(*planned, parsed, query, page)
                                           : relevant(*planned, parsed, query, page));
  if (query.facets) COMITY_CHECK(count(*planned, page));
  return page;
}

Result<std::vector<std::string>> Search::readable_marks() {
  std::vector<std::string> out;
  for (const auto& [id, sight] : source_.sights.spaces) {
    if (!enters(id)) continue;
    COMITY_TRY(const auto number, index_.number(NameKind::kSpace, id.view()));
    if (number) out.push_back(name_mark(NameKind::kSpace, *number));
  }
  return out;
}

Status Search::newest(const Plan& plan, const Query& parsed, const SearchQuery& query, SearchPage& page) {
  std::int64_t upto = plan.upto;
  if (!query.after.empty()) {
    COMITY_TRY(const Cursor cursor, parse_cursor(query.after, Sort::kNewest, source_.storage_key));
    upto = std::min(upto, cursor.id);
  }
  COMITY_TRY(auto hits, Newest::begin(index_, match_text(parsed, plan.marks), plan.from, upto, false));
  std::size_t passed = 0;
  bool named = plan.one_space;
  std::int64_t last = 0;
  for (std::size_t looked = 0; looked < kMostLooked; ++looked) {
    if (page.rows.size() == query.limit) break;
    if (!named && passed > kMostPassed) {
      named = true;
      COMITY_TRY(auto spaces, readable_marks());
      if (spaces.empty()) return {};
      if (spaces.size() <= kMostSpacesNamed) {
        MarkGroups marks = plan.marks;
        marks.push_back(std::move(spaces));
        COMITY_TRY(hits, Newest::begin(index_, match_text(parsed, marks), plan.from, last, false));
      }
    }
    COMITY_TRY(const auto found, hits.next());
    if (!found) return {};
    last = found->id;
    COMITY_TRY(auto shown, row(*found, parsed));
    if (shown) {
      page.rows.push_back(*std::move(shown));
    } else {
      ++passed;
    }
  }
  COMITY_TRY(const auto more, hits.next());
  if (more) page.next = cursor_text({Sort::kNewest, 0, last}, source_.storage_key);
  return {};
}

Status Search::relevant(const Plan& plan, const Query& parsed, const SearchQuery& query, SearchPage& page) {
  std::optional<Cursor> after;
  if (!query.after.empty()) {
    COMITY_TRY(after, parse_cursor(query.after, Sort::kRelevance, source_.storage_key));
  }
  MarkGroups marks = plan.marks;
  if (!plan.one_space) {
    // Otherwise hits of spaces that are not for the reader would push out others.
    COMITY_TRY(auto spaces, readable_marks());
    if (spaces.empty()) return {};
    if (spaces.size() <= kMostSpacesNamed) marks.push_back(std::move(spaces));
  }
  COMITY_TRY(auto hits, Newest::begin(index_, match_text(parsed, marks), plan.from, plan.upto, true));
  std::vector<Found> all;
  while (all.size() < kMostHits) {
    COMITY_TRY(const auto found, hits.next());
    if (!found) break;
    all.push_back(*found);
  }
  const auto better = [](const Found& a, const Found& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id > b.id;
  };
  std::ranges::sort(all, better);
  auto next = all.begin();
  if (after)
    next = std::upper_bound(all.begin(), all.end(), Found{.id = after->id, .weight = after->weight}, better);
  std::optional<Found> last;
  for (; next != all.end() && page.rows.size() < query.limit; ++next) {
    COMITY_TRY(auto shown, row(*next, parsed));
    last = *next;
    if (shown) page.rows.push_back(*std::move(shown));
  }
  if (next != all.end() && last)
    page.next = cursor_text({Sort::kRelevance, last->weight, last->id}, source_.storage_key);
  return {};
}

Result<std::optional<SearchRow>> Search::row(const Found& found, const Query& parsed) {
  COMITY_TRY(const auto listed, index_.listed(found.id, found.part));
  if (!listed || !enters(listed->space)) return std::optional<SearchRow>();
  COMITY_TRY(auto view, posts_.at(listed->shown.feed, listed->shown.seq));
  if (!view || view->withdrawn || view->unseen) return std::optional<SearchRow>();
  SearchRow out{.post = *std::move(view)};
  const std::string plain =
      plain_text(std::string_view(out.post.text).substr(0, std::min(out.post.text.size(), kExcerptOf)));
  out.snippet = cut_snippet(parsed, plain.empty() ? out.post.title : plain, index_.words());
  return std::optional(std::move(out));
}

// As at() judges, without opening bodies that say nothing about who may read them.
Result<bool> Search::may_see(const Listed& hit) {
  if (!enters(hit.space) || source_.sights.hidden(hit.writer.agency)) return false;
  const SpaceSight* const space = source_.sights.find(hit.space);
  if (hit.named || hit.tlp == v1::TLP_RED || space->kind == v1::SPACE_KIND_CIRCLE) {
    COMITY_TRY(const auto view, posts_.at(hit.shown.feed, hit.shown.seq));
    return view && !view->withdrawn && !view->unseen;
  }
  const auto stored = feeds_.header(hit.shown.feed, hit.shown.seq);
  if (!stored.ok()) return is_unreadable(stored.error()) ? Result<bool>(false) : Result<bool>(stored.error());
  COMITY_TRY(const auto withheld, feeds_.withheld(hit.shown.feed, hit.shown.seq));
  if (withheld.why != feed::Withholding::kNone) return false;
  COMITY_TRY(const auto word, feed::withdrawn(source_.view, stored->header, [&](const AgencyId& agency) {
               return space->may_moderate(agency);
             }));
  return !word;
}

Result<std::string> Search::author_name(const SpaceId& space, const Person& person) {
  if (person.user.is_zero()) return source_.sights.name(person.agency);
  const auto known = authors_.find({space, person});
  if (known != authors_.end()) return known->second;
  COMITY_TRY(const KnownPerson author, people_.author(space, person));
  return authors_[{space, person}] = address_text(author);
}

Status Search::count_one(const Listed& hit, Facets& facets) {
  ++facets.counted;
  ++facets.type[std::string(content_type_text(hit.type))];
  ++facets.agency[source_.sights.name(hit.writer.agency)];
  const SpaceSight* const space = source_.sights.find(hit.space);
  ++facets.space[space->slug.empty() ? id_text(space->id) : space->slug];
  COMITY_TRY(const std::string author, author_name(hit.space, hit.writer));
  ++facets.author[author];
  ++facets.label[std::string(policy::tlp_text(hit.tlp))];
  for (const std::string& tag : hit.tags)
    ++facets.tag[tag];
  ++facets.date[month_of(hit.id)];
  return {};
}

Status Search::count(const Plan& plan, SearchPage& page) {
  MarkGroups marks = plan.marks;
  if (!plan.one_space) {
    COMITY_TRY(auto spaces, readable_marks());
    if (spaces.empty()) return {};
    if (spaces.size() <= kMostSpacesNamed) marks.push_back(std::move(spaces));
  }
  COMITY_TRY(auto hits, Newest::begin(index_, match_text(plan.query, marks), plan.from, plan.upto, false));
  for (std::size_t looked = 0; looked < kMostHits; ++looked) {
    COMITY_TRY(const auto found, hits.next());
    if (!found) return {};
    COMITY_TRY(const auto listed, index_.listed(found->id, found->part));
    if (!listed) continue;
    COMITY_TRY(const bool seen, may_see(*listed));
    if (seen) COMITY_CHECK(count_one(*listed, *page.facets));
  }
  COMITY_TRY(const auto more, hits.next());
  page.facets->all = !more;
  return {};
}

}  // namespace comity::community::search
