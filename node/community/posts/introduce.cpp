// SPDX-License-Identifier: EUPL-1.2
// The readers of a feed are told by what name to call who writes there.
#include <algorithm>
#include <limits>

#include "node/community/posts/compose.h"
#include "node/community/posts/posts.h"
#include "node/community/spaces/guarded.h"
#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

constexpr Seq kUnderWay{std::numeric_limits<std::uint64_t>::max()};

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

}  // namespace

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

}  // namespace comity::community
