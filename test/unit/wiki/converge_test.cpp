// SPDX-License-Identifier: EUPL-1.2
// Three agencies edit the same pages while no line is up; healed, they show the same, whatever came first.
#include <doctest/doctest.h>

#include "node/feed/reader.h"
#include "proto/decode.h"
#include "test/unit/wiki/wiki_world.h"

namespace comity::community::wiki {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kEdits = 300;
constexpr std::size_t kRounds = 6;
constexpr std::size_t kShuffles = 4;

struct Three {
  World world{23};
  std::vector<Agency*> agencies{&world.add("health"), &world.add("finance"), &world.add("justice")};
  std::vector<Desk> desks{};
  SpaceId space;

  Three() {
    for (std::size_t i = 0; i < agencies.size(); ++i) {
      agencies[i]->person("ann");
      desks.emplace_back(*agencies[i], "ann");
      for (std::size_t j = 0; j < i; ++j)
        world.pair(*agencies[i], *agencies[j]);
    }
    std::vector<AgencyId> members{agencies[1]->self(), agencies[2]->self()};
    std::sort(members.begin(), members.end());
    space =
        agencies[0]
            ->create({.slug = "budget", .title = "Budget", .kind = v1::SPACE_KIND_SHARED, .members = members})
            .value();
    world.exchange();
  }
};

std::string changed(SeededRandom& random, const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split_lines(text))
    lines.emplace_back(line);
  const std::string fresh = fmt::format("line {} [[page{}]]\n", random.below(1000), random.below(4));
  const std::size_t at = random.below(lines.size() + 1);
  if (at == lines.size() || random.chance(40)) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), fresh);
  } else if (random.chance(30) && lines.size() > 2) {
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
  } else {
    lines[at] = fresh;
  }
  std::string out;
  for (const std::string& line : lines)
    out += line;
  return out.empty() ? fresh : out;
}

/// One thing that somebody does to a page.
void one_edit(SeededRandom& random, const Desk& desk, const SpaceId& space, std::set<std::string>& written) {
  desk.agency.peer.node.now += std::chrono::milliseconds(random.below(3000));
  const auto rows = desk.list(space);
  Result<feed::Appended> done = Error{Code::kUnknown, {}};
  if (rows.size() < 3) {
    // The same paths everywhere, so that pages of one name are begun at several agencies.
    for (int number = 0; !done.ok() && number < 4; ++number)
      done = desk.begin(space, fmt::format("page{}", number), changed(random, ""));
  } else {
    const auto page = desk.page(space, rows[random.below(rows.size())].address);
    std::vector<EntryId> base = page->heads;
    if (base.size() > 1 && random.chance(60)) base = {base[random.below(base.size())]};
    if (base.size() > kMostFolded) base.resize(kMostFolded);
    NewRevision what{.space = space, .page = page->ref, .path = page->path, .base = base};
    what.text = changed(random, desk.text(space, id_text(page->heads.back())));
    if (random.chance(8)) what.path = fmt::format("moved{}", random.below(1000));
    done = desk.write(what);
    if (!done.ok() && done.error().code == Code::kPageTaken) {
      what.path = page->path;
      done = desk.write(what);
    }
  }
  REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : proto::to_string(done.error())));
  written.insert(id_text(done->id));
}

/// All that a person sees of the wiki, as one text, and the ids of all revisions in it.
std::string everything(const Desk& desk, const SpaceId& space, std::set<std::string>& seen) {
  std::string out;
  for (const PageRow& row : desk.list(space, 2)) {
    const auto page = desk.page(space, row.address);
    CHECK(page->path == row.path);
    out += fmt::format("page {} {} {} {}\n", row.id, row.path, row.address, row.title);
    const Shown shown = desk.shown(space, row.address);
    out += fmt::format("left out {}, {}\n", shown.left_out, shown.needs_merge() ? "needs merge" : "whole");
    for (const Block& block : shown.merged.blocks) {
      out += "text " + block.text + "\n";
      for (const Side& side : block.sides) {
        out += "side " + side.text;
        for (const EntryId& head : side.heads)
          out += " " + id_text(head);
        out += "\n";
      }
    }
    for (const RevisionView& view : desk.log(*page, 7)) {
      seen.insert(view.post.id);
      CHECK(view.unseen.empty());
      out += fmt::format("revision {} {} {}", view.post.id, view.post.author, view.head);
      for (const std::string& parent : view.parents)
        out += " " + parent;
      out += "\n";
    }
    const auto links = desk.read([&](Pages& pages) { return pages.backlinks(*page); });
    for (const PageRow& link : links.value())
      out += "linked from " + link.address + "\n";
  }
  return out;
}

std::vector<feed::FollowedEntry> entries_of(Agency& at) {
  std::vector<feed::FollowedEntry> out;
  const auto view = at.view();
  const feed::FeedReader reader(*view, at.peer.node.storage_key);
  REQUIRE(feed::each_feed(*view, [&](const feed::FeedState& state) {
            for (std::uint64_t seq = 1; seq <= raw(state.end.seq); ++seq) {
              auto stored = reader.header(state.feed(), Seq{seq});
              if (stored.ok()) out.push_back({*std::move(stored), state.space});
            }
            return true;
          }).ok());
  return out;
}

/// The rows of the wiki's tables that `entries` make in this order, in batches of a random length.
std::map<Bytes, Bytes> rows_of(Agency& at, const std::vector<feed::FollowedEntry>& entries,
                               SeededRandom& random) {
  std::map<Bytes, Bytes> out;
  const auto view = at.view();
  for (std::size_t from = 0; from < entries.size();) {
    const std::size_t count = std::min<std::size_t>(1 + random.below(40), entries.size() - from);
    storage::Batch batch;
    REQUIRE(at.conversations.apply(std::span(entries).subspan(from, count), *view, batch).ok());
    for (std::size_t i = 0; i < batch.op_count(); ++i) {
      const auto op = batch.op(i);
      const auto prefix = static_cast<std::uint8_t>(op.key[0]);
      if (prefix >= 0x53 && prefix <= 0x58 && op.kind == storage::OpKind::kPut)
        out[proto::to_bytes(op.key)] = proto::to_bytes(op.value);
    }
    from += count;
  }
  return out;
}

std::map<Bytes, Bytes> rows_held(Agency& at) {
  std::map<Bytes, Bytes> out;
  for (const storage::TableInfo& table : row_tables()) {
    const Bytes prefix{std::byte{table.prefix}};
    REQUIRE(at.view()
                ->walk(storage::prefix_range(prefix), false,
                       [&](ByteView key, ByteView value) {
                         out[proto::to_bytes(key)] = proto::to_bytes(value);
                         return true;
                       })
                .ok());
  }
  return out;
}

/// The slow and obvious reading: every content is opened, and everything compared with everything.
struct Twin {
  struct One {
    EntryId id;
    Hlc hlc{};
    EntryRef page;
    std::vector<EntryRef> parents{};
    std::string path{};
    std::string text{};
  };
  std::vector<One> all{};
  std::map<EntryRef, std::vector<const One*>> newest{};

  explicit Twin(Agency& at) {
    const auto view = at.view();
    const feed::FeedReader reader(*view, at.peer.node.storage_key);
    for (const feed::FollowedEntry& entry : entries_of(at)) {
      if (entry.stored.header.kind != v1::KIND_CONTENT) continue;
      const auto content = reader.content(entry.stored.header);
      if (!content.ok() || content->type() != "wiki") continue;
      const auto edit = edit_in(*content).value();
      One one{.id = entry.stored.header.id, .hlc = entry.stored.header.hlc};
      one.page = content->thread().empty() ? ref_of(one.id) : id_in<EntryRef>(content->thread());
      for (const std::string& parent : content->parent())
        one.parents.push_back(id_in<EntryRef>(parent));
      one.path = edit.path();
      one.text = edit.text();
      all.push_back(std::move(one));
    }
    for (const One& one : all)
      newest.try_emplace(one.page, heads_of(one.page));
  }
  [[nodiscard]] const std::vector<const One*>& heads(const EntryRef& page) const { return newest.at(page); }
  [[nodiscard]] std::vector<const One*> heads_of(const EntryRef& page) const {
    std::vector<const One*> out;
    for (const One& one : all) {
      const EntryRef ref = ref_of(one.id);
      const bool built_on = std::any_of(all.begin(), all.end(), [&](const One& other) {
        return std::find(other.parents.begin(), other.parents.end(), ref) != other.parents.end();
      });
      if (one.page == page && !built_on) out.push_back(&one);
    }
    std::sort(out.begin(), out.end(),
              [](const One* a, const One* b) { return std::pair(a->hlc, a->id) < std::pair(b->hlc, b->id); });
    return out;
  }
  [[nodiscard]] std::set<EntryRef> pages() const {
    std::set<EntryRef> out;
    for (const One& one : all)
      out.insert(one.page);
    return out;
  }
};

void compare(const Twin& twin, const Desk& desk, const SpaceId& space) {
  const auto rows = desk.list(space);
  CHECK(rows.size() == twin.pages().size());
  for (const PageRow& row : rows) {
    const auto page = desk.page(space, row.address);
    const auto heads = twin.heads(page->ref);
    REQUIRE(page->heads.size() == heads.size());
    for (std::size_t i = 0; i < heads.size(); ++i)
      CHECK(page->heads[i] == heads[i]->id);
    CHECK(page->path == heads.back()->path);
    if (heads.size() == 1) CHECK(desk.text(space, row.address) == heads[0]->text);
    // The path belongs to the oldest page that stands there.
    const Twin::One* oldest = nullptr;
    for (const Twin::One& one : twin.all) {
      if (twin.heads(one.page).back()->path != page->path) continue;
      if (oldest == nullptr || std::pair(one.hlc, one.id) < std::pair(oldest->hlc, oldest->id)) oldest = &one;
    }
    REQUIRE(oldest != nullptr);
    CHECK((row.address == page->path) == (oldest->page == page->ref));
  }
}

}  // namespace

TEST_CASE(
    "3 partitioned nodes, 300 random edits, heal: the same pages, every revision reachable, any order") {
  Three at;
  SeededRandom random(5);
  std::set<std::string> written;
  std::size_t conflicts = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < kEdits / kRounds; ++i)
      one_edit(random, at.desks[random.below(at.desks.size())], at.space, written);
    at.world.exchange();
    std::set<std::string> seen;
    const std::string first = everything(at.desks[0], at.space, seen);
    CHECK(seen == written);
    conflicts += first.find("needs merge") != std::string::npos ? 1 : 0;
    for (const Desk& desk : at.desks) {
      std::set<std::string> also;
      CHECK(everything(desk, at.space, also) == first);
    }
    compare(Twin(*at.agencies[round % at.agencies.size()]), at.desks[round % at.desks.size()], at.space);
  }
  CHECK(written.size() == kEdits);
  CHECK(conflicts > 0);
  MESSAGE("rounds that needed a merge: " << conflicts << " of " << kRounds);

  // What each node wrote down does not depend on what came first.
  const auto held = rows_held(*at.agencies[0]);
  CHECK(held.size() > kEdits);
  for (Agency* agency : at.agencies) {
    CHECK(rows_held(*agency) == held);
    auto entries = entries_of(*agency);
    for (std::size_t turn = 0; turn < kShuffles; ++turn) {
      for (std::size_t i = entries.size(); i > 1; --i)
        std::swap(entries[i - 1], entries[random.below(i)]);
      REQUIRE(rows_of(*agency, entries, random) == held);
    }
  }
}

TEST_CASE(
    "a revision whose parents have not come stands alone, says so, and is joined to them when they do") {
  World world(3);
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  Agency& justice = world.add("justice");
  for (Agency* agency : {&health, &finance, &justice})
    agency->person("ann");
  world.pair(health, finance);
  world.pair(health, justice);
  world.pair(finance, justice);
  std::vector<AgencyId> members{finance.self(), justice.self()};
  std::sort(members.begin(), members.end());
  const SpaceId space =
      health.create({.slug = "budget", .title = "B", .kind = v1::SPACE_KIND_SHARED, .members = members})
          .value();
  world.exchange();
  const Desk maria(health, "ann");
  const Desk jo(finance, "ann");
  const Desk ada(justice, "ann");
  const auto first = maria.begin(space, "plan", "a\n").value();
  world.deliver(health, finance);
  finance.follow();
  const auto second = jo.edit(space, "plan", "a\nb\n").value();
  const auto third = jo.edit(space, "plan", "a\nb\nc\n").value();
  world.deliver(finance, justice);
  justice.follow();
  // Finance's entries are here, those of Health are not.
  CHECK(ada.text(space, "plan") == "a\nb\nc\n");
  const auto early = ada.log(*ada.page(space, "plan"));
  REQUIRE(early.size() == 2);
  CHECK(early[0].parents == std::vector<std::string>{id_text(second.id)});
  CHECK(early[1].parents.empty());
  CHECK(early[1].unseen == std::vector<std::string>{id_text(ref_of(first.id))});
  CHECK(ada.list(space)[0].id == id_text(ref_of(first.id)));
  CHECK(ada.page(space, id_text(ref_of(first.id)))->heads == std::vector<EntryId>{third.id});
  world.exchange();
  const auto healed = ada.log(*ada.page(space, "plan"));
  REQUIRE(healed.size() == 3);
  CHECK(healed[1].unseen.empty());
  CHECK(healed[1].parents == std::vector<std::string>{id_text(first.id)});
  CHECK(ada.list(space)[0].id == id_text(first.id));
}

}  // namespace comity::community::wiki
