// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/about.h"

#include <algorithm>

#include "node/community/tables.h"
#include "node/community/text.h"
#include "node/feed/pack.h"
#include "node/feed/row.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

constexpr std::uint8_t kNames = 1;
constexpr std::uint8_t kUndone = 2;

template <class Message>
Result<Message> message_of(const v1::Content& content) {
  return proto::decode<Message>(proto::as_bytes(content.data()), feed::kMostContentBytes);
}

template <class Tags>
void put_tags(storage::Batch& rows, const SpaceId& space, const AboutRow& row, const EntryRef& target,
              const Tags& tags) {
  if (tags.empty()) return;
  const Bytes key = kTagged.key(space, row.order, row.feed, row.seq);
  feed::RowWriter value;
  value.bytes(target.view());
  for (const std::string& tag : tags)
    value.number(static_cast<std::uint8_t>(tag.size())).bytes(proto::as_bytes(tag));
  rows.put(key, std::move(value).finish(key));
}

void put_row(storage::Batch& rows, const SpaceId& space, const EntryRef& target, const AboutRow& row) {
  const Bytes key =
      kAbout.key(space, target, static_cast<std::uint8_t>(row.type), row.order, row.feed, row.seq);
  feed::RowWriter value;
  value.bytes(row.entry.view()).bytes(row.writer.agency.view()).bytes(row.writer.user.view());
  value.number(static_cast<std::uint8_t>((row.names ? kNames : 0U) | (row.undone ? kUndone : 0U)));
  if (row.type == ContentType::kReaction) value.bytes(proto::as_bytes(row.kind));
  if (row.type == ContentType::kAccept) value.bytes(row.answer.view());
  rows.put(key, std::move(value).finish(key));
}

Result<AboutRow> decode(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kAbout.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kAbout.info(), key, value));
  AboutRow out{.type = static_cast<ContentType>(std::get<2>(place)),
               .order = std::get<3>(place),
               .feed = std::get<4>(place),
               .seq = std::get<5>(place)};
  out.entry = row.id<EntryId>();
  out.writer.agency = row.id<AgencyId>();
  out.writer.user = row.id<UserId>();
  const auto flags = row.number<std::uint8_t>();
  out.names = (flags & kNames) != 0;
  out.undone = (flags & kUndone) != 0;
  if (out.type == ContentType::kReaction) out.kind = proto::as_text(row.rest());
  if (out.type == ContentType::kAccept) out.answer = row.id<EntryRef>();
  if (!row.done()) return feed::damaged(kAbout.info(), key, "the layout is another one");
  return out;
}

}  // namespace

bool is_about(ContentType type) noexcept {
  return type == ContentType::kEdit || type == ContentType::kReaction || type == ContentType::kAccept;
}

void put_about(storage::Batch& rows, const SpaceId& space, AboutRow row, const v1::Content& content) {
  if (row.type == ContentType::kPost) {
    const auto post = message_of<v1::Post>(content);
    if (!post.ok()) return;
    put_tags(rows, space, row, ref_of(row.entry), post->tag());
  } else if (row.type == ContentType::kEdit) {
    const auto edit = message_of<v1::Edit>(content);
    if (!edit.ok()) return;
    const auto target = id_in<EntryRef>(edit->target());
    put_row(rows, space, target, row);
    put_tags(rows, space, row, target, edit->tag());
  } else if (row.type == ContentType::kReaction) {
    const auto reaction = message_of<v1::Reaction>(content);
    const bool known = reaction.ok() && std::find(std::begin(kReactionKinds), std::end(kReactionKinds),
                                                  reaction->kind()) != std::end(kReactionKinds);
    // One of a later version, or of nobody: there is nothing to count.
    if (!known || row.writer.user.is_zero()) return;
    row.kind = reaction->kind();
    row.undone = reaction->undone();
    put_row(rows, space, id_in<EntryRef>(reaction->target()), row);
  } else if (row.type == ContentType::kAccept) {
    const auto accept = message_of<v1::Accept>(content);
    const auto thread = id_in<EntryRef>(content.thread());
    if (!accept.ok() || thread.is_zero()) return;
    row.answer = id_in<EntryRef>(accept->answer());
    row.undone = accept->undone();
    put_row(rows, space, thread, row);
  }
}

Result<std::vector<AboutRow>> about(const storage::View& view, const SpaceId& space, const EntryRef& target,
                                    ContentType type) {
  std::vector<AboutRow> out;
  Status status;
  const auto range = type == ContentType::kOther
                         ? kAbout.range(space, target)
                         : kAbout.range(space, target, static_cast<std::uint8_t>(type));
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView value) {
    auto row = decode(key, value);
    if (!row.ok()) {
      status = row.error();
      return false;
    }
    out.push_back(*std::move(row));
    return out.size() < kMostAbout;
  }));
  COMITY_CHECK(status);
  // Equal clocks are settled by ids, which are the same at every node.
  std::sort(out.begin(), out.end(), [](const AboutRow& a, const AboutRow& b) {
    return std::tuple(a.type, a.order, a.entry) < std::tuple(b.type, b.order, b.entry);
  });
  return out;
}

Status forget_about(const storage::View& view, storage::Batch& rows, const SpaceId& space,
                    const std::function<bool(const FeedId&, Seq)>& gone) {
  COMITY_CHECK(view.walk(kAbout.range(space), false, [&](ByteView key, ByteView) {
    const auto place = kAbout.parse(key);
    if (place.ok() && gone(std::get<4>(*place), std::get<5>(*place))) rows.erase(proto::to_bytes(key));
    return true;
  }));
  return view.walk(kTagged.range(space), false, [&](ByteView key, ByteView) {
    const auto place = kTagged.parse(key);
    if (place.ok() && gone(std::get<2>(*place), std::get<3>(*place))) rows.erase(proto::to_bytes(key));
    return true;
  });
}

Result<TagRow> decode_tag_row(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kTagged.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kTagged.info(), key, value));
  TagRow out{.target = row.id<EntryRef>(),
             .order = std::get<1>(place),
             .feed = std::get<2>(place),
             .seq = std::get<3>(place)};
  ByteView rest = row.rest();
  while (!rest.empty()) {
    const auto size = static_cast<std::size_t>(rest[0]);
    if (size > rest.size() - 1) return feed::damaged(kTagged.info(), key, "the layout is another one");
    out.tags.emplace_back(proto::as_text(rest.subspan(1, size)));
    rest = rest.subspan(1 + size);
  }
  if (!row.done()) return feed::damaged(kTagged.info(), key, "the layout is another one");
  return out;
}

}  // namespace comity::community
