// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/messages.h"

#include <algorithm>

#include "node/community/ids.h"
#include "node/community/spaces/guarded.h"
#include "node/community/text.h"
#include "proto/bounds.h"

namespace comity::community {
namespace {

// Agreements may name circles by it: "circle/*".
constexpr std::string_view kSlugPrefix = "circle/";

}  // namespace

Messages::Messages(MessagesSetup setup)
    : setup_(std::move(setup)), self_(std::make_shared<Messages*>(this)) {}

Messages::~Messages() = default;

void Messages::send(const NewMessage& what, OnPosted done) {
  if (const Status status = try_send(what, done); !status.ok()) done(status.error());
}

Status Messages::try_send(const NewMessage& what, const OnPosted& done) {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  COMITY_TRY(const auto author, acting_person(*view, what.author));
  std::vector<Person> people = what.to;
  people.push_back({setup_.self, author.id});
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  if (people.size() < 2) return Error{Code::kSpaceKindRule, "a message goes to somebody else"};

  if (const auto circle = setup_.spaces.circle_of(people)) {
    post(*circle, what, done);
    return {};
  }
  // Judged before a circle is opened for it.
  COMITY_CHECK(check_text(with_line_feeds(what.text), proto::bounds::kTextBytes));
  if (!what.title.empty()) COMITY_CHECK(check_title(what.title));
  auto& waiting = waiting_[people];
  waiting.push_back({what, done});
  if (waiting.size() > 1) return {};
  const std::string slug = std::string(kSlugPrefix) + id_text(setup_.random.next<UserId>()).substr(0, 16);
  const NewSpace space{.slug = slug, .kind = v1::SPACE_KIND_CIRCLE, .people = people};
  const Status reached = setup_.spaces.reaches(space);
  if (!reached.ok()) {
    waiting_.erase(people);
    return reached;
  }
  setup_.spaces.create(
      space, guarded(self_, [this, people](const Result<SpaceId>& circle) { opened(people, circle); }));
  return {};
}

void Messages::opened(const std::vector<Person>& people, const Result<SpaceId>& circle) {
  const auto at = waiting_.find(people);
  if (at == waiting_.end()) return;
  const std::vector<Waiting> waiting = std::move(at->second);
  waiting_.erase(at);
  for (const Waiting& one : waiting) {
    if (circle.ok()) {
      post(*circle, one.what, one.done);
    } else {
      one.done(circle.error());
    }
  }
}

void Messages::post(const SpaceId& circle, const NewMessage& what, const OnPosted& done) {
  setup_.posts.post({.author = what.author,
                     .space = circle,
                     .title = what.title,
                     .text = what.text,
                     .label = what.label,
                     .message = true},
                    done);
}

}  // namespace comity::community
