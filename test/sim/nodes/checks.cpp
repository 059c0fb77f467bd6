// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/community/ids.h"
#include "node/feed/fork_proofs.h"
#include "node/feed/tables.h"
#include "node/peer/live_session.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "test/sim/nodes/mutation.h"

namespace comity::sim::nodes {
namespace {

using feed::FeedState;
using proto::Code;
using proto::raw;
using proto::Status;

std::vector<FeedState> feeds_of(storage::Store& store) {
  std::vector<FeedState> out;
  const auto view = store.snapshot();
  if (!view.ok()) return out;
  (void)feed::each_feed(**view, [&](const FeedState& state) {
    out.push_back(state);
    return true;
  });
  return out;
}

bool lists(const v1::Audience& audience, const proto::AgencyId& agency) {
  return std::ranges::any_of(audience.member(), [&](const v1::AudienceMember& member) {
    return proto::equal(proto::as_bytes(member.agency()), agency.view());
  });
}

}  // namespace

std::vector<Agency*> Checks::members_of(const Planned& planned) {
  std::vector<Agency*> out;
  const community::Space* const space = planned.steward->core()->world().spaces().find(planned.id);
  if (space == nullptr) return out;
  for (const v1::Member& member : space->manifest.message.member()) {
    const auto id = AgencyId::from(proto::as_bytes(member.agency()));
    Agency* const agency = id.ok() ? assembly_.find(*id) : nullptr;
    if (agency != nullptr) out.push_back(agency);
  }
  return out;
}

bool Checks::may_send(Agency& from, Agency& to, const Planned& planned) {
  if (!is_active(from, to.name()) || !is_active(to, from.name())) return false;
  const auto* const peer = peer_of(from, to.name());
  const community::Space* const space = planned.steward->core()->world().spaces().find(planned.id);
  if (space == nullptr || !peer->agreement || !peer->agreement->runs(from.core()->now())) return false;
  const federation::Flow* const flow = peer->agreement->sends(from.id());
  return flow != nullptr && flow->allows(planned.id, planned.slug) &&
         policy::within(space->manifest.ceiling, flow->ceiling);
}

std::string Checks::agreements_differ() {
  for (const auto& a : assembly_.agencies()) {
    for (const auto& b : assembly_.agencies()) {
      if (a == b || !honest(*a) || !honest(*b) || !script_.paired(*a, *b)) continue;
      if (!is_active(*a, b->name()))
        return fmt::format("{} does not count {} as active", a->name(), b->name());
      const auto* const here = peer_of(*a, b->name());
      const auto* const there = peer_of(*b, a->name());
      if (there == nullptr || !here->agreement || !there->agreement ||
          here->agreement->digest != there->agreement->digest) {
        const auto text = [&](const federation::Peer* peer) {
          if (peer == nullptr || !peer->agreement) return std::string("none");
          return fmt::format("number {} by {}{}, proposed {}{}", peer->agreement->serial,
                             assembly_.name_of(peer->agreement->proposer),
                             peer->agreement->signed_by_both() ? ", signed by both" : "",
                             peer->our_proposal ? "by us " : "", peer->their_proposal ? "by them" : "");
        };
        return fmt::format("{} and {} have other agreements: {}; {}", a->name(), b->name(), text(here),
                           text(there));
      }
      if (!a->core()->world().federation().traffic(b->id()).connected)
        return fmt::format("{} is not connected to {}", a->name(), b->name());
    }
  }
  return {};
}

std::string Checks::what_reached(Agency& steward, Agency& reader, const Planned& planned) {
  const community::Space* const space = steward.core()->world().spaces().find(planned.id);
  const auto here = steward.store()->snapshot();
  const auto there = reader.store()->snapshot();
  if (space == nullptr || !here.ok() || !there.ok()) return "nothing can be said";
  const auto state = feed::find_feed(**here, space->membership.feed);
  const auto held = feed::find_feed(**there, space->membership.feed);
  if (!state.ok() || !*state) return fmt::format("{} has no feed", steward.name());
  const auto audience = feed::FeedReader(**here, steward.storage_key()).audience(**state);
  return fmt::format("{} {} it in the audience, revision {}, {} entries, of which it holds {}",
                     steward.name(),
                     audience.ok() && lists(*audience, reader.id()) ? "lists" : "does not list",
                     space->manifest.message.revision(), raw((*state)->end.seq),
                     held.ok() && *held ? raw((*held)->end.seq) : 0);
}

std::string Checks::difference_in(const Planned& planned) {
  if (!honest(*planned.steward)) return {};
  const auto members = members_of(planned);
  if (members.empty())
    return fmt::format("{} does not know its space {}", planned.steward->name(), planned.slug);
  for (Agency* author : members) {
    if (!honest(*author)) continue;
    const community::Space* const known = author->core()->world().spaces().find(planned.id);
    const bool is_steward = author == planned.steward;
    const bool offered = is_steward || may_send(*planned.steward, *author, planned);
    if (offered && known == nullptr) {
      return fmt::format("{} does not know {}: {}", author->name(), planned.slug,
                         what_reached(*planned.steward, *author, planned));
    }
    if (known == nullptr) continue;
    const bool joined = known->membership.standing == community::Standing::kJoined;
    if (offered && !joined && !script_.plot().leaving)
      return fmt::format("{} has not joined {}", author->name(), planned.slug);
    if (!joined || known->membership.feed.is_zero()) continue;
    const auto view = author->store()->snapshot();
    if (!view.ok()) return proto::to_string(view.error());
    const auto state = feed::find_feed(**view, known->membership.feed);
    if (!state.ok() || !*state) return fmt::format("{} lacks its own feed", author->name());
    const auto audience = feed::FeedReader(**view, author->storage_key()).audience(**state);
    if (!audience.ok()) return proto::to_string(audience.error());
    for (Agency* reader : members) {
      if (reader == author) continue;
      const bool may = known->lists(reader->id()) && may_send(*author, *reader, planned);
      if (honest(*reader) && lists(*audience, reader->id()) != may && offered) {
        return fmt::format("the audience of {} in {} {} {}", author->name(), planned.slug,
                           may ? "lacks" : "lists", reader->name());
      }
      if (!may || !honest(*reader)) continue;
      const community::Space* const there = reader->core()->world().spaces().find(planned.id);
      if (there == nullptr || there->membership.standing != community::Standing::kJoined) continue;
      if (!there->lists(author->id())) {
        // Whoever does not hear the steward knows what it once heard.
        if (may_send(*planned.steward, *reader, planned) || reader == planned.steward)
          return fmt::format("{} does not know that {} is in {}", reader->name(), author->name(),
                             planned.slug);
        continue;
      }
      const auto their_view = reader->store()->snapshot();
      if (!their_view.ok()) return proto::to_string(their_view.error());
      const auto held = feed::find_feed(**their_view, known->membership.feed);
      const std::uint64_t head = held.ok() && *held ? raw((*held)->end.seq) : 0;
      if (head != raw((*state)->end.seq) || (*held)->end.id != (*state)->end.id) {
        return fmt::format("{} holds {} of the {} entries of {} in {}", reader->name(), head,
                           raw((*state)->end.seq), author->name(), planned.slug);
      }
    }
  }
  return {};
}

std::string Checks::difference() {
  for (const auto& agency : assembly_.agencies()) {
    if (honest(*agency) && agency->core() == nullptr) return agency->name() + " is down";
  }
  if (auto text = agreements_differ(); !text.empty()) return text;
  for (const Planned& planned : script_.spaces()) {
    if (planned.inside) continue;
    if (auto text = difference_in(planned); !text.empty()) return text;
  }
  return {};
}

std::string Checks::check_holder(Agency& holder) {
  const Unbroken here;
  const auto view = holder.store()->snapshot();
  if (!view.ok()) return proto::to_string(view.error());
  const feed::FeedReader reader(**view, holder.storage_key());
  auto& trust = holder.core()->feeds().trust();
  const std::shared_ptr<const feed::Signers> signers = trust.chains().signers();
  for (const FeedState& state : feeds_of(*holder.store())) {
    Agency* const author = assembly_.find(state.agency());
    if (author == nullptr) return holder.name() + " holds a feed of nobody";
    if (!honest(*author)) continue;
    const std::string whose = fmt::format("{} at {}", author->name(), holder.name());
    if (state.frozen) return fmt::format("a feed of {} is frozen", whose);
    const auto their_view = author->store()->snapshot();
    if (!their_view.ok()) return proto::to_string(their_view.error());
    const feed::FeedReader original(**their_view, author->storage_key());
    // From where it begins on, every place is filled once, and every run bears its signature.
    std::uint64_t first = 0;
    feed::ChainEnd end{.agency = state.agency(), .feed = state.feed()};
    for (std::uint64_t seq = 1; seq <= raw(state.end.seq);) {
      const auto page = reader.headers(state.feed(), proto::Seq{seq}, 256);
      if (!page.ok()) return whose + ": " + proto::to_string(page.error());
      if (page->empty()) return whose + ": a gap";
      std::vector<feed::WireEntry> wire;
      // History may begin later: the first page of headers tells where.
      if (first == 0) seq = first = raw(page->front().header.seq);
      for (const feed::StoredHeader& each : *page) {
        if (raw(each.header.seq) != seq) return whose + ": a gap in the middle";
        const auto there = original.header(state.feed(), each.header.seq);
        if (author->restores() == 0 && (!there.ok() || there->header.id != each.header.id))
          return fmt::format("{}: entry {} is not what the author wrote", whose, seq);
        const auto where = reader.find(each.header.id);
        if (!where.ok() || where->header.seq != each.header.seq || where->header.feed != state.feed())
          return fmt::format("{}: entry {} is not found by its id", whose, seq);
        if (seq != 1 && wire.empty()) {
          end.seq = proto::Seq{seq - 1};
          end.id = each.header.prev;
          end.audience_seq = each.header.audience_seq;
          end.audience_id = each.header.audience_id;
          end.hlc = {};
        }
        wire.push_back({.header = each.bytes, .sig = each.sig});
        ++seq;
        ++compared_.entries;
      }
      const auto runs = feed::verify_runs(end, wire, *signers);
      const bool cut_at_page =
          runs.refusal && runs.refusal->error.code == Code::kFeedRunOpen && wire.size() == 256;
      if (runs.refusal && !cut_at_page) return whose + ": " + proto::to_string(runs.refusal->error);
      if (cut_at_page) {
        seq -= wire.size() - runs.headers.size();
        compared_.entries -= wire.size() - runs.headers.size();
      }
    }
    ++compared_.feeds;
  }
  // Nobody honest ever wrote two entries at one place.
  std::string forked;
  (void)(*view)->walk(feed::kForkProofs.range(), false, [&](proto::ByteView key, proto::ByteView) {
    const auto place = feed::kForkProofs.parse(key);
    const auto state = place.ok() ? feed::find_feed(**view, std::get<0>(*place))
                                  : proto::Result<std::optional<FeedState>>(std::optional<FeedState>());
    Agency* const author = state.ok() && *state ? assembly_.find((*state)->agency()) : nullptr;
    if (author != nullptr && honest(*author))
      forked = fmt::format("{} holds a proof that {} forked its feed", holder.name(), author->name());
    return true;
  });
  return forked;
}

bool Checks::is_owed(Agency& reader, const Posted& post) {
  if (&reader == post.author || post.secret || !honest(reader)) return false;
  const auto held = reader.store()->snapshot();
  if (!held.ok()) return false;
  const auto state = feed::find_feed(**held, post.feed);
  if (!state.ok() || !*state || (*state)->end.seq < post.seq) return false;
  // Entries before its history begins are none of its business.
  const feed::FeedReader at(**held, reader.storage_key());
  for (std::uint64_t seq = raw(post.seq); seq >= 1; --seq) {
    if (at.header(post.feed, proto::Seq{seq}).ok()) return true;
  }
  return false;
}

std::string Checks::what_of_key(Agency& author, Agency& reader, const proto::FeedId& feed,
                                proto::KeyEpoch epoch) {
  std::string out;
  for (Agency* at : {&author, &reader}) {
    const auto view = at->store()->snapshot();
    if (!view.ok()) continue;
    const feed::FeedReader held(**view, at->storage_key());
    const auto headers = held.headers(feed, proto::Seq{1}, 10'000);
    if (!headers.ok()) continue;
    for (const feed::StoredHeader& each : *headers) {
      if (each.header.kind != v1::KIND_KEY_GRANT) continue;
      const auto withheld = held.withheld(feed, each.header.seq);
      const auto body = held.body(each.header);
      const auto grant = body.ok() ? proto::decode<v1::KeyGrant>(*body, proto::bounds::kSealedBodyBytes)
                                   : proto::Result<v1::KeyGrant>(body.error());
      std::string to;
      if (grant.ok() && grant->key_epoch() == raw(epoch)) {
        for (const v1::Wrap& wrap : grant->wrap()) {
          const auto agency = AgencyId::from(proto::as_bytes(wrap.to()));
          to += " " + (agency.ok() ? assembly_.name_of(*agency) : std::string("nobody"));
        }
      } else if (grant.ok()) {
        continue;
      }
      out += fmt::format("; at {} grant {} ({}) to{}", at->name(), raw(each.header.seq),
                         withheld.ok() ? static_cast<int>(withheld->why) : -1, to);
    }
  }
  return out;
}

// Where the rule of the space gives new readers nothing of the past, they have no key for what was written
// while its author's AUDIENCE did not list them.
bool Checks::is_from_before(Agency& reader, const Posted& post, const feed::Header& header) {
  const auto planned = std::ranges::find(script_.spaces(), post.space, &Planned::id);
  if (planned == script_.spaces().end() || !planned->forgets) return false;
  const auto view = reader.store()->snapshot();
  if (!view.ok()) return false;
  const feed::FeedReader at(**view, reader.storage_key());
  const auto stored = at.header(post.feed, header.audience_seq);
  const auto body = stored.ok() ? at.chain_body(stored->header) : proto::Result<proto::Bytes>(stored.error());
  // An AUDIENCE from before its history did not list it either.
  if (!body.ok()) return body.error().code == Code::kEntryUnknown;
  const auto audience = proto::decode<v1::Audience>(*body, proto::bounds::kSealedBodyBytes);
  return audience.ok() && !lists(*audience, reader.id());
}

bool Checks::is_forgotten(const Posted& post) {
  if (!post.author->forgot_after(post.restores)) return false;
  std::optional<EntryId> instead;
  for (const auto& holder : assembly_.agencies()) {
    if (!honest(*holder)) continue;
    const auto view = holder->store()->snapshot();
    if (!view.ok()) return false;
    const feed::FeedReader reader(**view, holder->storage_key());
    if (reader.find(post.id).ok()) return false;
    const auto there = reader.header(post.feed, post.seq);
    if (!there.ok()) continue;
    if (instead.value_or(there->header.id) != there->header.id) return false;
    instead = there->header.id;
  }
  return true;
}

std::string Checks::check_posts() {
  std::map<proto::FeedId, proto::Seq> last;
  for (const Posted& post : script_.posts()) {
    if (!honest(*post.author)) continue;
    const bool kept = post.author->restores() == post.restores;
    if (!kept && is_forgotten(post)) continue;
    // A feed keeps the order in which its node acknowledged.
    auto& before = last[post.feed];
    if (post.seq <= before) return fmt::format("'{}' came out of order", post.text.substr(0, 40));
    before = post.seq;
    for (const auto& holder : assembly_.agencies()) {
      const bool is_author = holder.get() == post.author;
      if (is_author ? !kept : !is_owed(*holder, post)) continue;
      const auto view = holder->store()->snapshot();
      if (!view.ok()) return proto::to_string(view.error());
      const feed::FeedReader reader(**view, holder->storage_key());
      const auto stored = reader.header(post.feed, post.seq);
      const std::string what =
          fmt::format("'{}' of {} at {}", post.text.substr(0, 40), post.author->name(), holder->name());
      if (!stored.ok()) return what + ": " + proto::to_string(stored.error());
      if (stored->header.id != post.id) return what + ": another entry stands in its place";
      ++compared_.posts;
      const auto withheld = reader.withheld(post.feed, post.seq);
      if (!withheld.ok()) return what + ": " + proto::to_string(withheld.error());
      if (withheld->why != feed::Withholding::kNone) {
        const bool label = withheld->why == feed::Withholding::kLabel;
        if (label && (script_.plot().agreements || script_.plot().suspensions)) continue;
        return fmt::format("{}: withheld, reason {}", what, static_cast<int>(withheld->why));
      }
      const auto content = reader.content(stored->header);
      if (!content.ok() && content.error().code == Code::kFeedNoKey &&
          is_from_before(*holder, post, stored->header))
        continue;
      if (!content.ok()) {
        return what + ": " + proto::to_string(content.error()) +
               what_of_key(*post.author, *holder, post.feed, stored->header.key_epoch);
      }
      const bool found = content->SerializeAsString().find(post.text) != std::string::npos;
      if (!found) return what + ": another text";
      ++compared_.texts;
    }
  }
  return {};
}

std::string Checks::broken_promise() {
  for (const auto& agency : assembly_.agencies()) {
    if (!honest(*agency)) continue;
    if (auto text = check_holder(*agency); !text.empty()) return text;
  }
  return check_posts();
}

std::string Checks::false_clone() {
  for (const auto& at : assembly_.agencies()) {
    if (!honest(*at)) continue;
    for (const auto& other : assembly_.agencies()) {
      const federation::Peer* const peer = honest(*other) ? peer_of(*at, other->name()) : nullptr;
      // A store that was put back speaks as another instance, while a session of the one before may still
      // stand.
      if (peer == nullptr || peer->other.is_zero() || other->restores() != 0) continue;
      return fmt::format("{} takes {} for cloned", at->name(), other->name());
    }
  }
  return {};
}

std::string Checks::too_wide() {
  for (const auto& at : assembly_.agencies()) {
    if (!honest(*at)) continue;
    for (const auto& other : assembly_.agencies()) {
      const federation::Peer* const peer = peer_of(*at, other->name());
      if (peer == nullptr || !peer->agreement) continue;
      if (!script_.agreed_to(*at, *other, peer->agreement->terms_of(at->id())))
        return fmt::format("{} never agreed to what is in force with {}", at->name(), other->name());
    }
  }
  return {};
}

std::string Checks::overfull() {
  const auto above = [](std::string_view what, std::uint64_t is, std::uint64_t most) {
    return is <= most ? std::string() : fmt::format("{}: {} where {} is the most", what, is, most);
  };
  for (int lane = 0; lane < 3; ++lane) {
    auto text =
        above("a lane of a session", assembly_.tap().fullest(static_cast<v1::Lane>(lane)),
              peer::limits::kLaneBytes.at(static_cast<std::size_t>(lane)) + proto::bounds::kMessageBytes);
    if (!text.empty()) return text;
  }
  for (const auto& agency : assembly_.agencies()) {
    daemon::Core* const core = agency->core();
    if (core == nullptr) continue;
    auto text = above(agency->name() + ", drafts", core->feeds().writer().waiting_bytes(),
                      feed::FeedWriter::kMostWaiting);
    if (text.empty()) {
      text = above(agency->name() + ", audit events", core->feeds().audit().held(), daemon::Audit::kMostHeld);
    }
    const peer::Door* const door = core->world().federation().front_door();
    if (text.empty() && door != nullptr) {
      text =
          above(agency->name() + ", callers at the door", door->half_open(), proto::bounds::kHalfOpenTotal);
    }
    if (!text.empty()) return text;
  }
  return {};
}

std::string Checks::leak(const Knowledge& knowledge, std::size_t& found_at_members) {
  for (const auto& agency : assembly_.agencies()) {
    const auto blabbed = assembly_.tap().blabbed(agency->id());
    const auto said = assembly_.tap().said().find(agency->id());
    if (said != assembly_.tap().said().end()) {
      if (const auto found = knowledge.find_forbidden(agency->id(), said->second, blabbed)) {
        const WireTap::Word word = assembly_.tap().word_at(agency->id(), found->at);
        return fmt::format("{} told {} of {} in a message of kind {}", assembly_.name_of(word.from),
                           agency->name(), found->what, word.kind);
      }
      found_at_members += knowledge.count_allowed(agency->id(), said->second);
    }
    if (agency->store() == nullptr) continue;
    const auto rows = all_rows(*agency->store());
    if (const auto found = knowledge.find_forbidden(agency->id(), rows, blabbed))
      return fmt::format("{} stores {}", agency->name(), found->what);
  }
  for (const Knowledge::Listed& listed : knowledge.listed()) {
    const auto planned = std::ranges::find(script_.spaces(), listed.space, &Planned::id);
    if (planned == script_.spaces().end()) continue;
    for (const AgencyId& member : listed.members) {
      Agency* const agency = assembly_.find(member);
      const bool meant = agency == planned->steward || planned->ever_members.contains(agency);
      if (!meant) {
        return fmt::format("an audience in {} lists {}, which nobody ever made a member", planned->slug,
                           assembly_.name_of(member));
      }
      if (!script_.paired(*assembly_.find(listed.author), *agency)) {
        return fmt::format("an audience in {} lists {}, with which its author has no agreement",
                           planned->slug, agency->name());
      }
    }
  }
  return {};
}

}  // namespace comity::sim::nodes
