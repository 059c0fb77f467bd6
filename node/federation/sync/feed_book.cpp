// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/feed_book.h"

#include "node/feed/reader.h"
#include "node/feed/tables.h"

namespace comity::federation {
namespace {

// Nothing when it is not held: our history begins behind it.
Result<std::optional<Listing>> read_listing(const feed::FeedReader& reader, const feed::FeedState& state) {
  if (state.end.audience_seq == Seq{0}) return std::optional<Listing>();
  const auto audience = reader.audience(state);
  if (audience.ok()) {
    COMITY_TRY(auto listing, listing_from(state.end.audience_seq, state.end.audience_id, *audience));
    return std::optional(std::move(listing));
  }
  if (audience.error().code == Code::kEntryUnknown) return std::optional<Listing>();
  return audience.error();
}

}  // namespace

std::optional<HeldRow> BookFeed::row_for(const AgencyId& asker) const {
  const auto extent = entitled(state, audiences, asker);
  if (!extent) return std::nullopt;
  if (state.end.seq <= extent->to) return HeldRow{state.feed(), state.end.seq, state.end.id, have_from};
  // Only the AUDIENCE in force sets an end.
  return HeldRow{state.feed(), audiences.in_force->seq, audiences.in_force->id, have_from};
}

bool BookFeed::knows(const AgencyId& agency) const {
  return entitled(state, audiences, agency).has_value();
}

Status FeedBook::read(const storage::View& view, feed::FeedState state, BookFeed& into) const {
  const bool same_audience = into.audiences.in_force && into.audiences.in_force->id == state.end.audience_id;
  if (!same_audience) {
    const feed::FeedReader reader(view, storage_key_);
    into.audiences = {};
    COMITY_TRY(into.audiences.in_force, read_listing(reader, state));
    if (into.audiences.in_force) {
      COMITY_TRY(const auto stored, reader.header(state.feed(), state.end.audience_seq));
      feed::FeedState before = state;
      before.end.audience_seq = stored.header.audience_seq;
      before.end.audience_id = stored.header.audience_id;
      COMITY_TRY(into.audiences.replaced, read_listing(reader, before));
    }
  }
  if (into.have_from == Seq{0} && state.end.seq != Seq{0}) {
    COMITY_CHECK(view.walk(feed::kHeaders.range(state.feed()), false, [&](ByteView key, ByteView) {
      const auto place = feed::kHeaders.parse(key);
      if (place.ok()) into.have_from = std::get<1>(*place);
      return false;
    }));
  }
  into.state = std::move(state);
  return {};
}

Status FeedBook::load() {
  COMITY_TRY(const auto view, store_.snapshot());
  std::vector<feed::FeedState> states;
  COMITY_CHECK(feed::each_feed(*view, [&](const feed::FeedState& state) {
    states.push_back(state);
    return true;
  }));
  feeds_.clear();
  for (feed::FeedState& state : states) {
    const FeedId feed = state.feed();
    COMITY_CHECK(read(*view, std::move(state), feeds_[feed]));
  }
  return {};
}

Result<const BookFeed*> FeedBook::refresh(const storage::View& view, const FeedId& feed) {
  COMITY_TRY(auto state, feed::get_feed(view, feed));
  BookFeed& entry = feeds_[feed];
  COMITY_CHECK(read(view, std::move(state), entry));
  return &entry;
}

Result<const BookFeed*> FeedBook::refresh(const FeedId& feed) {
  COMITY_TRY(const auto view, store_.snapshot());
  return refresh(*view, feed);
}

const BookFeed* FeedBook::find(const FeedId& feed) const {
  const auto at = feeds_.find(feed);
  return at == feeds_.end() ? nullptr : &at->second;
}

Result<EntryId> FeedBook::id_at(const BookFeed& feed, Seq seq) const {
  if (seq == feed.state.end.seq) return feed.state.end.id;
  COMITY_TRY(const auto view, store_.snapshot());
  COMITY_TRY(const auto stored, feed::FeedReader(*view, storage_key_).header(feed.state.feed(), seq));
  return stored.header.id;
}

}  // namespace comity::federation
