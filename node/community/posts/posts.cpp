// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/posts.h"

#include <algorithm>

#include "node/community/posts/compose.h"
#include "node/community/spaces/guarded.h"

namespace comity::community {
namespace {

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

Result<const Space*> Posts::writable(const PersonRow& person, const SpaceId& id) const {
  const Space* space = setup_.spaces.find(id);
  if (space == nullptr || !policy::admits(space->readers, reader_of(setup_.self, person)))
    return Error{Code::kSpaceUnknown, {}};
  if (space->directory())
    return Error{Code::kSpaceKindRule, "a directory holds profiles; see comity profile set"};
  if (space->standing(setup_.self) == Standing::kOffered || space->standing(setup_.self) == Standing::kLeft)
    return Error{Code::kSpaceNotJoined, {}};
  return space;
}

Status Posts::queue(const storage::View& view, const Actor& actor, Composed what, OnPosted done) {
  const Space& space = *actor.space;
  if (freshness_of(space) == Freshness::kRefuse) return Error{Code::kSpaceStale, {}};
  const std::vector<Person> named = space.circle() ? space.people() : std::move(what.named);
  const auto agencies = agencies_of(named);
  const Label label = what.label ? *what.label : default_label(space);
  COMITY_TRY(auto decision, setup_.spaces.release(space.id(), label, agencies));
  put_author(what.content, {setup_.self, actor.person.id});
  put_named(what.content, named);
  COMITY_TRY(auto packed, pack_content(what.content));
  COMITY_CHECK(introduce(view, actor, decision, named));
  feed::Draft draft = feed::content_draft(std::move(decision), std::move(packed), std::move(done));
  draft.content = std::make_shared<const v1::Content>(std::move(what.content));
  setup_.writer.append(space.membership.feed, std::move(draft));
  return {};
}

Status Posts::attempt(const std::string& author, const Compose& compose, const OnPosted& done) {
  COMITY_TRY(const auto view, snapshot());
  COMITY_TRY(const auto person, acting_person(*view, author));
  Composing composing(*view, setup_.spaces, setup_.storage_key, setup_.self, person);
  COMITY_TRY(auto composed, compose(composing));
  COMITY_TRY(const Space* const space, writable(person, composed.space));
  COMITY_CHECK(put_mentions(composing, *space, composed));
  return queue(*view, {person, space}, std::move(composed), done);
}

void Posts::write(std::string author, Compose compose, OnPosted done) {
  struct Work {
    std::string author;
    Compose compose;
  };
  const auto work = std::make_shared<const Work>(std::move(author), std::move(compose));
  const auto answered = [this, work, done](Result<feed::Appended> result) {
    const Code code = result.ok() ? Code::kUnknown : result.error().code;
    if (code != Code::kFeedDecision && code != Code::kFeedClosed) return done(std::move(result));
    const Status again = attempt(work->author, work->compose, done);
    if (!again.ok()) return done(again.error());
    setup_.writer.flush();
  };
  const Status begun = attempt(work->author, work->compose, guarded(self_, answered));
  if (!begun.ok()) done(begun.error());
}

void Posts::post(const NewPost& what, OnPosted done) {
  const auto compose = [what](Composing& at) -> Result<Composed> {
    Composed out{.space = what.space, .label = what.label};
    COMITY_TRY(out.content, post_content(at.writer(), what));
    // An archive tells nobody.
    if (!what.origin) out.mentions_in = what.text;
    return out;
  };
  write(what.author, compose, std::move(done));
}

void Posts::update(const NewUpdate& what, OnPosted done) {
  const auto compose = [what](Composing& at) -> Result<Composed> {
    const Space* const space = at.find(what.space);
    if (space != nullptr && space->circle() && policy::admits(space->readers, at.reader().reader()))
      return Error{Code::kSpaceKindRule, "an update is for all readers of a space; see comity message"};
    Composed out{.space = what.space, .label = what.label};
    COMITY_TRY(out.content, update_content(at.writer(), what));
    out.mentions_in = what.text;
    return out;
  };
  write(what.author, compose, std::move(done));
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
