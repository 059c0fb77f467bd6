// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/updates.h"

#include "node/community/posts/compose.h"
#include "node/community/spaces/guarded.h"

namespace comity::community {

Updates::Updates(UpdatesSetup setup) : setup_(std::move(setup)), self_(std::make_shared<Updates*>(this)) {}

Updates::~Updates() = default;

std::optional<SpaceId> Updates::inside() const {
  for (const std::string_view slug : {kSlug, kSpareSlug}) {
    for (const Space* const space : setup_.spaces.list()) {
      const bool ours = space->inside() && space->steward() == setup_.self;
      if (ours && space->slug() == slug && !space->manifest.message.closed()) return space->id();
    }
  }
  return std::nullopt;
}

std::string_view Updates::free_slug() const {
  for (const Space* const space : setup_.spaces.list()) {
    if (space->steward() == setup_.self && space->slug() == kSlug) return kSpareSlug;
  }
  return kSlug;
}

void Updates::send(const NewUpdate& what, OnPosted done) {
  if (!what.space.is_zero()) return setup_.posts.update(what, std::move(done));
  NewUpdate to_staff = what;
  if (const auto staff = inside()) {
    to_staff.space = *staff;
    return setup_.posts.update(to_staff, std::move(done));
  }
  // Judged before a space is opened for it.
  const auto judged = update_content({}, what);
  if (!judged.ok()) return done(judged.error());
  waiting_.push_back({what, std::move(done)});
  if (waiting_.size() > 1) return;
  const NewSpace staff{.slug = std::string(free_slug()),
                       .title = "Staff",
                       .description = "What all of our own staff may read. Nothing of it leaves this agency.",
                       .kind = v1::SPACE_KIND_INSIDE};
  setup_.spaces.create(staff, guarded(self_, [this](const Result<SpaceId>& space) { came(space); }));
}

void Updates::came(const Result<SpaceId>& space) {
  const std::vector<Waiting> waiting = std::exchange(waiting_, {});
  if (space.ok() && setup_.opened) setup_.opened(*space);
  for (const Waiting& one : waiting) {
    if (!space.ok()) {
      one.done(space.error());
      continue;
    }
    NewUpdate update = one.what;
    update.space = *space;
    setup_.posts.update(update, one.done);
  }
}

}  // namespace comity::community
