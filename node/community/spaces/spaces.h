// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <set>
#include <span>

#include "node/community/spaces/freshness.h"
#include "node/community/spaces/sights.h"
#include "node/feed/reader.h"
#include "node/feed/writer.h"
#include "storage/store.h"

namespace comity::community {

/// What Spaces works with. References outlive it; functions are called on the owner thread.
struct SpacesSetup {
  storage::Store& store;
  feed::FeedWriter& writer;
  crypto::Random& random;
  AgencyId self;
  const crypto::Key32& storage_key;
  std::function<WallTime()> now{};
  /// As for FeedWriter.
  std::function<void(std::function<void()>)> to_owner{};
  /// Where we stand with each peer as to one space; an unknown slug is empty.
  std::function<std::vector<policy::PeerStanding>(const SpaceId&, std::string_view slug)> standings{};
  /// What people write behind the @, ours among them; empty: unknown.
  std::function<std::string(const AgencyId&)> agency_name{};
  /// Whether what the agency wrote is hidden: it is suspended or revoked.
  std::function<bool(const AgencyId&)> hidden{};
  std::function<bool()> auto_join{};
  /// Told when door() may say something else than before. May be empty.
  std::function<void()> door_changed{};
};

/// A space to be created; we become its steward.
struct NewSpace {
  std::string slug{};
  std::string title{};        ///< empty: the slug
  std::string description{};  ///< CommonMark
  v1::SpaceKind kind = v1::SPACE_KIND_INSIDE;
  std::vector<AgencyId> members{};  ///< of a shared space or directory, besides ourselves
  std::vector<AgencyId> relays{};   ///< that carry for members without reading
  std::vector<Person> people{};     ///< of a circle, at most kMostInCircle; their agencies are its members
  /// Nothing: AMBER+STRICT, RED for a circle, or less where the agreements with the members named, or with
  /// all active peers when none is, admit less; AMBER for a shared space without either, and for a directory.
  /// So a new space reaches whom it can.
  std::optional<Label> ceiling{};
  v1::HistoryRule history = v1::HISTORY_RULE_ALL;
  WallTime history_since{};  ///< of HISTORY_RULE_SINCE
};

/// What `space describe` changes; nothing: it stays.
struct NewDescription {
  std::optional<std::string> title{};
  std::optional<std::string> description{};
};

/// Errors: kTitleRule, kTextRule, kTextTooLong for texts that a card of ours cannot hold.
[[nodiscard]] Status check_card_texts(const v1::SpaceCard& card);
/// What is pinned, in its order, each once.
[[nodiscard]] std::vector<EntryRef> pins_of(const v1::SpaceCard& card);

/// One member as `space show` lists it.
struct MemberView {
  AgencyId agency;
  std::string name{};
  v1::MemberRole role = v1::MEMBER_ROLE_NONE;
  bool self = false;
  bool reached = false;                     ///< in our audience
  std::optional<policy::NotReached> why{};  ///< when it is not
  /// Members to whom its entries do not go, by its newest word on its audience; of ourselves, by our
  /// agreements. Ascending.
  std::vector<AgencyId> without{};
  std::uint64_t have = 0;                ///< entries of its feeds here that we hold
  std::optional<std::uint64_t> total{};  ///< that it says it wrote; nothing: not known
};
/// "no agreement", "not active", … for people.
[[nodiscard]] std::string_view not_reached_text(policy::NotReached why) noexcept;

/// Whether entries of an author are taken in a space, and up to which label.
struct Door {
  bool allowed = false;
  Label ceiling{};
};

/// The spaces of this node: which there are, who is in them, and our own feed and audience in each. Manifests
/// of others are taken from entries as they are stored. Everything asynchronous ends in one call of `done` on
/// the owner thread, after fsync; the caller flushes the FeedWriter. Owner thread only.
class Spaces {
 public:
  /// Most spaces of one steward that wait to be joined; further ones are passed over.
  static constexpr std::size_t kMostOffered = 1000;
  /// Most people of one circle: SpaceCard.people in content.proto.
  static constexpr std::size_t kMostInCircle = 128;

  /// Most pinned items of a space: SpaceCard.pin in content.proto.
  static constexpr std::size_t kMostPins = 16;

  /// Reads what the store holds. Call peers_changed() once the peers are known.
  [[nodiscard]] static Result<std::unique_ptr<Spaces>> open(SpacesSetup setup);
  Spaces(const Spaces&) = delete;
  Spaces& operator=(const Spaces&) = delete;
  /// Callbacks of what is still under way are not called.
  ~Spaces();

  [[nodiscard]] const Space* find(const SpaceId& space) const;
  /// SLUG, SLUG@agency, or a space's id in base32. A joined space goes before an offered one of that name.
  /// Errors: kSpaceUnknown, kSlugAmbiguous.
  [[nodiscard]] Result<SpaceId> resolve(std::string_view name) const;
  /// The same for somebody who asks: a circle that they are no part of is as unknown as any other name.
  [[nodiscard]] Result<SpaceId> resolve(std::string_view name, const Reader& reader) const;
  /// The joined circle of exactly these people, ascending; the one with the smallest id where two agencies
  /// began one at once, so that all of them go on in the same.
  [[nodiscard]] std::optional<SpaceId> circle_of(std::span<const Person> people) const;
  /// Our directory; nothing when there is none.
  [[nodiscard]] std::optional<SpaceId> own_directory() const;
  /// All that are known, by slug and id.
  [[nodiscard]] std::vector<const Space*> list() const;
  /// A picture of now, for other threads; shared until something changes.
  [[nodiscard]] std::shared_ptr<const Sights> sights();

  /// Members with their numbers; `total` says how many entries an agency wrote here by its newest
  /// HeadStatements. Needs the follower SpaceCounts. Errors: kSpaceUnknown and those of the store.
  [[nodiscard]] Result<std::vector<MemberView>> members(
      const storage::View& view, const SpaceId& space,
      const std::function<std::optional<std::uint64_t>(const SpaceId&, const AgencyId&)>& total) const;

  /// Whether create() would make a circle that reaches the agencies of all its people. Error
  /// kNamesOutsideAudience names the first that it would not, and why.
  [[nodiscard]] Status reaches(const NewSpace& circle) const;

  /// Errors: kSlugRule, kSlugTaken, kTitleRule, kTextRule, kSpaceKindRule (members or people where the kind
  /// has none, or none where it needs them; a second directory), kBadLabel, and those of FeedWriter.
  void create(const NewSpace& what, std::function<void(Result<SpaceId>)> done);
  /// As its steward. Errors: kSpaceUnknown, kNotSteward, kMemberThere, kSpaceKindRule.
  void add_member(const SpaceId& space, const AgencyId& agency, v1::MemberRole role, Done done);
  /// An agency that carries the space between members, and reads nothing of it. Errors: as add_member().
  void add_relay(const SpaceId& space, const AgencyId& agency, Done done);
  /// A member or a relay. Errors: kSpaceUnknown, kNotSteward, kNotMember, kSpaceKindRule for ourselves.
  void remove_member(const SpaceId& space, const AgencyId& agency, Done done);

  /// Changes title or description for everybody. Errors: kSpaceUnknown, kNotSteward, kTitleRule, kTextRule,
  /// kTextTooLong, kSpaceKindRule for a directory.
  void describe(const SpaceId& space, const NewDescription& what, Done done);
  /// Puts what begins a discussion or a page before all readers, behind what is pinned already; the caller
  /// has made sure that it stands in this space. Errors: kSpaceUnknown, kNotSteward, kSpaceKindRule for a
  /// circle or directory, kPinRule above kMostPins and for what is pinned already.
  void pin(const SpaceId& space, const EntryRef& ref, Done done);
  /// Errors: the same, kPinRule for what is not pinned.
  void unpin(const SpaceId& space, const EntryRef& ref, Done done);

  /// Makes these agencies the members of our directory, as readers, instead of those that were. Errors:
  /// kSpaceUnknown, kSpaceKindRule.
  void set_directory_members(const SpaceId& space, std::vector<AgencyId> members, Done done);

  /// Opens our feed in an offered space; a directory of others is read only and needs none. Errors:
  /// kSpaceUnknown, kSpaceNotOffered.
  void join(const SpaceId& space, Done done);
  /// Closes our feed; what we hold stays. Errors: kSpaceUnknown, kSpaceNotJoined, kSpaceKindRule for its
  /// steward.
  void leave(const SpaceId& space, Done done);
  /// A new incarnation of our feed, after restore, clone or clock repair. Errors: kSpaceNotJoined.
  void reopen(const SpaceId& space, v1::FeedOpenReason reason, Done done);

  /// Who of our own staff may read it. Errors: kSpaceUnknown, kSpaceNotJoined.
  void open_readers(const SpaceId& space, Done done);
  /// The space becomes listed, if it was open. Errors besides: kTextRule for a unit.
  void add_reader(const SpaceId& space, const ReaderName& who, Done done);
  void remove_reader(const SpaceId& space, const ReaderName& who, Done done);

  /// Entries were stored, by a writer or an ingester: manifests and keys among them are taken up.
  void entries_stored(std::span<const feed::Appended> entries);
  /// Peers, agreements, their encryption keys or the time have changed: audiences follow, keys that could not
  /// be granted are tried again, offered spaces are joined.
  void peers_changed();

  /// For whoever takes in feeds, beside what the agreement with the author says. A space that is not known is
  /// open, since that is how offers arrive; before it is joined, its steward alone is heard; then its members
  /// are, until we leave. Nobody else writes into an inside space.
  [[nodiscard]] Door door(const AgencyId& author, const SpaceId& space) const;

  /// The release gate for our feed in the space. Errors: kSpaceUnknown, kSpaceNotJoined, kNotMember (also for
  /// a reader), and those of policy::release(). An audience that the peers have outgrown is renewed first:
  /// what is appended next lies behind it.
  [[nodiscard]] Result<policy::ReleaseDecision> release(const SpaceId& space, const Label& label,
                                                        std::span<const AgencyId> named);

 private:
  struct Work {
    bool busy = false;
    bool again = false;
    std::vector<Done> waiting{};
  };
  struct Place {
    SpaceId space;
    AgencyId agency;
  };
  explicit Spaces(SpacesSetup setup);

  // spaces.cpp
  Status load();
  Status reload(const storage::View& view, const SpaceId& space);
  Status read_card_of(const feed::FeedReader& reader, Space& space, const feed::Header& header) const;
  Status load_own(const storage::View& view, Space& space) const;
  Result<Place> place_of(const storage::View& view, const FeedId& feed);
  Space* find_mutable(const SpaceId& space);
  [[nodiscard]] std::vector<policy::PeerStanding> standings(const Space& space) const;
  Result<std::vector<AgencyId>> without(const storage::View& view, const Space& space,
                                        const AgencyId& author) const;
  [[nodiscard]] std::string unreached_text(const policy::Reach& reach, std::span<const AgencyId> named) const;
  [[nodiscard]] bool has_directory_of(const AgencyId& steward) const;
  [[nodiscard]] bool takes_offer(const Manifest& manifest) const;
  void consider_joining(const SpaceId& space);
  void commit(storage::Batch rows, Done done);

  // reconcile.cpp
  void reconcile(const SpaceId& space, Done done);
  void step(const SpaceId& space);
  void settle(const SpaceId& space, const Status& status);
  Result<std::optional<feed::Draft>> audience_draft(const storage::View& view, Space& space);
  Result<bool> needs_manifest(const storage::View& view, const Space& space) const;
  Result<std::map<KeyEpoch, std::vector<AgencyId>>> missing_grants(const storage::View& view,
                                                                   const Space& space) const;
  void grant_all(const SpaceId& space, const std::map<KeyEpoch, std::vector<AgencyId>>& missing);

  // stewardship.cpp
  Result<feed::Draft> manifest_draft(const v1::SpaceManifest& manifest,
                                     const std::optional<v1::SpaceCard>& card) const;
  Result<std::pair<v1::SpaceManifest, v1::SpaceCard>> plan(const NewSpace& what) const;
  void publish(const SpaceId& space, const v1::SpaceManifest& manifest,
               const std::optional<v1::SpaceCard>& card, Done done);
  /// Our audience follows it.
  void republish(const SpaceId& space, const v1::SpaceManifest& manifest, Done done);
  [[nodiscard]] Label default_ceiling(const NewSpace& what) const;
  Result<Space*> stewarded(const SpaceId& space);

  // card.cpp
  using CardChange = std::function<Status(v1::SpaceCard& card)>;
  void change_card(const SpaceId& space, const CardChange& change, Done done);
  void change_pins(const SpaceId& space, const CardChange& change, Done done);

  // joining.cpp
  void read_only(const SpaceId& space, Done done);
  void open_feed(const SpaceId& space, v1::FeedOpenReason reason, Done done);
  void change_readers(const SpaceId& space, v1::ReaderRule rule, storage::Batch rows, Done done);
  Result<Space*> joined(const SpaceId& space);

  SpacesSetup setup_;
  std::map<SpaceId, Space> spaces_;
  std::map<SpaceId, Work> work_;
  std::map<FeedId, Place> places_;
  std::set<std::string> creating_;
  std::set<SpaceId> joining_;
  std::shared_ptr<const Sights> sights_;
  std::shared_ptr<Spaces*> self_;
};

}  // namespace comity::community
