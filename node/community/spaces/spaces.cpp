// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/spaces.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/community/ids.h"
#include "node/community/spaces/guarded.h"
#include "node/community/tables.h"
#include "node/feed/follow.h"
#include "node/feed/row.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

// How many older manifests are looked at for a card that can be opened.
constexpr int kCardsTried = 64;

struct ManifestPlace {
  EntryId entry;
  FeedId feed;
  Seq seq{};
  WallTime received{};
};

Result<std::vector<ManifestPlace>> newest_manifests(const storage::View& view, const SpaceId& space) {
  std::vector<ManifestPlace> out;
  Status status;
  COMITY_CHECK(view.walk(kManifests.range(space), false, [&](ByteView key, ByteView value) {
    const auto place = kManifests.parse(key);
    auto row = feed::RowReader::open(kManifests.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = feed::damaged(kManifests.info(), key, "the layout is another one");
      return false;
    }
    ManifestPlace found{.entry = std::get<3>(*place), .feed = row->id<FeedId>()};
    found.seq = Seq{row->number<std::uint64_t>()};
    found.received = from_millis(row->number<std::uint64_t>());
    out.push_back(found);
    return out.size() < kCardsTried;
  }));
  COMITY_CHECK(status);
  return out;
}

bool is_dead(const Error& error) {
  return error.code == Code::kFeedWithheld || error.code == Code::kEntryUnknown;
}

}  // namespace

Spaces::Spaces(SpacesSetup setup) : setup_(std::move(setup)), self_(std::make_shared<Spaces*>(this)) {}

Spaces::~Spaces() = default;

Result<std::unique_ptr<Spaces>> Spaces::open(SpacesSetup setup) {
  std::unique_ptr<Spaces> spaces(new Spaces(std::move(setup)));
  COMITY_CHECK(spaces->load());
  return spaces;
}

Status Spaces::load() {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  std::vector<SpaceId> ids;
  COMITY_CHECK(view->walk(kManifests.range(), false, [&](ByteView key, ByteView) {
    if (const auto place = kManifests.parse(key); place.ok()) {
      if (ids.empty() || ids.back() != std::get<0>(*place)) ids.push_back(std::get<0>(*place));
    }
    return true;
  }));
  for (const SpaceId& id : ids)
    COMITY_CHECK(reload(*view, id));
  return feed::each_feed(*view, [&](const feed::FeedState& feed) {
    places_[feed.feed()] = {feed.space, feed.agency()};
    return true;
  });
}

Status Spaces::reload(const storage::View& view, const SpaceId& id) {
  COMITY_TRY(const auto places, newest_manifests(view, id));
  const feed::FeedReader reader(view, setup_.storage_key);
  Space space;
  const auto known = spaces_.find(id);
  if (known != spaces_.end()) space.card = known->second.card;
  bool found = false;
  bool card_read = false;
  for (const ManifestPlace& place : places) {
    const auto stored = reader.header(place.feed, place.seq);
    if (!stored.ok() && !is_dead(stored.error())) return stored.error();
    if (!stored.ok() || stored->header.id != place.entry) continue;
    const auto body = reader.body(stored->header);
    if (!body.ok() && !is_dead(body.error())) return body.error();
    if (!body.ok()) continue;
    auto manifest = read_manifest(*body);
    // A new term is a deputy's, which needs the word of the others.
    if (!manifest.ok() || manifest->message.term() != 1) continue;
    if (!found) {
      found = true;
      space.manifest = *std::move(manifest);
      space.manifest_entry = place.entry;
      space.manifest_feed = place.feed;
      space.manifest_seq = place.seq;
      space.manifest_epoch = stored->header.key_epoch;
      space.manifest_received = place.received;
      card_read = read_card_of(reader, space, stored->header).ok();
    } else {
      Space older{.manifest = *std::move(manifest)};
      card_read = read_card_of(reader, older, stored->header).ok();
      if (card_read) space.card = std::move(older.card);
    }
    if (card_read || space.card) break;
  }
  if (!found) return {};
  if (known == spaces_.end() && !takes_offer(space.manifest)) {
    COMITY_TRY(const auto row, find_membership(view, id));
    if (!row) return {};
  }
  COMITY_CHECK(load_own(view, space));
  // Until its card is known, nobody is known to belong to a circle.
  if (space.circle()) space.readers.people = space.people();
  const bool writes = space.membership.standing == Standing::kJoined && !space.membership.feed.is_zero();
  if (known != spaces_.end() && writes && known->second.manifest.ceiling != space.manifest.ceiling)
    COMITY_CHECK(setup_.writer.set_ceiling(space.membership.feed, space.manifest.ceiling));
  const bool same_door = known != spaces_.end() && known->second.manifest_entry == space.manifest_entry &&
                         known->second.membership.standing == space.membership.standing &&
                         known->second.slug() == space.slug();
  spaces_[id] = std::move(space);
  sights_.reset();
  if (!same_door && setup_.door_changed) setup_.door_changed();
  return {};
}

Status Spaces::read_card_of(const feed::FeedReader& reader, Space& space, const feed::Header& header) const {
  const std::string& sealed = space.manifest.message.sealed_card();
  if (sealed.empty()) return Error{Code::kFeedNotContent, "a manifest without a card"};
  COMITY_TRY(const auto bytes, reader.open_sealed(header, proto::as_bytes(sealed)));
  COMITY_TRY(auto card, read_card(bytes));
  space.card = std::move(card);
  return {};
}

Status Spaces::load_own(const storage::View& view, Space& space) const {
  COMITY_TRY(const auto membership, find_membership(view, space.id()));
  if (!membership) return {};
  space.membership = *membership;
  COMITY_TRY(space.readers, read_readers(view, space.id(), membership->readers));
  if (membership->feed.is_zero()) return {};
  COMITY_TRY(const auto feed, feed::get_feed(view, membership->feed));
  COMITY_TRY(space.audience, feed::FeedReader(view, setup_.storage_key).audience(feed));
  space.has_audience = feed.end.audience_seq != Seq{0};
  return {};
}

bool Spaces::takes_offer(const Manifest& manifest) const {
  if (manifest.steward == setup_.self) return true;
  if (find_member(manifest.message, setup_.self) == nullptr) return false;
  const auto offered = std::count_if(spaces_.begin(), spaces_.end(), [&](const auto& item) {
    return item.second.steward() == manifest.steward && item.second.membership.standing == Standing::kOffered;
  });
  return static_cast<std::size_t>(offered) < kMostOffered;
}

const Space* Spaces::find(const SpaceId& space) const {
  const auto at = spaces_.find(space);
  return at == spaces_.end() ? nullptr : &at->second;
}

Space* Spaces::find_mutable(const SpaceId& space) {
  const auto at = spaces_.find(space);
  return at == spaces_.end() ? nullptr : &at->second;
}

Result<SpaceId> Spaces::resolve(std::string_view name) const {
  return resolve(name, {.kind = Reader::Kind::kOperator});
}

Result<SpaceId> Spaces::resolve(std::string_view name, const Reader& reader) const {
  // The operator keeps the node in order, circles among it, and reads none of what they hold.
  const auto hidden = [&](const Space& space) {
    return reader.kind != Reader::Kind::kOperator && space.circle() && !policy::admits(space.readers, reader);
  };
  const std::size_t at = name.find('@');
  const std::string_view slug = name.substr(0, at);
  const std::string_view agency = at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
  std::vector<const Space*> found;
  std::vector<const Space*> offered;
  for (const auto& [id, space] : spaces_) {
    if (!space.card || space.slug() != slug || hidden(space)) continue;
    if (!agency.empty() && setup_.agency_name(space.steward()) != agency) continue;
    (space.membership.standing == Standing::kOffered ? offered : found).push_back(&space);
  }
  if (found.empty()) found = offered;
  if (found.size() == 1) return found.front()->id();
  if (found.size() > 1) return Error{Code::kSlugAmbiguous, std::string(slug)};
  const auto id = parse_space_id(name);
  if (id.ok() && find(*id) != nullptr && !hidden(*find(*id))) return *id;
  return Error{Code::kSpaceUnknown, {}};
}

std::optional<SpaceId> Spaces::circle_of(std::span<const Person> people) const {
  for (const auto& [id, space] : spaces_) {
    if (!space.readers.people || space.standing(setup_.self) != Standing::kJoined) continue;
    const auto& held = *space.readers.people;
    const bool same = std::equal(held.begin(), held.end(), people.begin(), people.end());
    if (same && !space.manifest.message.closed()) return id;
  }
  return std::nullopt;
}

std::optional<SpaceId> Spaces::own_directory() const {
  for (const auto& [id, space] : spaces_) {
    if (space.directory() && space.steward() == setup_.self) return id;
  }
  return std::nullopt;
}

bool Spaces::has_directory_of(const AgencyId& steward) const {
  return std::any_of(spaces_.begin(), spaces_.end(), [&](const auto& item) {
    const Space& space = item.second;
    return space.directory() && space.steward() == steward && space.membership.standing == Standing::kJoined;
  });
}

std::vector<const Space*> Spaces::list() const {
  std::vector<const Space*> out;
  for (const auto& [id, space] : spaces_)
    out.push_back(&space);
  std::stable_sort(out.begin(), out.end(),
                   [](const Space* a, const Space* b) { return a->slug() < b->slug(); });
  return out;
}

std::shared_ptr<const Sights> Spaces::sights() {
  if (sights_) return sights_;
  auto out = std::make_shared<Sights>();
  out->self = setup_.self;
  const auto note = [&](const AgencyId& agency) {
    const auto [at, added] = out->agencies.try_emplace(agency);
    if (added) at->second = {setup_.agency_name(agency), agency != setup_.self && setup_.hidden(agency)};
  };
  note(setup_.self);
  for (const auto& [feed, place] : places_)
    note(place.agency);
  for (const auto& [id, space] : spaces_) {
    SpaceSight sight{.id = id,
                     .slug = space.slug(),
                     .title = space.title(),
                     .kind = space.kind(),
                     .steward = space.steward(),
                     .created = from_millis(space.manifest.genesis.created()),
                     .open = space.membership.standing != Standing::kOffered,
                     .readers = space.readers};
    if (space.directory() && sight.open) out->note_directory(sight);
    for (const v1::Member& member : space.manifest.message.member()) {
      const auto agency = id_in<AgencyId>(member.agency());
      note(agency);
      if (member.role() == v1::MEMBER_ROLE_MODERATOR || agency == space.steward())
        sight.moderators.push_back(agency);
    }
    for (const std::string& relay : space.manifest.message.relay())
      note(id_in<AgencyId>(relay));
    out->spaces.emplace(id, std::move(sight));
  }
  sights_ = std::move(out);
  return sights_;
}

std::vector<policy::PeerStanding> Spaces::standings(const Space& space) const {
  if (space.inside()) return {};
  return setup_.standings(space.id(), space.slug());
}

Result<std::vector<MemberView>> Spaces::members(
    const storage::View& view, const SpaceId& id,
    const std::function<std::optional<std::uint64_t>(const SpaceId&, const AgencyId&)>& total) const {
  const Space* space = find(id);
  if (space == nullptr) return Error{Code::kSpaceUnknown, {}};
  const policy::Reach reach = policy::reach(setup_.self, rules_of(space->manifest), standings(*space));
  std::vector<MemberView> out;
  for (const v1::Member& member : space->manifest.message.member()) {
    MemberView row{.agency = id_in<AgencyId>(member.agency()), .role = member.role()};
    row.name = setup_.agency_name(row.agency);
    // No peer of ours, and nothing by its hand has come yet.
    if (row.name.empty()) row.name = short_text(row.agency);
    row.self = row.agency == setup_.self;
    row.reached = std::binary_search(reach.audience.begin(), reach.audience.end(), row.agency);
    for (const policy::Unreached& unreached : reach.not_reached) {
      if (unreached.agency == row.agency) row.why = unreached.why;
    }
    if (row.self) {
      for (const policy::Unreached& unreached : reach.not_reached)
        row.without.push_back(unreached.agency);
    } else {
      COMITY_TRY(row.without, without(view, *space, row.agency));
    }
    COMITY_TRY(const auto count, feed::space_count(view, id, row.agency));
    row.have = count.entries;
    row.total = row.self ? std::optional(row.have) : total(id, row.agency);
    out.push_back(std::move(row));
  }
  return out;
}

Result<std::vector<AgencyId>> Spaces::without(const storage::View& view, const Space& space,
                                              const AgencyId& author) const {
  // Of several incarnations the one with the newest word.
  std::optional<feed::FeedState> newest;
  for (const auto& [id, place] : places_) {
    if (place.space != space.id() || place.agency != author) continue;
    COMITY_TRY(const auto state, feed::get_feed(view, id));
    const bool speaks = !state.end.closed && state.end.audience_seq != Seq{0};
    if (speaks && (!newest || newest->end.hlc < state.end.hlc)) newest = state;
  }
  std::vector<AgencyId> out;
  if (!newest) return out;
  COMITY_TRY(const auto audience, feed::FeedReader(view, setup_.storage_key).audience(*newest));
  for (const v1::Member& member : space.manifest.message.member()) {
    const auto agency = id_in<AgencyId>(member.agency());
    const bool in =
        std::any_of(audience.member().begin(), audience.member().end(),
                    [&](const v1::AudienceMember& one) { return one.agency() == member.agency(); });
    if (!in && agency != author) out.push_back(agency);
  }
  return out;
}

std::string_view not_reached_text(policy::NotReached why) noexcept {
  switch (why) {
    case policy::NotReached::kNoAgreement:
      return "no agreement";
    case policy::NotReached::kNotActive:
      return "the agreement is not in force";
    case policy::NotReached::kDirection:
      return "the agreement lets us send nothing";
    case policy::NotReached::kSpaceNotAllowed:
      return "the agreement does not name the space";
    case policy::NotReached::kCeiling:
      return "the space admits labels that the agreement does not";
  }
  return "";
}

Result<Spaces::Place> Spaces::place_of(const storage::View& view, const FeedId& feed) {
  const auto at = places_.find(feed);
  if (at != places_.end()) return at->second;
  COMITY_TRY(const auto state, feed::get_feed(view, feed));
  sights_.reset();  // an agency may be new
  return places_.emplace(feed, Place{state.space, state.agency()}).first->second;
}

void Spaces::entries_stored(std::span<const feed::Appended> entries) {
  const auto view = setup_.store.snapshot();
  if (!view.ok()) return;
  const feed::FeedReader reader(**view, setup_.storage_key);
  std::set<SpaceId> changed;
  std::set<SpaceId> granted;
  for (const feed::Appended& entry : entries) {
    const auto place = place_of(**view, entry.feed);
    if (!place.ok() || changed.contains(place->space)) continue;
    const Space* space = find(place->space);
    const bool own = place->agency == setup_.self;
    // Only its steward's feed says anything of a space.
    const bool steward = space == nullptr || space->steward() == place->agency;
    if (!own && !steward) continue;
    const auto stored = reader.header(entry.feed, entry.seq);
    if (!stored.ok()) continue;
    const v1::Kind kind = stored->header.kind;
    if (own && kind == v1::KIND_KEY_GRANT) granted.insert(place->space);
    if (!steward) continue;
    const bool key_came = kind == v1::KIND_KEY_GRANT && space != nullptr && !space->card;
    if (kind == v1::KIND_SPACE_MANIFEST || key_came) changed.insert(place->space);
  }
  // An epoch that opened while a reader's key was on its way lacks that reader.
  for (const SpaceId& space : granted)
    reconcile(space, {});
  for (const SpaceId& space : changed) {
    // What cannot be read now is damaged; verify says so, and the space stays as it was.
    if (!reload(**view, space).ok()) continue;
    consider_joining(space);
    if (find(space) != nullptr) reconcile(space, {});
  }
}

void Spaces::consider_joining(const SpaceId& id) {
  const Space* space = find(id);
  if (space == nullptr || space->membership.standing != Standing::kOffered) return;
  if (!space->lists(setup_.self) || !setup_.auto_join()) return;
  // An agency has one directory; a second one is joined by hand if at all.
  if (space->directory() && has_directory_of(space->steward())) return;
  const auto peers = standings(*space);
  const bool active = std::any_of(peers.begin(), peers.end(), [&](const policy::PeerStanding& peer) {
    return peer.agency == space->steward() && peer.active;
  });
  if (active || space->steward() == setup_.self) join(id, {});
}

void Spaces::peers_changed() {
  sights_.reset();
  std::vector<SpaceId> ids;
  for (const auto& [id, space] : spaces_)
    ids.push_back(id);
  for (const SpaceId& id : ids) {
    consider_joining(id);
    reconcile(id, {});
  }
}

Door Spaces::door(const AgencyId& author, const SpaceId& id) const {
  const Space* space = find(id);
  if (space == nullptr) return {.allowed = true, .ceiling = {.tlp = v1::TLP_RED}};
  const bool joined = space->membership.standing == Standing::kJoined;
  const bool waiting = space->membership.standing == Standing::kOffered && author == space->steward();
  // An agency speaks for its own people only.
  const bool may_write = space->lists(author) && (!space->directory() || author == space->steward());
  const bool allowed = !space->inside() && author != setup_.self && (waiting || (joined && may_write));
  return {.allowed = allowed, .ceiling = space->manifest.ceiling};
}

void Spaces::commit(storage::Batch rows, Done done) {
  // What it brings about is queued with the writer, and nobody else knows when.
  const auto answer = guarded(self_, [this, done = std::move(done)](const Status& status) {
    if (done) done(status);
    setup_.writer.flush();
  });
  setup_.store.submit(
      std::move(rows), storage::Durability::kSynced,
      [to_owner = setup_.to_owner, answer](const Result<storage::Version>& result) {
        to_owner([answer, status = result.ok() ? Status() : Status(result.error())] { answer(status); });
      });
}

std::string Spaces::unreached_text(const policy::Reach& reach, std::span<const AgencyId> named) const {
  for (const AgencyId& agency : named) {
    const auto why = std::find_if(reach.not_reached.begin(), reach.not_reached.end(),
                                  [&](const policy::Unreached& one) { return one.agency == agency; });
    if (why != reach.not_reached.end())
      return setup_.agency_name(agency) + ": " + std::string(not_reached_text(why->why));
  }
  return {};
}

Result<policy::ReleaseDecision> Spaces::release(const SpaceId& id, const Label& label,
                                                std::span<const AgencyId> named) {
  COMITY_TRY(Space* const space, joined(id));
  const v1::Member* member = find_member(space->manifest.message, setup_.self);
  if (member == nullptr) return Error{Code::kNotMember, {}};
  if (member->role() == v1::MEMBER_ROLE_READER) return Error{Code::kNotMember, "it only reads here"};
  const auto peers = standings(*space);
  const policy::SpaceRules rules = rules_of(space->manifest);
  auto released = policy::release(setup_.self, rules, peers, label, named);
  if (!released.ok() && released.error().code == Code::kNamesOutsideAudience)
    return Error{released.error().code, unreached_text(policy::reach(setup_.self, rules, peers), named)};
  COMITY_TRY(auto decision, std::move(released));
  const auto& wanted = decision.audience();
  const auto& held = space->audience.member();
  const bool same = std::equal(wanted.begin(), wanted.end(), held.begin(), held.end(),
                               [](const AgencyId& agency, const v1::AudienceMember& one) {
                                 return proto::equal(agency.view(), proto::as_bytes(one.agency()));
                               });
  if (!same) reconcile(id, {});
  return decision;
}

}  // namespace comity::community
