// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/directory.h"

#include <algorithm>

#include "crypto/sha256.h"
#include "node/community/posts/compose.h"
#include "node/community/spaces/guarded.h"
#include "node/community/tables.h"
#include "node/feed/reader.h"
#include "node/feed/row.h"
#include "node/feed/withdraw.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

// How far personal data of staff goes: the agencies that agreed with us, and no further.
constexpr v1::Tlp kCardLabel = v1::TLP_AMBER;

// People looked at in one go; their rows are read on the owner thread.
constexpr std::size_t kPeoplePage = 500;

/// The row of kReleasedCards.
struct Released {
  FeedId feed;
  Seq seq{};
  EntryId entry;
  proto::Sha256Digest card;  ///< zero: withdrawn
};

Result<std::optional<Released>> find_released(const storage::View& view, const UserId& user) {
  const Bytes key = kReleasedCards.key(user);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<Released>();
  COMITY_TRY(auto row, feed::RowReader::open(kReleasedCards.info(), key, *value));
  Released out{.feed = row.id<FeedId>()};
  out.seq = Seq{row.number<std::uint64_t>()};
  out.entry = row.id<EntryId>();
  out.card = row.id<proto::Sha256Digest>();
  if (!row.done()) return feed::damaged(kReleasedCards.info(), key, "the layout is another one");
  return std::optional(out);
}

void put_released(storage::Batch& rows, const UserId& user, const Released& released) {
  const Bytes key = kReleasedCards.key(user);
  feed::RowWriter row;
  row.bytes(released.feed.view())
      .number(raw(released.seq))
      .bytes(released.entry.view())
      .bytes(released.card.view());
  rows.put(key, std::move(row).finish(key));
}

}  // namespace

/// One entry that the directory lacks: a card, or the withdrawal of the last one.
struct Directory::Due {
  Person person{};
  std::optional<v1::ProfileCard> card{};
  proto::Sha256Digest digest;
  std::optional<Released> last{};
};

Directory::Directory(DirectorySetup setup)
    : setup_(std::move(setup)), self_(std::make_shared<Directory*>(this)) {}

Directory::~Directory() = default;

void Directory::refresh() {
  again_ = true;
  if (busy_) return;
  busy_ = true;
  step();
}

void Directory::settle(const Status& status) {
  if (!status.ok()) {
    // Whoever asked meanwhile asked for the same, and it would fail the same way.
    again_ = false;
    more_ = false;
    if (setup_.trouble) setup_.trouble(status.error());
  }
  busy_ = false;
  if (again_ || more_) {
    busy_ = true;
    step();
  }
}

std::vector<AgencyId> Directory::readers(const SpaceId& space) const {
  std::vector<AgencyId> out;
  if (!setup_.publish()) return out;
  for (const policy::PeerStanding& peer : setup_.standings(space, kSlug)) {
    const bool covered = peer.active && peer.may_send && peer.space_allowed &&
                         policy::within({.tlp = kCardLabel}, peer.ceiling);
    if (covered) out.push_back(peer.agency);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Directory::step() {
  if (std::exchange(again_, false)) {
    after_.clear();
    more_ = false;
  }
  const auto id = setup_.spaces.own_directory();
  auto wanted = readers(id.value_or(SpaceId()));
  if (!id) return wanted.empty() ? settle({}) : open(std::move(wanted));
  const Space* const space = setup_.spaces.find(*id);
  std::vector<AgencyId> members;
  for (const AgencyId& member : rules_of(space->manifest).members) {
    if (member != setup_.self) members.push_back(member);
  }
  if (members != wanted) {
    again_ = true;
    return setup_.spaces.set_directory_members(
        *id, std::move(wanted), guarded(self_, [this](const Status& status) { settle(status); }));
  }
  if (wanted.empty()) return settle({});
  publish(*space);
}

void Directory::open(std::vector<AgencyId> readers) {
  const NewSpace what{.slug = std::string(kSlug),
                      .title = "People",
                      .description = "Who works here, what they know, and how to reach them",
                      .kind = v1::SPACE_KIND_DIRECTORY,
                      .members = std::move(readers)};
  again_ = true;
  setup_.spaces.create(what, guarded(self_, [this](const Result<SpaceId>& created) {
                         if (created.ok() && setup_.opened) setup_.opened(*created);
                         settle(created.ok() ? Status() : Status(created.error()));
                       }));
}

Result<std::optional<Directory::Due>> Directory::due(const storage::View& view, const Space& space,
                                                     const PersonRow& person) const {
  COMITY_TRY(const Profile profile, find_profile(view, person.id));
  Due out{.person = {setup_.self, person.id}, .card = released_card(person, profile)};
  COMITY_TRY(out.last, find_released(view, person.id));
  // What was never told needs no taking back, and nobody is introduced in order to say that they left.
  if (!out.last && (!out.card || person.disabled)) return std::optional<Due>();
  const bool told = out.last && !out.last->card.is_zero();
  if (!out.card) return told ? std::optional(std::move(out)) : std::nullopt;
  out.digest = crypto::sha256({proto::encode(*out.card)});
  // A new incarnation tells everything again: nobody knows what the lost end of the old one held.
  const bool same = told && out.last->card == out.digest && out.last->feed == space.membership.feed;
  return same ? std::nullopt : std::optional(std::move(out));
}

void Directory::publish(const Space& space) {
  const auto run = [&]() -> Status {
    COMITY_TRY(const auto view, setup_.store.snapshot());
    COMITY_TRY(const auto decision, setup_.spaces.release(space.id(), {.tlp = kCardLabel}, {}));
    COMITY_TRY(const auto page, list_people(*view, after_, kPeoplePage));
    more_ = page.more;
    for (const PersonRow& person : page.people) {
      if (open_ > kBatch) {
        more_ = true;
        break;
      }
      COMITY_TRY(auto lacking, due(*view, space, person));
      if (lacking) COMITY_CHECK(queue(*view, space, decision, *std::move(lacking)));
      after_ = person.handle;
    }
    return {};
  };
  failed_ = {};
  open_ = 1;
  one_done(run());
}

Status Directory::queue(const storage::View& view, const Space& space,
                        const policy::ReleaseDecision& decision, Due due) {
  const auto done = guarded(self_, [this](const Result<feed::Appended>& result) {
    one_done(result.ok() ? Status() : Status(result.error()));
  });
  feed::Draft draft;
  if (due.card) {
    COMITY_TRY(auto packed, pack_content(card_content(due.person, *due.card)));
    draft = feed::content_draft(decision, std::move(packed), done);
    draft.join = [user = due.person.user, digest = due.digest](storage::Batch& rows,
                                                               const feed::Appended& entry) {
      put_released(rows, user, {.feed = entry.feed, .seq = entry.seq, .entry = entry.id, .card = digest});
    };
  } else {
    const crypto::Key32 no_key;
    COMITY_TRY(const auto stored, feed::FeedReader(view, no_key).find(due.last->entry));
    draft = feed::withdraw_draft(stored.header, v1::WITHDRAW_REASON_AUTHOR, {}, done);
    draft.join = [user = due.person.user, last = *due.last](storage::Batch& rows, const feed::Appended&) {
      put_released(rows, user, {.feed = last.feed, .seq = last.seq, .entry = last.entry});
    };
  }
  ++open_;
  setup_.writer.append(space.membership.feed, std::move(draft));
  return {};
}

void Directory::one_done(const Status& status) {
  if (!status.ok() && failed_.ok()) failed_ = status;
  if (--open_ > 0) return;
  settle(failed_);
  setup_.writer.flush();
}

}  // namespace comity::community
