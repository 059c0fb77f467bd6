// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>

#include "node/community/posts/composed.h"

namespace comity::community {

/// Where imported content came from.
struct PostOrigin {
  std::string source{};
  std::string id{};
  std::string author{};
  WallTime time{};  ///< zero: unknown
  std::string url{};
};

struct NewPost {
  std::string author{};  ///< handle of one of our people
  SpaceId space;
  std::string title{};
  std::string text{};
  std::optional<Label> label{};  ///< nothing: AMBER+STRICT, or the space's ceiling when that is lower
  std::vector<std::string> tags{};
  bool question = false;
  std::string url{};
  std::optional<PostOrigin> origin{};
  bool message = false;  ///< of a circle; it needs no title
};

struct NewReply {
  std::string author{};
  EntryId parent;
  std::string text{};
  std::optional<Label> label{};  ///< nothing: that of what is answered, when the space still admits it
  std::optional<PostOrigin> origin{};
  EntryId quote;  ///< an entry of the same discussion whose text is put in front; zero: none
  /// Of a parent that was appended a moment ago and cannot be read yet; else zero: it is looked up.
  EntryRef thread;
  SpaceId space;
};

/// A short status update.
struct NewUpdate {
  std::string author{};  ///< handle
  SpaceId space;
  std::string text{};            ///< at most kUpdateBytes
  std::optional<Label> label{};  ///< as for NewPost
};
/// Update.text in content.proto, in bytes.
inline constexpr std::size_t kUpdateBytes = 8192;

/// Another version of an entry of one's own. What is not named stays as it is.
struct NewEdit {
  std::string author{};
  EntryId entry;
  std::optional<std::string> title{};
  std::optional<std::string> text{};
  std::optional<std::vector<std::string>> tags{};
  std::string summary{};  ///< what was changed and why, at most 512 bytes; may be empty
};

struct NewReaction {
  std::string author{};
  EntryId entry;
  std::string kind{};  ///< one of kReactionKinds
  bool undone = false;
};

/// The asker's word on which reply answers.
struct NewMark {
  std::string author{};
  EntryId answer;
  bool undone = false;
};

struct NewWithdrawal {
  std::string author{};
  EntryId entry;
  std::string reason{};  ///< in words; may be empty
};

struct PostsSetup {
  storage::Store& store;
  feed::FeedWriter& writer;
  Spaces& spaces;
  AgencyId self;
  const crypto::Key32& storage_key;
  std::function<WallTime()> now{};
  /// When the space's steward was last heard of: its newest HeadStatement; nothing: never.
  std::function<std::optional<WallTime>(const SpaceId&)> steward_heard{};
  std::function<FreshnessLimits()> limits{};
};

/// The entry by which the readers of one of our feeds were told a person's name.
struct Introduction {
  Seq seq{};
  std::string handle{};
};

using OnPosted = std::function<void(Result<feed::Appended>)>;

/// Writes discussions: text is judged, the release gate asked, and the entry queued with the FeedWriter,
/// which the caller flushes once it has handed over what belongs together. Answers come after fsync, those of
/// one space in the order of the calls. A person's sign-in name is told to each audience before their first
/// entry there, so that partners see more than an id. Owner thread only.
class Posts {
 public:
  explicit Posts(PostsSetup setup);
  Posts(const Posts&) = delete;
  Posts& operator=(const Posts&) = delete;
  ~Posts();

  /// Writes a content of any type, which `compose` makes: the one path of everything that people write, from
  /// who writes over the release gate into the queue. When the audience changed, or the feed was replaced,
  /// between release and writing, it is composed and released once more. Errors: kUserUnknown, kUserDisabled,
  /// those of `compose`, kSpaceUnknown (also for a person whom the space does not admit), kSpaceKindRule,
  /// kSpaceNotJoined, kSpaceStale, those of Spaces::release() (kLabelAboveCeiling among them) and of
  /// FeedWriter.
  void write(std::string author, Compose compose, OnPosted done);

  /// Errors: kUserUnknown, kUserDisabled, kSpaceUnknown (also for a person whom the space does not admit),
  /// kSpaceNotJoined, kSpaceStale, kTitleRule, kTextEmpty, kTextTooLong, kTextRule, kTagRule, those of
  /// Spaces::release() (kLabelAboveCeiling among them) and of FeedWriter.
  void post(const NewPost& what, OnPosted done);
  /// Errors: as post(); kTextTooLong above kUpdateBytes, kSpaceKindRule in a circle.
  void update(const NewUpdate& what, OnPosted done);
  /// Errors besides: kPostUnknown for a parent that is not here or not for this person, kPostWithdrawn.
  void reply(const NewReply& what, OnPosted done);
  /// Errors besides: kNotAuthor, kPostWithdrawn, kBadArguments when nothing is changed.
  void edit(const NewEdit& what, OnPosted done);
  /// A second one of the same kind changes nothing. Errors besides: kReactionRule, kPostUnknown,
  /// kPostWithdrawn.
  void react(const NewReaction& what, OnPosted done);
  /// A later mark takes the place of an earlier one. Errors besides: kPostUnknown, kPostWithdrawn,
  /// kAnswerRule for what is no reply in a discussion that this person began.
  void mark_answer(const NewMark& what, OnPosted done);
  /// Hides one's own entry at every holder; a moderator hides others' too, where the space gives our agency
  /// that right or the entry is of our own. Errors: kPostUnknown, kNotAuthor, kPostWithdrawn, kTextRule.
  void withdraw(const NewWithdrawal& what, OnPosted done);

  /// Many posts at once, each answered when it is on disk, in their order whatever spaces they go to.
  void post_all(std::span<const NewPost> what, std::function<void(std::size_t, Result<feed::Appended>)> each);

  /// Whether posts to the space are taken, for lists and warnings; of our own and of inside spaces always
  /// kFresh.
  [[nodiscard]] Freshness freshness_of(const Space& space) const;

 private:
  struct Actor {
    PersonRow person;
    const Space* space = nullptr;
  };
  Result<const Space*> writable(const PersonRow& person, const SpaceId& space) const;
  Status queue(const storage::View& view, const Actor& actor, Composed what, OnPosted done);
  Status attempt(const std::string& author, const Compose& compose, const OnPosted& done);
  Status try_withdraw(const NewWithdrawal& what, const OnPosted& done);
  Status introduce(const storage::View& view, const Actor& actor, const policy::ReleaseDecision& decision,
                   std::span<const Person> named);
  Result<std::unique_ptr<storage::View>> snapshot() const { return setup_.store.snapshot(); }

  PostsSetup setup_;
  std::map<std::pair<FeedId, UserId>, Introduction> introduced_;
  std::shared_ptr<Posts*> self_;
};

}  // namespace comity::community
