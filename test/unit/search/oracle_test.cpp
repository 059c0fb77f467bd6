// SPDX-License-Identifier: EUPL-1.2
// Random people, spaces, entries and queries against a twin that knows neither index nor FTS5: it reads every
// entry with the eyes of the reader and compares words one by one.
#include <algorithm>
#include <set>
#include <sstream>

#include "test/unit/search/indexed.h"

namespace comity::community::search::test {
namespace {

constexpr std::array<std::string_view, 12> kVocabulary{"alpha", "alpine", "beta",   "betray", "gamma", "game",
                                                       "delta", "echo",   "echoes", "zulu",   "omega", "oar"};

struct Entry {
  EntryId id;
  Hlc hlc{};
  SpaceId space;
  std::string who;
  ContentType type = ContentType::kPost;
  std::string title;
  std::string text;
  std::vector<std::string> tags;
  bool gone = false;
};

/// One thing of a query, as the twin understands it.
struct Asked {
  std::vector<std::string> words;
  bool prefix = false;
  bool excluded = false;
};

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;)
    out.push_back(word);
  return out;
}

bool holds(const std::string& text, const Asked& asked) {
  const auto words = split(text);
  for (std::size_t i = 0; i + asked.words.size() <= words.size(); ++i) {
    bool fits = true;
    for (std::size_t j = 0; j < asked.words.size() && fits; ++j) {
      const bool open = asked.prefix && j + 1 == asked.words.size();
      fits = open ? words[i + j].starts_with(asked.words[j]) : words[i + j] == asked.words[j];
    }
    if (fits) return true;
  }
  return false;
}

class Twin {
 public:
  explicit Twin(std::uint64_t seed) : random_(seed), world_(seed) {
    for (const char* const name : {"ann", "bob", "cid"})
      people_[name] = health_.person(name, name[0] == 'a' ? "unit" : "");
    for (const char* const slug : {"one", "two", "three"})
      spaces_.push_back(health_.create({.slug = slug, .title = slug, .kind = v1::SPACE_KIND_INSIDE}).value());
  }

  void act() {
    health_.peer.node.now += std::chrono::milliseconds(1 + random_.below(3));
    const std::uint64_t what = random_.below(100);
    if (what < 60 || entries_.empty()) {
      post();
    } else if (what < 80) {
      reply();
    } else if (what < 90) {
      withdraw();
    } else if (what < 97) {
      change_readers();
    } else {
      index_.follow();
      if (random_.chance(50)) index_.tidy();
    }
  }

  void compare() {
    index_.follow();
    const Reader reader = some_reader();
    std::vector<Asked> asked;
    SearchQuery query;
    const std::size_t count = random_.below(4);
    bool positive = false;
    for (std::size_t i = 0; i < count; ++i) {
      Asked one;
      const bool phrase = random_.chance(25);
      one.excluded = positive && random_.chance(25);
      for (std::uint64_t n = phrase ? 1 + random_.below(2) : 0; n != ~std::uint64_t{0}; --n)
        one.words.push_back(word());
      one.prefix = !phrase && random_.chance(30);
      if (one.prefix) one.words[0] = one.words[0].substr(0, 1 + random_.below(4));
      query.text += std::string(query.text.empty() ? "" : " ") + (one.excluded ? "-" : "");
      if (phrase) query.text += '"';
      for (std::size_t w = 0; w < one.words.size(); ++w)
        query.text += (w == 0 ? "" : " ") + one.words[w];
      if (phrase) query.text += '"';
      if (one.prefix) query.text += '*';
      positive = positive || !one.excluded;
      asked.push_back(std::move(one));
    }
    if (random_.chance(30)) query.space = spaces_[random_.below(spaces_.size())];
    if (random_.chance(20)) query.type = random_.chance(50) ? ContentType::kPost : ContentType::kReply;
    if (random_.chance(20)) query.tags = {word()};
    std::string author;
    if (random_.chance(20)) {
      author = some_name();
      query.author = Person{health_.self(), people_[author].id};
    }
    if (random_.chance(20)) query.since = feed::hlc_time(entries_[random_.below(entries_.size())].hlc);
    if (random_.chance(20)) query.until = feed::hlc_time(entries_[random_.below(entries_.size())].hlc);
    query.limit = 1 + random_.below(7);
    query.facets = true;

    std::vector<const Entry*> expected;
    for (const Entry& entry : entries_) {
      if (fits(entry, query, author, asked, reader)) expected.push_back(&entry);
    }
    std::sort(expected.begin(), expected.end(),
              [](const Entry* a, const Entry* b) { return a->hlc > b->hlc; });
    std::vector<std::string> ids;
    std::map<std::string, std::uint64_t> tags;
    for (const Entry* const entry : expected) {
      ids.push_back(id_text(entry->id));
      for (const std::string& tag : entry->tags)
        ++tags[tag];
    }
    CAPTURE(query.text);
    ask(query, reader, ids, tags);
  }

  std::size_t found = 0;

 private:
  void ask(SearchQuery query, const Reader& reader, const std::vector<std::string>& ids,
           const std::map<std::string, std::uint64_t>& tags) {
    const bool entered =
        !query.space || health_.read(reader, [&](PostReader& at) { return at.enter(*query.space).ok(); });
    const bool narrow =
        query.space || query.type || query.author || !query.tags.empty() || query.since || query.until;
    const auto first = index_.page(query, reader);
    if (!entered) {
      CHECK(first.error().code == Code::kSpaceUnknown);
      return;
    }
    if (query.text.empty() && !narrow) {
      CHECK(first.error().code == Code::kQueryRule);
      return;
    }
    REQUIRE_MESSAGE(first.ok(), (first.ok() ? std::string() : proto::to_string(first.error())));
    CHECK(first->facets->counted == ids.size());
    CHECK(first->facets->tag == tags);
    CHECK(first->facets->all);
    query.facets = false;
    std::vector<std::string> got;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto page = index_.page(query, reader).value();
      for (const SearchRow& row : page.rows)
        got.push_back(row.post.id);
      if (page.next.empty()) break;
      query.after = page.next;
    }
    CHECK(got == ids);
    query.after.clear();
    query.sort = Sort::kRelevance;
    std::set<std::string> weighed;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto page = index_.page(query, reader).value();
      for (const SearchRow& row : page.rows)
        CHECK(weighed.insert(row.post.id).second);
      if (page.next.empty()) break;
      query.after = page.next;
    }
    CHECK(weighed == std::set<std::string>(ids.begin(), ids.end()));
    found += ids.size();
  }

  bool fits(const Entry& entry, const SearchQuery& query, const std::string& author,
            const std::vector<Asked>& asked, const Reader& reader) {
    if (entry.gone || !health_.show(entry.id, reader).ok()) return false;
    if (query.space && entry.space != *query.space) return false;
    if (query.type && entry.type != *query.type) return false;
    if (!author.empty() && entry.who != author) return false;
    const WallTime time = feed::hlc_time(entry.hlc);
    if (query.since && time < *query.since) return false;
    if (query.until && time >= *query.until) return false;
    for (const std::string& tag : query.tags) {
      if (std::find(entry.tags.begin(), entry.tags.end(), tag) == entry.tags.end()) return false;
    }
    return std::all_of(asked.begin(), asked.end(), [&](const Asked& one) {
      bool there = holds(entry.title, one) || holds(entry.text, one);
      if (!entry.tags.empty()) {
        std::string tags;
        for (const std::string& tag : entry.tags)
          tags += tag + " ";
        there = there || holds(tags, one);
      }
      return there != one.excluded;
    });
  }

  std::string word() { return std::string(kVocabulary.at(random_.below(kVocabulary.size()))); }
  std::string text() {
    std::string out = word();
    for (std::uint64_t n = random_.below(6); n > 0; --n)
      out += " " + word();
    return out;
  }
  std::string some_name() {
    auto at = people_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(people_.size())));
    return at->first;
  }
  Reader some_reader() {
    const std::uint64_t who = random_.below(5);
    if (who == 0) return Agency::op();
    if (who == 1) return {};
    return health_.as(some_name());
  }
  void post() {
    Entry entry{
        .space = spaces_[random_.below(spaces_.size())], .who = some_name(), .title = text(), .text = text()};
    if (random_.chance(40)) entry.tags.push_back(word());
    const auto done = health_.post({.author = entry.who,
                                    .space = entry.space,
                                    .title = entry.title,
                                    .text = entry.text,
                                    .tags = entry.tags});
    keep(done, std::move(entry));
  }
  void reply() {
    const Entry& parent = entries_[random_.below(entries_.size())];
    Entry entry{.space = parent.space, .who = some_name(), .type = ContentType::kReply, .text = text()};
    keep(health_.reply({.author = entry.who, .parent = parent.id, .text = entry.text}), std::move(entry));
  }
  // Refused: the author may not read the space, or what is answered is withdrawn.
  void keep(const Result<feed::Appended>& done, Entry entry) {
    if (!done.ok()) return;
    entry.id = done->id;
    entry.hlc = done->hlc;
    entries_.push_back(std::move(entry));
  }
  void withdraw() {
    Entry& entry = entries_[random_.below(entries_.size())];
    if (health_.withdraw({.author = entry.who, .entry = entry.id}).ok()) entry.gone = true;
  }
  void change_readers() {
    const SpaceId space = spaces_[random_.below(spaces_.size())];
    ReaderName who;
    if (random_.chance(40)) {
      who.unit = "unit";
    } else {
      who.user = people_[some_name()].id;
    }
    const std::uint64_t what = random_.below(3);
    (void)health_.finish([&](Done done) {
      if (what == 0) return health_.spaces->open_readers(space, std::move(done));
      if (what == 1) return health_.spaces->add_reader(space, who, std::move(done));
      return health_.spaces->remove_reader(space, who, std::move(done));
    });
  }

  comity::test::SeededRandom random_;
  World world_;
  Agency& health_ = world_.add("health");
  std::map<std::string, PersonRow> people_{};
  std::vector<SpaceId> spaces_{};
  std::vector<Entry> entries_{};
  Indexed index_{health_, {}, 40};
};

}  // namespace

TEST_CASE("searches agree with a twin that reads everything") {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    Twin twin(seed * 1000);
    for (int round = 0; round < 30; ++round) {
      for (int i = 0; i < 6; ++i)
        twin.act();
      for (int i = 0; i < 4; ++i)
        twin.compare();
    }
    found += twin.found;
  }
  // The cases are about something.
  CHECK(found > 2000);
}

}  // namespace comity::community::search::test
