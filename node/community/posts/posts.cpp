// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/posts.h"

#include <algorithm>
#include <limits>

#include "node/community/posts/compose.h"
#include "node/community/spaces/guarded.h"
#include "node/community/tables.h"
#include "node/feed/pack.h"
#include "node/feed/row.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

constexpr Seq kUnderWay{std::numeric_limits<std::uint64_t>::max()};

Label default_label(const Space& space) {
  const v1::Tlp usual = space.circle() ? v1::TLP_RED : v1::TLP_AMBER_STRICT;
  return {.tlp = std::min(usual, space.manifest.ceiling.tlp)};
}

std::vector<AgencyId> agencies_of(std::span<const Person> people) {
  std::vector<AgencyId> out;
  for (const Person& person : people)
    out.push_back(person.agency);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<std::optional<Introduction>> find_introduction(const storage::View& view, const FeedId& feed,
                                                      const UserId& user) {
  const Bytes key = kIntroduced.key(feed, user);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<Introduction>();
  COMITY_TRY(auto row, feed::RowReader::open(kIntroduced.info(), key, *value));
  Introduction out{.seq = Seq{row.number<std::uint64_t>()}};
  out.handle = proto::as_text(row.rest());
  return std::optional<Introduction>(std::move(out));
}

// Answers in the order of the questions.
struct InOrder {
  std::vector<std::optional<Result<feed::Appended>>> answers;
  std::size_t next = 0;
  std::function<void(std::size_t, Result<feed::Appended>)> each;

  void add(std::size_t index, Result<feed::Appended> result) {
    answers[index] = std::move(result);
    for (; next < answers.size() && answers[next]; ++next)
      each(next, *std::move(answers[next]));
  }
};

}  // namespace

Posts::Posts(PostsSetup setup) : setup_(std::move(setup)), self_(std::make_shared<Posts*>(this)) {}

Posts::~Posts() = default;

Freshness Posts::freshness_of(const Space& space) const {
  if (space.inside() || space.steward() == setup_.self) return Freshness::kFresh;
  const WallTime heard =
      std::max(space.manifest_received, setup_.steward_heard(space.id()).value_or(WallTime()));
  return freshness(std::max(setup_.now() - heard, std::chrono::milliseconds(0)), setup_.limits());
}

Result<Posts::Actor> Posts::actor(const storage::View& view, const std::string& handle,
                                  const SpaceId& id) const {
  COMITY_TRY(auto person, acting_person(view, handle));
  const Space* space = setup_.spaces.find(id);
  if (space == nullptr || !policy::admits(space->readers, reader_of(setup_.self, person)))
    return Error{Code::kSpaceUnknown, {}};
  if (space->directory())
    return Error{Code::kSpaceKindRule, "a directory holds profiles; see comity profile set"};
  if (space->standing(setup_.self) == Standing::kOffered || space->standing(setup_.self) == Standing::kLeft)
    return Error{Code::kSpaceNotJoined, {}};
  return Actor{std::move(person), space};
}

Status Posts::introduce(const storage::View& view, const Actor& actor,
                        const policy::ReleaseDecision& decision, std::span<const Person> named) {
  const Space& space = *actor.space;
  const bool needed =
      !space.inside() && (decision.label().tlp != v1::TLP_RED || space.kind() == v1::SPACE_KIND_CIRCLE);
  if (!needed) return {};
  const FeedId feed = space.membership.feed;
  const auto at = std::pair(feed, actor.person.id);
  if (!introduced_.contains(at)) {
    COMITY_TRY(auto row, find_introduction(view, feed, actor.person.id));
    if (row) introduced_[at] = *std::move(row);
  }
  if (const auto known = introduced_.find(at); known != introduced_.end()) {
    const auto& readers = space.audience.member();
    const bool all_have_it = std::all_of(readers.begin(), readers.end(), [&](const auto& member) {
      return Seq{member.from_seq()} <= known->second.seq;
    });
    if (known->second.handle == actor.person.handle && all_have_it) return {};
  }
  COMITY_TRY(auto packed, pack_content(profile_content({setup_.self, actor.person.id}, actor.person, named)));
  const auto stored = [this, at](const Result<feed::Appended>& result) {
    if (result.ok()) {
      introduced_[at].seq = result->seq;
    } else {
      introduced_.erase(at);
    }
  };
  feed::Draft draft = feed::content_draft(decision, std::move(packed), guarded(self_, stored));
  draft.join = [at, handle = actor.person.handle](storage::Batch& rows, const feed::Appended& appended) {
    const Bytes key = kIntroduced.key(at.first, at.second);
    feed::RowWriter row;
    row.number(raw(appended.seq)).bytes(proto::as_bytes(handle));
    rows.put(key, std::move(row).finish(key));
  };
  introduced_[at] = {kUnderWay, actor.person.handle};
  setup_.writer.append(feed, std::move(draft));
  return {};
}

Status Posts::queue(const storage::View& view, const Actor& actor, v1::Content content, const Label& label,
                    std::span<const Person> named, OnPosted done) {
  if (freshness_of(*actor.space) == Freshness::kRefuse) return Error{Code::kSpaceStale, {}};
  const auto agencies = agencies_of(named);
  COMITY_TRY(auto decision, setup_.spaces.release(actor.space->id(), label, agencies));
  put_named(content, named);
  COMITY_TRY(auto packed, pack_content(content));
  COMITY_CHECK(introduce(view, actor, decision, named));
  feed::Draft draft = feed::content_draft(std::move(decision), std::move(packed), std::move(done));
  draft.content = std::make_shared<const v1::Content>(std::move(content));
  setup_.writer.append(actor.space->membership.feed, std::move(draft));
  return {};
}

void Posts::write(Attempt attempt, OnPosted done) {
  const auto shared = std::make_shared<const Attempt>(std::move(attempt));
  const auto answered = [this, shared, done](Result<feed::Appended> result) {
    const Code code = result.ok() ? Code::kUnknown : result.error().code;
    if (code != Code::kFeedDecision && code != Code::kFeedClosed) return done(std::move(result));
    const Status again = (*shared)(done);
    if (!again.ok()) return done(again.error());
    setup_.writer.flush();
  };
  const Status begun = (*shared)(guarded(self_, answered));
  if (!begun.ok()) done(begun.error());
}

void Posts::post(const NewPost& what, OnPosted done) {
  write([this, what](const OnPosted& answer) { return try_post(what, answer); }, std::move(done));
}

Status Posts::try_post(const NewPost& what, const OnPosted& done) {
  COMITY_TRY(const auto view, snapshot());
  COMITY_TRY(const Actor who, actor(*view, what.author, what.space));
  COMITY_TRY(auto content, post_content({setup_.self, who.person.id}, what));
  const Label label = what.label ? *what.label : default_label(*who.space);
  return queue(*view, who, std::move(content), label, who.space->people(), done);
}

void Posts::update(const NewUpdate& what, OnPosted done) {
  write([this, what](const OnPosted& answer) { return try_update(what, answer); }, std::move(done));
}

Status Posts::try_update(const NewUpdate& what, const OnPosted& done) {
  COMITY_TRY(const auto view, snapshot());
  COMITY_TRY(const Actor who, actor(*view, what.author, what.space));
  if (who.space->circle())
    return Error{Code::kSpaceKindRule, "an update is for all readers of a space; see comity message"};
  COMITY_TRY(auto content, update_content({setup_.self, who.person.id}, what));
  const Label label = what.label ? *what.label : default_label(*who.space);
  return queue(*view, who, std::move(content), label, {}, done);
}

void Posts::reply(const NewReply& what, OnPosted done) {
  write([this, what](const OnPosted& answer) { return try_reply(what, answer); }, std::move(done));
}

Status Posts::try_reply(const NewReply& what, const OnPosted& done) {
  COMITY_TRY(const auto view, snapshot());
  if (!what.space.is_zero()) {
    COMITY_TRY(const Actor who, actor(*view, what.author, what.space));
    COMITY_TRY(auto content, reply_content({setup_.self, who.person.id}, what, what.thread));
    const Label label = what.label ? *what.label : default_label(*who.space);
    return queue(*view, who, std::move(content), label, who.space->people(), done);
  }
  COMITY_TRY(const auto person, acting_person(*view, what.author));
  const auto sights = setup_.spaces.sights();
  PostReader reader(*view, *sights, setup_.storage_key, reader_of(setup_.self, person));
  COMITY_TRY(const auto parent, reader.open(what.parent));
  if (parent.withdrawn) return Error{Code::kPostWithdrawn, {}};
  COMITY_TRY(const Actor who, actor(*view, what.author, parent.space->id));
  COMITY_TRY(auto content, reply_content({setup_.self, person.id}, what, parent.thread));
  const policy::Label& above = parent.stored.header.label;
  Label label = policy::within(above, who.space->manifest.ceiling) ? above : default_label(*who.space);
  if (what.label) label = *what.label;
  std::vector<Person> named = who.space->people();
  if (named.empty() && label.tlp == v1::TLP_RED) {
    named = parent.named;
    if (!parent.writer.user.is_zero()) named.push_back(parent.writer);
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
  }
  return queue(*view, who, std::move(content), label, named, done);
}

void Posts::withdraw(const NewWithdrawal& what, OnPosted done) {
  if (const Status status = try_withdraw(what, done); !status.ok()) done(status.error());
}

Status Posts::try_withdraw(const NewWithdrawal& what, const OnPosted& done) {
  COMITY_TRY(const auto view, snapshot());
  COMITY_TRY(const auto person, acting_person(*view, what.author));
  const auto sights = setup_.spaces.sights();
  PostReader reader(*view, *sights, setup_.storage_key, reader_of(setup_.self, person));
  COMITY_TRY(const auto target, reader.open(what.entry));
  const Person self{setup_.self, person.id};
  const bool own = target.writer == self;
  const bool moderates = person.role == Role::kModerator || person.role == Role::kAdmin;
  const bool may =
      moderates && (target.space->may_moderate(setup_.self) || target.stored.header.agency == setup_.self);
  if (!own && !may) return Error{Code::kNotAuthor, {}};
  if (target.withdrawn) return Error{Code::kPostWithdrawn, {}};
  const Space* space = setup_.spaces.find(target.space->id);
  if (space == nullptr || space->membership.standing != Standing::kJoined)
    return Error{Code::kSpaceNotJoined, {}};
  COMITY_TRY(auto content, withdrawal_content(self, what.reason));
  put_named(content, target.named);
  COMITY_TRY(auto packed, pack_content(content));
  if (!own) {
    // Readers see who it was by name, even if that person never wrote here.
    const std::vector<Person> people = space->people();
    const auto agencies = agencies_of(people);
    COMITY_TRY(const auto decision, setup_.spaces.release(space->id(), default_label(*space), agencies));
    COMITY_CHECK(introduce(*view, {person, space}, decision, people));
  }
  setup_.writer.append(space->membership.feed,
                       feed::withdraw_draft(target.stored.header,
                                            own ? v1::WITHDRAW_REASON_AUTHOR : v1::WITHDRAW_REASON_MODERATION,
                                            std::move(packed), done));
  return {};
}

void Posts::post_all(std::span<const NewPost> what,
                     std::function<void(std::size_t, Result<feed::Appended>)> each) {
  auto order = std::make_shared<InOrder>();
  order->answers.resize(what.size());
  order->each = std::move(each);
  for (std::size_t i = 0; i < what.size(); ++i) {
    post(what[i], [order, i](Result<feed::Appended> result) { order->add(i, std::move(result)); });
  }
}

}  // namespace comity::community
