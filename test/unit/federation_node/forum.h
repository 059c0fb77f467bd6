// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/people/people.h"
#include "test/unit/federation_node/town.h"

namespace comity::sim::nodes {

/// A town whose agencies, paired with the first one, share a space of its.
struct Forum {
  explicit Forum(std::size_t count) : town(count) {
    for (std::size_t i = 1; i < count; ++i)
      town.pair(town.at(0), town.at(i));
    community::NewSpace what;
    what.slug = "forum";
    what.kind = v1::SPACE_KIND_SHARED;
    for (std::size_t i = 1; i < count; ++i)
      what.members.push_back(town.at(i).id());
    for (std::size_t i = 0; i < count; ++i)
      add_person(town.at(i));
    town.at(0).core()->world().spaces().create(what, [this](proto::Result<proto::SpaceId> made) {
      if (made.ok()) space = *made;
    });
    town.at(0).core()->feeds().writer().flush();
    REQUIRE(town.until([&] {
      return std::ranges::all_of(town.assembly.agencies(), [&](const auto& agency) {
        const community::Space* const known = agency->core()->world().spaces().find(space);
        return known != nullptr && known->membership.standing == community::Standing::kJoined &&
               !known->membership.feed.is_zero();
      });
    }));
  }

  static void add_person(Agency& agency) {
    const auto view = agency.store()->snapshot().value();
    auto planned =
        community::add_person(*view, {.handle = "maria"}, agency.machine().random(), agency.core()->now());
    REQUIRE(planned.ok());
    agency.core()->feeds().commit({}, std::move(planned->rows), [](const proto::Status&) {});
  }
  /// What the node answered; nothing within ten seconds: an error.
  proto::Result<feed::Appended> post(Agency& author, const std::string& text) {
    std::optional<proto::Result<feed::Appended>> answer;
    author.core()->world().posts().post({.author = "maria", .space = space, .title = text, .text = text},
                                        [&answer](const auto& result) { answer = result; });
    author.core()->feeds().writer().flush();
    for (int i = 0; i < 200 && !answer; ++i)
      town.assembly.run_for(std::chrono::milliseconds(50));
    return answer.value_or(proto::Error{proto::Code::kUnknown, "no answer"});
  }
  /// The entry at that place of a feed; zero: none.
  [[nodiscard]] static proto::EntryId at_place(Agency& holder, const feed::Appended& entry) {
    const auto view = holder.store()->snapshot().value();
    const auto stored = feed::FeedReader(*view, holder.storage_key()).header(entry.feed, entry.seq);
    return stored.ok() ? stored->header.id : proto::EntryId();
  }
  /// Whether it is held, wherever.
  [[nodiscard]] static bool holds(Agency& holder, const proto::EntryId& entry) {
    const auto view = holder.store()->snapshot().value();
    return feed::FeedReader(*view, holder.storage_key()).find(entry).ok();
  }
  [[nodiscard]] bool arrives(Agency& holder, const proto::EntryId& entry) {
    return town.until([&] { return holder.core() != nullptr && holds(holder, entry); });
  }

  Town town;
  proto::SpaceId space;
};

}  // namespace comity::sim::nodes
