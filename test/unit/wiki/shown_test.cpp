// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/shown.h"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "test/splitmix.h"

namespace comity::community::wiki {
namespace {

EntryId id_of(std::uint64_t number) {
  Bytes out(EntryId::kSize, std::byte{0});
  const auto tail = proto::to_be(number);
  std::copy(tail.begin(), tail.end(), out.end() - std::ptrdiff_t(tail.size()));
  return EntryId::from(out).value();
}

struct Page {
  std::vector<Revision> revisions{};
  std::map<EntryId, std::string> texts{};
  std::set<EntryId> hidden{};

  void add(std::uint64_t id, std::uint64_t hlc, std::vector<std::uint64_t> parents, std::string text) {
    std::vector<EntryId> ids;
    for (const std::uint64_t parent : parents)
      ids.push_back(id_of(parent));
    revisions.push_back({id_of(id), Hlc{hlc}, std::move(ids)});
    texts[id_of(id)] = std::move(text);
  }
  [[nodiscard]] Usable usable() const {
    return [this](const EntryId& id) { return Result<bool>(!hidden.contains(id)); };
  }
  [[nodiscard]] Shown shown() const {
    return show(RevisionGraph(revisions), usable(),
                [this](const EntryId& id) {
                  REQUIRE_FALSE(hidden.contains(id));
                  return Result<std::string>(texts.at(id));
                })
        .value();
  }
};

// The slow, obvious twin of heads(): walks down from every revision anew.
std::set<EntryId> all_below(const Page& page, const EntryId& from) {
  std::set<EntryId> out;
  std::vector<EntryId> open{from};
  while (!open.empty()) {
    const EntryId id = open.back();
    open.pop_back();
    for (const Revision& revision : page.revisions) {
      if (revision.id != id) continue;
      for (const EntryId& parent : revision.parents) {
        if (page.texts.contains(parent) && out.insert(parent).second) open.push_back(parent);
      }
    }
  }
  return out;
}
std::vector<EntryId> oracle_heads(const Page& page) {
  std::vector<Revision> found;
  for (const Revision& revision : page.revisions) {
    if (page.hidden.contains(revision.id)) continue;
    const bool built_on =
        std::any_of(page.revisions.begin(), page.revisions.end(), [&](const Revision& other) {
          return !page.hidden.contains(other.id) && all_below(page, other.id).contains(revision.id);
        });
    if (!built_on) found.push_back(revision);
  }
  std::sort(found.begin(), found.end(),
            [](const Revision& a, const Revision& b) { return a.order() < b.order(); });
  std::vector<EntryId> out;
  for (const Revision& revision : found)
    out.push_back(revision.id);
  return out;
}

void shuffle(std::vector<Revision>& revisions, test::SplitMix& random) {
  for (std::size_t i = revisions.size(); i > 1; --i)
    std::swap(revisions[i - 1], revisions[random.below(i)]);
}

TEST_CASE("One head is shown as it is") {
  Page page;
  page.add(1, 1, {}, "a");
  page.add(2, 2, {1}, "b");
  CHECK(page.shown().heads == std::vector{id_of(2)});
  CHECK(plain_text(page.shown().merged) == "b");
  CHECK_FALSE(page.shown().needs_merge());
}

TEST_CASE("A revision that names all heads settles a conflict") {
  Page page;
  page.add(1, 1, {}, "a\n");
  page.add(2, 2, {1}, "b\n");
  page.add(3, 3, {1}, "c\n");
  CHECK(page.shown().needs_merge());
  page.add(4, 4, {2, 3}, "d\n");
  CHECK_FALSE(page.shown().needs_merge());
  CHECK(plain_text(page.shown().merged) == "d\n");
}

TEST_CASE("A parent that is not here is passed over, and heals when it comes") {
  Page page;
  page.add(1, 1, {}, "a\nb\nc\n");
  page.add(4, 4, {2}, "a\nb\nC\n");
  CHECK(RevisionGraph(page.revisions).missing() == std::vector{id_of(2)});
  CHECK(page.shown().heads.size() == 2);
  page.add(2, 2, {1}, "a\nb\nC\n");
  CHECK(page.shown().heads == std::vector{id_of(4)});
  CHECK(RevisionGraph(page.revisions).missing().empty());
}

TEST_CASE("Loops, oneself as a parent and the same revision twice end") {
  Page page;
  page.add(1, 1, {3}, "a\n");
  page.add(2, 2, {1}, "b\n");
  page.add(3, 3, {2, 3}, "c\n");
  page.revisions.push_back(page.revisions[1]);
  CHECK(page.shown().heads == std::vector{id_of(3)});
  CHECK(plain_text(page.shown().merged) == "c\n");
}

TEST_CASE("Withdrawing the newest revision shows what stood before; withdrawing all shows nothing") {
  Page page;
  page.add(1, 1, {}, "a\n");
  page.add(2, 2, {1}, "b\n");
  page.hidden.insert(id_of(2));
  CHECK(plain_text(page.shown().merged) == "a\n");
  page.hidden.insert(id_of(1));
  CHECK(page.shown().heads.empty());
}

TEST_CASE("Of 1,000 heads the newest eight are folded, and merging makes room for the next") {
  Page page;
  page.add(1, 1, {}, "a\n");
  for (std::uint64_t i = 2; i <= 1001; ++i)
    page.add(i, i, {1}, "text " + std::to_string(i) + "\n");
  const Shown first = page.shown();
  CHECK(first.heads.size() == kMostFolded);
  CHECK(first.left_out == 1000 - kMostFolded);
  CHECK(first.needs_merge());
  CHECK(first.heads.back() == id_of(1001));
  CHECK(first.merged.blocks.front().sides.size() == kMostFolded);
  page.add(2000, 2000, {994, 995, 996, 997, 998, 999, 1000, 1001}, "merged\n");
  CHECK(page.shown().left_out == 1000 - 7 - kMostFolded);
}

TEST_CASE("Heads agree with the oracle where revisions are hidden and parents are missing") {
  test::SplitMix random(11);
  for (int round = 0; round < 200; ++round) {
    Page page;
    const std::uint64_t count = 1 + random.below(14);
    for (std::uint64_t i = 1; i <= count; ++i) {
      std::vector<std::uint64_t> parents;
      for (std::uint64_t n = random.below(3); n > 0 && i > 1; --n)
        parents.push_back(1 + random.below(i - 1));
      if (random.one_in(6)) parents.push_back(900 + i);
      page.add(i, random.below(6), parents, "t");
      if (random.one_in(4)) page.hidden.insert(id_of(i));
    }
    REQUIRE(RevisionGraph(page.revisions).heads(page.usable()).value() == oracle_heads(page));
  }
}

// One agency's copy of a page.
struct Replica {
  Page page{};

  void edit(std::uint64_t id, std::uint64_t hlc, test::SplitMix& random) {
    const Shown now = page.shown();
    std::string text = plain_text(now.merged);
    auto lines = split_lines(text);
    std::string made;
    const std::uint64_t at = random.below(lines.size() + 1);
    for (std::size_t i = 0; i <= lines.size(); ++i) {
      const bool here = i == at;
      if (here && random.one_in(2)) made += "new " + std::to_string(id) + "\n";
      if (i == lines.size() || (here && random.one_in(4))) continue;
      if (here && random.one_in(2)) {
        made += "word " + std::to_string(random.below(5)) + " of line\n";
      } else {
        made += lines[i];
      }
    }
    Revision revision{id_of(id), Hlc{hlc}, now.heads};
    page.revisions.push_back(revision);
    page.texts[revision.id] = made;
  }
  void take(const Replica& other) {
    for (const Revision& revision : other.page.revisions) {
      if (page.texts.contains(revision.id)) continue;
      page.revisions.push_back(revision);
      page.texts[revision.id] = other.page.texts.at(revision.id);
    }
  }
};

TEST_CASE("300 edits at three replicas that are apart for a while: one page everywhere, in any order") {
  std::size_t conflicts = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    test::SplitMix random(seed);
    Replica replicas[3];
    std::string start;
    for (int line = 0; line < 20; ++line)
      start += "line " + std::to_string(line) + " of the page\n";
    replicas[0].page.add(1, 1, {}, start);
    for (auto& replica : replicas)
      replica.take(replicas[0]);
    for (std::uint64_t n = 0; n < 300; ++n) {
      replicas[random.below(3)].edit(n + 2, n + 2, random);
      if (random.one_in(40)) replicas[random.below(3)].take(replicas[random.below(3)]);
    }
    for (int twice = 0; twice < 2; ++twice) {
      for (auto& to : replicas) {
        for (const auto& from : replicas)
          to.take(from);
      }
    }
    const Shown shown = replicas[0].page.shown();
    conflicts += shown.merged.conflict() ? 1U : 0U;
    std::set<EntryId> reached(shown.heads.begin(), shown.heads.end());
    for (const EntryId& head : shown.heads)
      reached.merge(all_below(replicas[0].page, head));
    CHECK(reached.size() == 301);
    for (auto& replica : replicas) {
      CHECK(replica.page.revisions.size() == 301);
      for (int order = 0; order < 5; ++order) {
        shuffle(replica.page.revisions, random);
        const Shown other = replica.page.shown();
        REQUIRE(other.heads == shown.heads);
        REQUIRE(other.merged == shown.merged);
      }
    }
  }
  CHECK(conflicts > 0);
}

}  // namespace
}  // namespace comity::community::wiki
