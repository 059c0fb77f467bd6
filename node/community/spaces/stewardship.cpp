// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <set>

#include "node/community/spaces/guarded.h"
#include "node/community/spaces/spaces.h"
#include "node/community/spaces/turns.h"
#include "node/community/text.h"
#include "node/feed/pack.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

Status check_kind(const NewSpace& what) {
  const auto wrong = [](std::string_view text) { return Error{Code::kSpaceKindRule, std::string(text)}; };
  switch (what.kind) {
    case v1::SPACE_KIND_INSIDE:
      if (!what.members.empty()) return wrong("an inside space has no members but this agency");
      if (!what.relays.empty()) return wrong("an inside space is carried by nobody");
      if (!what.people.empty()) return wrong("only a circle is made of people");
      return {};
    case v1::SPACE_KIND_SHARED:
      if (!what.people.empty()) return wrong("only a circle is made of people");
      return {};
    case v1::SPACE_KIND_CIRCLE:
      if (what.people.empty()) return wrong("a circle is made of people");
      if (!what.members.empty()) return wrong("the members of a circle are the agencies of its people");
      if (what.people.size() > Spaces::kMostInCircle) return wrong("a circle has at most 128 people");
      return {};
    case v1::SPACE_KIND_DIRECTORY:
      if (!what.people.empty()) return wrong("only a circle is made of people");
      return {};
    default:
      return wrong("it is inside, shared or circle");
  }
}

v1::MemberRole role_in(v1::SpaceKind kind) {
  return kind == v1::SPACE_KIND_DIRECTORY ? v1::MEMBER_ROLE_READER : v1::MEMBER_ROLE_WRITER;
}

}  // namespace

Label Spaces::default_ceiling(const NewSpace& what) const {
  Label ceiling{.tlp = v1::TLP_AMBER_STRICT};
  if (what.kind == v1::SPACE_KIND_INSIDE) return ceiling;
  if (what.kind == v1::SPACE_KIND_DIRECTORY) return {.tlp = v1::TLP_AMBER};
  // Whatever is written in a circle names its readers, which is what RED means.
  if (what.kind == v1::SPACE_KIND_CIRCLE) ceiling.tlp = v1::TLP_RED;
  const auto peers = setup_.standings(SpaceId(), what.slug);
  std::vector<AgencyId> wanted = what.members;
  for (const Person& person : what.people)
    wanted.push_back(person.agency);
  bool any = false;
  for (const policy::PeerStanding& peer : peers) {
    const bool counts =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), peer.agency) != wanted.end();
    if (!counts || !peer.active || !peer.may_send) continue;
    any = true;
    ceiling.tlp = std::min(ceiling.tlp, peer.ceiling.tlp);
  }
  if (!any && wanted.empty()) ceiling.tlp = v1::TLP_AMBER;
  return ceiling;
}

Result<std::pair<v1::SpaceManifest, v1::SpaceCard>> Spaces::plan(const NewSpace& what) const {
  if (!is_slug(what.slug)) return Error{Code::kSlugRule, {}};
  COMITY_CHECK(check_kind(what));
  v1::SpaceCard card;
  card.set_slug(what.slug);
  card.set_title(what.title.empty() ? what.slug : what.title);
  card.set_description(with_line_feeds(what.description));
  COMITY_CHECK(check_card_texts(card));
  const std::set<Person> people(what.people.begin(), what.people.end());
  for (const Person& person : people) {
    v1::UserRef* ref = card.add_people();
    ref->set_agency(field(person.agency.view()));
    ref->set_user(field(person.user.view()));
  }
  if (what.kind == v1::SPACE_KIND_DIRECTORY && own_directory())
    return Error{Code::kSpaceKindRule, "an agency has one directory, and this one has it already"};
  for (const auto& [id, space] : spaces_) {
    if (space.steward() == setup_.self && space.slug() == what.slug)
      return Error{Code::kSlugTaken, what.slug};
  }
  if (creating_.contains(what.slug)) return Error{Code::kSlugTaken, what.slug};

  v1::SpaceGenesis genesis;
  genesis.set_v(1);
  genesis.set_steward(field(setup_.self.view()));
  genesis.set_kind(what.kind);
  genesis.set_nonce(field(setup_.random.next<proto::Sha256Digest>().view()));
  genesis.set_created(millis(setup_.now()));
  v1::SpaceManifest manifest;
  manifest.set_genesis(field(proto::encode(genesis)));
  manifest.set_term(1);
  put_member(manifest, setup_.self, v1::MEMBER_ROLE_MODERATOR);
  for (const AgencyId& agency : what.members) {
    if (agency != setup_.self) put_member(manifest, agency, role_in(what.kind));
  }
  for (const Person& person : what.people) {
    if (person.agency != setup_.self) put_member(manifest, person.agency, v1::MEMBER_ROLE_WRITER);
  }
  for (const AgencyId& agency : what.relays) {
    if (agency == setup_.self || find_member(manifest, agency) != nullptr)
      return Error{Code::kMemberThere, "a member needs no relay of its own name"};
    put_relay(manifest, agency);
  }
  const Label ceiling = what.ceiling ? *what.ceiling : default_ceiling(what);
  *manifest.mutable_ceiling() = policy::to_message(ceiling);
  manifest.set_history(what.history);
  if (what.history == v1::HISTORY_RULE_SINCE)
    manifest.set_history_since(std::max<std::uint64_t>(1, millis(what.history_since)));
  return std::pair(std::move(manifest), std::move(card));
}

Status Spaces::reaches(const NewSpace& circle) const {
  COMITY_CHECK(check_kind(circle));
  policy::SpaceRules rules{.kind = circle.kind};
  rules.ceiling = circle.ceiling ? *circle.ceiling : default_ceiling(circle);
  for (const Person& person : circle.people)
    rules.members.push_back(person.agency);
  std::sort(rules.members.begin(), rules.members.end());
  rules.members.erase(std::unique(rules.members.begin(), rules.members.end()), rules.members.end());
  const auto reach = policy::reach(setup_.self, rules, setup_.standings(SpaceId(), circle.slug));
  if (reach.not_reached.empty()) return {};
  return Error{Code::kNamesOutsideAudience, unreached_text(reach, rules.members)};
}

Result<feed::Draft> Spaces::manifest_draft(const v1::SpaceManifest& manifest,
                                           const std::optional<v1::SpaceCard>& card) const {
  v1::SpaceManifest message = manifest;
  message.set_revision(manifest.revision() + 1);
  message.clear_sealed_card();
  COMITY_TRY(const auto bytes, proto::encode_checked(message));
  COMITY_CHECK(read_manifest(bytes));
  if (!card) return feed::clear_draft(v1::KIND_SPACE_MANIFEST, bytes, {});
  COMITY_TRY(const auto card_bytes, proto::encode_checked(*card));
  COMITY_TRY(auto packed, feed::pack(card_bytes));
  return feed::half_clear_draft(v1::KIND_SPACE_MANIFEST, std::move(packed),
                                [message](const Bytes& sealed) {
                                  v1::SpaceManifest whole = message;
                                  whole.set_sealed_card(field(sealed));
                                  return proto::encode(whole);
                                },
                                {});
}

void Spaces::create(const NewSpace& what, std::function<void(Result<SpaceId>)> done) {
  auto planned = plan(what);
  if (!planned.ok()) return done(planned.error());
  const SpaceId id = space_id(proto::as_bytes(planned->first.genesis()));
  auto draft = manifest_draft(planned->first, planned->second);
  auto ceiling = policy::label_from(planned->first.ceiling());
  if (!draft.ok()) return done(draft.error());
  if (!ceiling.ok()) return done(ceiling.error());
  const bool inside = what.kind == v1::SPACE_KIND_INSIDE;
  const auto feed = setup_.writer.open({.space = id, .inside = inside, .ceiling = *ceiling}, {});
  if (!feed.ok()) return done(feed.error());

  creating_.insert(what.slug);
  const Membership membership{.standing = Standing::kJoined, .since = setup_.now(), .feed = *feed};
  draft->join = [id, membership](storage::Batch& rows, const feed::Appended&) {
    put_membership(rows, id, membership);
  };
  const auto stored = [this, id, slug = what.slug,
                       done = std::move(done)](const Result<feed::Appended>& result) {
    creating_.erase(slug);
    if (!result.ok()) return done(result.error());
    const auto view = setup_.store.snapshot();
    const Status loaded = view.ok() ? reload(**view, id) : Status(view.error());
    if (!loaded.ok()) return done(loaded.error());
    places_[result->feed] = {id, setup_.self};
    reconcile(id, [id, done](const Status& status) {
      if (status.ok()) return done(id);
      done(status.error());
    });
  };
  draft->done = guarded(self_, stored);
  setup_.writer.append(*feed, *std::move(draft));
}

void Spaces::publish(const SpaceId& id, const v1::SpaceManifest& manifest,
                     const std::optional<v1::SpaceCard>& card, Done done) {
  auto draft = manifest_draft(manifest, card);
  if (!draft.ok()) return answer(done, draft.error());
  const auto stored = [this, id, done = std::move(done)](const Result<feed::Appended>& result) {
    if (!result.ok()) return answer(done, result.error());
    const auto view = setup_.store.snapshot();
    answer(done, view.ok() ? reload(**view, id) : Status(view.error()));
  };
  draft->done = guarded(self_, stored);
  setup_.writer.append(spaces_.at(id).membership.feed, *std::move(draft));
}

Result<Space*> Spaces::stewarded(const SpaceId& id) {
  COMITY_TRY(Space* const space, joined(id));
  if (space->steward() != setup_.self) return Error{Code::kNotSteward, {}};
  return space;
}

void Spaces::republish(const SpaceId& id, const v1::SpaceManifest& manifest, Done done) {
  // Nothing else is made from the manifest that is in force until this one is.
  work_[id].busy = true;
  publish(id, manifest, spaces_.at(id).card, [this, id, done = std::move(done)](const Status& status) {
    if (!status.ok()) {
      answer(done, status);
      return settle(id, {});
    }
    work_.at(id).busy = false;
    reconcile(
        id, done ? done : [](const Status&) {});
  });
}

void Spaces::add_member(const SpaceId& id, const AgencyId& agency, v1::MemberRole role, Done done) {
  in_turn(work_, id, done, [this, id, agency, role, done] {
    const auto space = stewarded(id);
    if (!space.ok()) return answer(done, space.error());
    if ((*space)->kind() != v1::SPACE_KIND_SHARED)
      return answer(done, Error{Code::kSpaceKindRule, "only a shared space takes members"});
    if ((*space)->lists(agency)) return answer(done, Error{Code::kMemberThere, {}});
    v1::SpaceManifest manifest = (*space)->manifest.message;
    put_member(manifest, agency, role);
    republish(id, manifest, done);
  });
}

void Spaces::add_relay(const SpaceId& id, const AgencyId& agency, Done done) {
  in_turn(work_, id, done, [this, id, agency, done] {
    const auto space = stewarded(id);
    if (!space.ok()) return answer(done, space.error());
    if ((*space)->inside())
      return answer(done, Error{Code::kSpaceKindRule, "an inside space is carried by nobody"});
    v1::SpaceManifest manifest = (*space)->manifest.message;
    if ((*space)->lists(agency) || !put_relay(manifest, agency))
      return answer(done, Error{Code::kMemberThere, {}});
    republish(id, manifest, done);
  });
}

void Spaces::set_directory_members(const SpaceId& id, std::vector<AgencyId> members, Done done) {
  in_turn(work_, id, done, [this, id, members = std::move(members), done] {
    const auto space = stewarded(id);
    if (!space.ok()) return answer(done, space.error());
    if (!(*space)->directory()) return answer(done, Error{Code::kSpaceKindRule, "it is no directory"});
    v1::SpaceManifest manifest = (*space)->manifest.message;
    manifest.clear_member();
    put_member(manifest, setup_.self, v1::MEMBER_ROLE_MODERATOR);
    for (const AgencyId& agency : members) {
      if (agency != setup_.self) put_member(manifest, agency, v1::MEMBER_ROLE_READER);
    }
    republish(id, manifest, done);
  });
}

void Spaces::remove_member(const SpaceId& id, const AgencyId& agency, Done done) {
  in_turn(work_, id, done, [this, id, agency, done] {
    const auto space = stewarded(id);
    if (!space.ok()) return answer(done, space.error());
    if (agency == setup_.self) return answer(done, Error{Code::kSpaceKindRule, "its steward stays in it"});
    v1::SpaceManifest manifest = (*space)->manifest.message;
    const bool was_relay = erase_relay(manifest, agency);
    if (!erase_member(manifest, agency) && !was_relay) return answer(done, Error{Code::kNotMember, {}});
    republish(id, manifest, done);
  });
}

}  // namespace comity::community
