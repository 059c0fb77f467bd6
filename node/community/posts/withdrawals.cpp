// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/compose.h"
#include "node/community/posts/posts.h"
#include "node/feed/withdraw.h"

namespace comity::community {

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

}  // namespace comity::community
