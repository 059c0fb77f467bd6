// SPDX-License-Identifier: EUPL-1.2
// What our own feed in a space must look like, given manifest, peers and readers, and the entries that make
// it so. Each step is computed from what is stored, so that a stop in between is made good by the next run.
#include <algorithm>

#include "node/community/people/people.h"
#include "node/community/spaces/guarded.h"
#include "node/community/spaces/history.h"
#include "node/community/spaces/spaces.h"
#include "node/community/tables.h"
#include "node/feed/feed_state.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

Result<std::uint32_t> count_readers(const storage::View& view, const AgencyId& self,
                                    const policy::SpaceReaders& readers) {
  if (readers.rule == v1::READER_RULE_OPEN && !readers.people) return count_staff(view);
  std::uint32_t count = 0;
  std::string after;
  for (bool more = true; more;) {
    COMITY_TRY(const auto page, list_people(view, after, 500));
    for (const PersonRow& person : page.people)
      count += !person.disabled && policy::admits(readers, reader_of(self, person)) ? 1 : 0;
    more = page.more && !page.people.empty();
    if (more) after = page.people.back().handle;
  }
  return count;
}

const v1::AudienceMember* find_reader(const v1::Audience& audience, const AgencyId& agency) {
  for (const v1::AudienceMember& member : audience.member()) {
    if (proto::equal(proto::as_bytes(member.agency()), agency.view())) return &member;
  }
  return nullptr;
}

bool same_people(const v1::Audience& a, const v1::Audience& b) {
  const auto same_agency = [](const v1::AudienceMember& x, const v1::AudienceMember& y) {
    return x.agency() == y.agency();
  };
  return a.readers() == b.readers() &&
         std::equal(a.member().begin(), a.member().end(), b.member().begin(), b.member().end(),
                    same_agency) &&
         std::equal(a.relay().begin(), a.relay().end(), b.relay().begin(), b.relay().end());
}

}  // namespace

void Spaces::reconcile(const SpaceId& space, Done done) {
  Work& work = work_[space];
  if (done) work.waiting.push_back(std::move(done));
  if (work.busy) {
    work.again = true;
    return;
  }
  work.busy = true;
  step(space);
}

void Spaces::settle(const SpaceId& space, const Status& status) {
  Work& work = work_[space];
  if (work.again && status.ok()) {
    work.again = false;
    step(space);
    return;
  }
  const std::vector<Done> waiting = std::move(work.waiting);
  work_.erase(space);
  for (const Done& done : waiting)
    done(status);
}

void Spaces::step(const SpaceId& id) {
  Space* space = find_mutable(id);
  const bool ours = space != nullptr && !space->inside() && !space->membership.feed.is_zero() &&
                    space->standing(setup_.self) == Standing::kJoined;
  if (!ours) return settle(id, {});
  const auto view = setup_.store.snapshot();
  if (!view.ok()) return settle(id, view.error());

  auto draft = audience_draft(**view, *space);
  if (!draft.ok()) return settle(id, draft.error());
  if (*draft) {
    // Appended at once: what the caller appends next is released to this audience.
    setup_.writer.append(space->membership.feed, **std::move(draft));
    return;
  }
  const auto publish_again = needs_manifest(**view, *space);
  if (!publish_again.ok()) return settle(id, publish_again.error());
  if (*publish_again) {
    publish(id, space->manifest.message, space->card, [this, id](const Status& status) {
      if (!status.ok()) return settle(id, status);
      step(id);
    });
    return;
  }
  const auto missing = missing_grants(**view, *space);
  if (!missing.ok()) return settle(id, missing.error());
  grant_all(id, *missing);
}

Result<std::optional<feed::Draft>> Spaces::audience_draft(const storage::View& view, Space& space) {
  const auto peers = standings(space);
  const policy::Reach reach = policy::reach(setup_.self, rules_of(space.manifest), peers);
  v1::Audience wanted;
  for (const AgencyId& agency : reach.audience) {
    v1::AudienceMember* member = wanted.add_member();
    member->set_agency(field(agency.view()));
  }
  for (const std::string& relay : space.manifest.message.relay()) {
    const auto agency = id_in<AgencyId>(relay);
    const bool carries = std::any_of(peers.begin(), peers.end(), [&](const policy::PeerStanding& peer) {
      return peer.agency == agency && peer.active && peer.may_send && peer.space_allowed;
    });
    if (carries && find_reader(wanted, agency) == nullptr) wanted.add_relay(relay);
  }
  wanted.set_readers(space.readers.rule);
  // The entries before the first AUDIENCE reach nobody; a space without anybody needs none.
  const bool nothing_yet = !space.has_audience && wanted.member_size() == 0 && wanted.relay_size() == 0;
  if (nothing_yet || (space.has_audience && same_people(wanted, space.audience)))
    return std::optional<feed::Draft>();

  wanted.set_manifest(field(space.manifest_entry.view()));
  COMITY_TRY(const std::uint32_t count, count_readers(view, setup_.self, space.readers));
  wanted.set_reader_count(count);
  const feed::FeedReader reader(view, setup_.storage_key);
  COMITY_TRY(const auto feed, feed::get_feed(view, space.membership.feed));
  std::vector<std::pair<AgencyId, KeyEpoch>> added;
  for (v1::AudienceMember& member : *wanted.mutable_member()) {
    const auto agency = id_in<AgencyId>(member.agency());
    if (const v1::AudienceMember* held = find_reader(space.audience, agency)) {
      member.set_from_seq(held->from_seq());
      continue;
    }
    COMITY_TRY(const HistoryStart start, history_start(reader, feed, space.manifest.message.history(),
                                                       from_millis(space.manifest.message.history_since())));
    member.set_from_seq(raw(start.seq));
    if (start.seq > Seq{1}) {
      // Nobody can skip over entries: who returns goes on where its chain ended, wherever that is, without
      // the keys of the time between.
      COMITY_TRY(const auto before, earlier_start(reader, feed, agency));
      if (before) member.set_from_seq(raw(std::min(*before, start.seq)));
    }
    added.emplace_back(agency, start.epoch);
  }
  std::vector<AgencyId> removed;
  for (const v1::AudienceMember& member : space.audience.member()) {
    const auto agency = id_in<AgencyId>(member.agency());
    if (find_reader(wanted, agency) == nullptr) removed.push_back(agency);
  }

  COMITY_TRY(auto body, proto::encode_checked(wanted));
  const auto done = [this, id = space.id(), wanted](const Result<feed::Appended>& result) {
    if (!result.ok()) return settle(id, result.error());
    if (Space* held = find_mutable(id)) {
      held->audience = wanted;
      held->has_audience = true;
    }
    step(id);
  };
  feed::Draft draft = feed::clear_draft(v1::KIND_AUDIENCE, std::move(body), guarded(self_, done));
  draft.join = [feed_id = space.membership.feed, added, removed](storage::Batch& rows,
                                                                 const feed::Appended&) {
    for (const auto& [agency, epoch] : added)
      put_entitled(rows, feed_id, agency, epoch);
    for (const AgencyId& agency : removed)
      erase_entitled(rows, feed_id, agency);
  };
  return std::optional<feed::Draft>(std::move(draft));
}

Result<bool> Spaces::needs_manifest(const storage::View& view, const Space& space) const {
  if (space.steward() != setup_.self || !space.card) return false;
  if (space.manifest_feed != space.membership.feed || space.manifest_epoch == KeyEpoch{0}) return true;
  for (const v1::AudienceMember& member : space.audience.member()) {
    if (Seq{member.from_seq()} > space.manifest_seq) return true;
    COMITY_TRY(const auto from, find_entitled(view, space.membership.feed, id_in<AgencyId>(member.agency())));
    if (from && *from > space.manifest_epoch) return true;
  }
  return false;
}

Result<std::map<KeyEpoch, std::vector<AgencyId>>> Spaces::missing_grants(const storage::View& view,
                                                                         const Space& space) const {
  std::map<KeyEpoch, std::vector<AgencyId>> missing;
  COMITY_TRY(const auto feed, feed::get_feed(view, space.membership.feed));
  for (const v1::AudienceMember& member : space.audience.member()) {
    const auto agency = id_in<AgencyId>(member.agency());
    COMITY_TRY(const auto from, find_entitled(view, feed.feed(), agency));
    for (KeyEpoch epoch = from.value_or(feed.epoch); epoch <= feed.epoch; epoch = KeyEpoch{raw(epoch) + 1}) {
      if (epoch == KeyEpoch{0}) continue;
      COMITY_TRY(const auto granted, view.get(kGrants.key(feed.feed(), epoch, agency)));
      if (!granted) missing[epoch].push_back(agency);
    }
  }
  return missing;
}

void Spaces::grant_all(const SpaceId& id, const std::map<KeyEpoch, std::vector<AgencyId>>& missing) {
  // Answered once all are stored, so that none is granted twice.
  auto left = std::make_shared<std::size_t>(1);
  const auto one_done = [this, id, left](const auto&) {
    if (--*left == 0) settle(id, {});
  };
  const FeedId feed = spaces_.at(id).membership.feed;
  for (const auto& [epoch, agencies] : missing) {
    ++*left;
    // An agency without a usable key is served when peers_changed() tells of one.
    const Status granted = setup_.writer.grant(feed, epoch, agencies, guarded(self_, one_done));
    if (!granted.ok()) --*left;
  }
  one_done(Status());
}

}  // namespace comity::community
