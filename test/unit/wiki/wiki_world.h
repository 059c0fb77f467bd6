// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <fmt/format.h>

#include "node/community/wiki/edits.h"
#include "test/unit/community/world.h"

namespace comity::community::wiki::test {

using comity::test::SeededRandom;
using community::test::Agency;
using community::test::World;

/// Pages as one person of an agency meets them.
class Desk {
 public:
  Desk(Agency& of, std::string person) : agency(of), who(std::move(person)) {}

  template <class Ask>
  auto read(Ask ask) const {
    const auto view = agency.view();
    const auto sights = agency.spaces->sights();
    PostReader posts(*view, *sights, agency.peer.node.storage_key, agency.as(who));
    Pages pages(*view, *sights, posts);
    return ask(pages);
  }
  std::shared_ptr<const Page> page(const SpaceId& space, const std::string& address) const {
    const auto found = read([&](Pages& pages) { return pages.find(space, address); });
    REQUIRE_MESSAGE(found.ok(), (address + (found.ok() ? "" : proto::to_string(found.error()))));
    return *found;
  }
  Code missing(const SpaceId& space, const std::string& address) const {
    const auto found = read([&](Pages& pages) { return pages.find(space, address); });
    REQUIRE_FALSE(found.ok());
    return found.error().code;
  }
  Shown shown(const SpaceId& space, const std::string& address) const {
    return read([&](Pages& pages) {
      const auto page = pages.find(space, address).value();
      const auto sources = pages.sources(*page).value();
      return fold_sources(sources).value();
    });
  }
  std::string text(const SpaceId& space, const std::string& address) const {
    return plain_text(shown(space, address).merged);
  }
  std::vector<PageRow> list(const SpaceId& space, std::size_t limit = 100) const {
    std::vector<PageRow> out;
    std::string after;
    do {
      const auto page = read([&](Pages& pages) { return pages.list(space, after, limit); });
      REQUIRE(page.ok());
      out.insert(out.end(), page->pages.begin(), page->pages.end());
      after = page->next;
    } while (!after.empty());
    return out;
  }
  std::vector<RevisionView> log(const Page& page, std::size_t limit = 100) const {
    std::vector<RevisionView> out;
    std::string after;
    do {
      const auto part = read([&](Pages& pages) { return pages.log(page, after, limit); });
      REQUIRE(part.ok());
      out.insert(out.end(), part->revisions.begin(), part->revisions.end());
      after = part->next;
    } while (!after.empty());
    return out;
  }

  Result<feed::Appended> write(NewRevision what) const {
    return agency.written(
        [&](OnPosted done) { agency.posts->write(who, compose_revision(std::move(what)), std::move(done)); });
  }
  Result<feed::Appended> begin(const SpaceId& space, const std::string& path, const std::string& text) const {
    return write({.space = space, .path = path, .text = text});
  }
  /// The next revision on all heads, unless others are named.
  Result<feed::Appended> edit(const SpaceId& space, const std::string& address, const std::string& text,
                              std::vector<EntryId> base = {}) const {
    const auto at = page(space, address);
    if (base.empty()) base = at->heads;
    return write({.space = space, .page = at->ref, .path = at->path, .text = text, .base = std::move(base)});
  }
  Result<feed::Appended> stamp(NewStamp what) const {
    return agency.written(
        [&](OnPosted done) { agency.posts->write(who, compose_stamp(std::move(what)), std::move(done)); });
  }

  Agency& agency;
  std::string who;
};

/// Two agencies that share a space.
struct Two {
  World world{11};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  SpaceId space;
  Desk maria{health, "maria"};
  Desk jo{finance, "jo"};

  Two() {
    health.person("maria");
    finance.person("jo");
    world.pair(health, finance);
    space = health
                .create({.slug = "budget",
                         .title = "Budget",
                         .kind = v1::SPACE_KIND_SHARED,
                         .members = {finance.self()}})
                .value();
    world.exchange();
  }
};

}  // namespace comity::community::wiki::test
