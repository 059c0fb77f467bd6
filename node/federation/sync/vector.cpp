// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/vector.h"

#include <fmt/format.h>

#include "crypto/sha256.h"

namespace comity::federation {

v1::FeedState to_message(const HeldRow& row) {
  v1::FeedState out;
  out.set_feed(feed::field(row.feed.view()));
  if (row.seq == Seq{0}) return out;
  out.set_seq(raw(row.seq));
  out.set_id(feed::field(row.id.view()));
  out.set_have_from(raw(row.have_from));
  return out;
}

v1::FeedHead to_head(const HeldRow& row) {
  v1::FeedHead out;
  out.set_feed(feed::field(row.feed.view()));
  if (row.seq == Seq{0}) return out;
  out.set_seq(raw(row.seq));
  out.set_id(feed::field(row.id.view()));
  return out;
}

Result<std::vector<HeldRow>> read_vector(const v1::Vector& message, const std::optional<FeedId>& after) {
  std::vector<HeldRow> rows;
  rows.reserve(static_cast<std::size_t>(message.feed_size()));
  std::optional<FeedId> last = after;
  for (const v1::FeedState& state : message.feed()) {
    HeldRow row;
    COMITY_TRY(row.feed, FeedId::from(proto::as_bytes(state.feed())));
    row.seq = Seq{state.seq()};
    row.have_from = Seq{state.have_from()};
    const auto refuse = [&](std::string_view what) {
      return Error{Code::kVectorRule, fmt::format("row {}: {}", rows.size(), what)};
    };
    if (last && !(*last < row.feed)) return refuse("the feeds do not ascend");
    if ((row.seq == Seq{0}) != state.id().empty()) return refuse("an id without an entry, or none with one");
    if ((row.seq == Seq{0}) != (row.have_from == Seq{0}) || row.have_from > row.seq) {
      return refuse("a history that begins behind its end");
    }
    if (!state.id().empty()) {
      COMITY_TRY(row.id, EntryId::from(proto::as_bytes(state.id())));
    }
    last = row.feed;
    rows.push_back(row);
  }
  return rows;
}

Sha256Digest vector_digest(std::span<const HeldRow> rows) {
  Bytes all;
  all.reserve(rows.size() * (FeedId::kSize + sizeof(std::uint64_t) + EntryId::kSize));
  for (const HeldRow& row : rows) {
    proto::append(all, row.feed.view());
    proto::append(all, proto::to_be(raw(row.seq)));
    proto::append(all, row.id.view());
  }
  return crypto::tagged_hash("vector", {all});
}

}  // namespace comity::federation
