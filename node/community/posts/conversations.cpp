// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/conversations.h"

#include <map>
#include <set>

#include "crypto/sha256.h"
#include "node/community/discussion/about.h"
#include "node/community/discussion/rows.h"
#include "node/community/people/cards.h"
#include "node/community/people/profile.h"
#include "node/community/posts/content_rule.h"
#include "node/community/posts/timeline_rows.h"
#include "node/community/posts/timeline_table.h"
#include "node/community/tables.h"
#include "node/community/wiki/wiki_rows.h"
#include "node/feed/hlc.h"
#include "node/feed/pack.h"
#include "node/feed/reader.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

// Entries whose key came late, in one batch.
constexpr std::size_t kLateEntries = 300;

proto::Sha256Digest origin_key(std::string_view source, std::string_view id) {
  return crypto::sha256({proto::to_be(static_cast<std::uint32_t>(source.size())), proto::as_bytes(source),
                         proto::as_bytes(id)});
}

// Whether reading went wrong below the entry itself, so that it has to be tried again.
bool is_of_store(const Error& error) {
  const int number = static_cast<int>(error.code);
  return number >= 1300 && number < 1400;
}

Hlc order_of(const feed::StoredHeader& stored) {
  return stored.ahead ? feed::make_hlc(stored.received) : stored.header.hlc;
}

class Applying {
 public:
  Applying(const AgencyId& self, const feed::FeedReader& reader, const storage::View& view,
           storage::Batch& rows)
      : self_(self),
        reader_(reader),
        view_(view),
        rows_(rows),
        timeline_(view, rows),
        discussion_(self, reader, view, rows) {}

  Status entry(const feed::FollowedEntry& entry) {
    switch (entry.stored.header.kind) {
      case v1::KIND_CONTENT:
        return content(entry.stored, entry.space).status;
      case v1::KIND_KEY_GRANT:
        return grant(entry.stored.header);
      case v1::KIND_WITHDRAW:
        return withdraw(entry.stored, entry.space);
      default:
        return {};
    }
  }

  // It went into quarantine or out of it.
  Status judged(const feed::FollowedEntry& entry) {
    const feed::StoredHeader& stored = entry.stored;
    const feed::Header& header = stored.header;
    if (header.kind != v1::KIND_CONTENT) return {};
    COMITY_TRY(const auto withheld, reader_.withheld(header.feed, header.seq));
    const auto opened = open(header, withheld.why);
    if (!opened.ok()) return is_of_store(opened.error()) ? Status(opened.error()) : Status();
    const Placed at = placed_at(stored, entry.space, content_type((*opened)->type()), **opened, withheld.why);
    const Bytes key = kByThread.key(at.space, at.thread, at.order, header.feed, header.seq);
    COMITY_TRY(const auto value, view_.get(key));
    if (!value) return {};  // not placed yet, or by this very batch, which knew
    COMITY_TRY(const auto row, decode_thread_row(key, *value));
    COMITY_TRY(const auto counting,
               discussion_.recount(at, **opened,
                                   {.counted = row.counted, .user = row.user, .readers = row.readers}));
    if (counting) put_row(at, *counting);
    return {};
  }

  // Goes on with what an earlier batch had no room for.
  Status go_on() {
    COMITY_CHECK(discussion_.go_on());
    std::vector<std::pair<FeedId, KeyEpoch>> late;
    COMITY_CHECK(view_.walk(kLateKeys.range(), false, [&](ByteView key, ByteView) {
      if (const auto place = kLateKeys.parse(key); place.ok())
        late.emplace_back(std::get<0>(*place), std::get<1>(*place));
      return late.size() < 16;
    }));
    for (const auto& [feed, epoch] : late)
      COMITY_CHECK(read_late(feed, epoch, true));
    return {};
  }

  Status finish() { return discussion_.finish(); }

 private:
  struct Outcome {
    Status status{};
    bool no_key = false;
  };

  Outcome content(const feed::StoredHeader& stored, const SpaceId& space) {
    const feed::Header& header = stored.header;
    const auto withheld = reader_.withheld(header.feed, header.seq);
    auto opened = withheld.ok() ? open(header, withheld->why)
                                : Result<std::shared_ptr<const v1::Content>>(withheld.error());
    if (opened.ok() && header.agency != self_) {
      if (const Status fine = check_content(**opened); !fine.ok()) opened = fine.error();
    }
    if (!opened.ok()) {
      if (is_of_store(opened.error())) return {opened.error()};
      const bool no_key = opened.error().code == Code::kFeedNoKey;
      if (no_key) rows_.put(kUnread.key(header.feed, header.key_epoch, header.seq), {});
      // A row that is damaged here is not its author's doing.
      const bool damaged = opened.error().code == Code::kFeedDamaged;
      if (!no_key && !damaged && withheld->why == feed::Withholding::kNone) hold_back(stored);
      return {{}, no_key};
    }
    // What an older version could not read.
    if (withheld->why == feed::Withholding::kBodyRule)
      rows_.erase(feed::kWithheld.key(header.feed, header.seq));
    const ContentType type = content_type((*opened)->type());
    if (type == ContentType::kProfile) {
      profile(header, order_of(stored), space, **opened);
    } else if (type != ContentType::kOther) {
      const Placed placed = placed_at(stored, space, type, **opened, withheld->why);
      if (const Status status = place(placed, **opened); !status.ok()) return {status};
    }
    if ((*opened)->has_origin() && header.agency == self_) {
      rows_.put(kOrigins.key(space, origin_key((*opened)->origin().source(), (*opened)->origin().id())),
                header.id.view());
    }
    return {};
  }

  // Sealed by the author and no content all the same: into quarantine, so that an operator sees it.
  void hold_back(const feed::StoredHeader& stored) {
    if (stored.header.agency == self_) return;
    const Bytes key = feed::kWithheld.key(stored.header.feed, stored.header.seq);
    rows_.put(key, feed::encode_withheld(key, {feed::Withholding::kBodyRule, stored.received}));
  }

  // A body in quarantine is placed like any other: whether it shows is asked when it is read.
  Result<Bytes> held_body(const feed::Header& header) const {
    COMITY_TRY(const auto withheld, reader_.withheld(header.feed, header.seq));
    return feed::is_quarantine(withheld.why) ? reader_.quarantined_body(header) : reader_.body(header);
  }

  Result<std::shared_ptr<const v1::Content>> open(const feed::Header& header, feed::Withholding why) const {
    if (!feed::is_quarantine(why)) return reader_.shared_content(header);
    COMITY_TRY(const auto sealed, reader_.quarantined_body(header));
    COMITY_TRY(const auto bytes, reader_.open_sealed(header, sealed));
    COMITY_TRY(auto held, proto::decode<v1::Content>(bytes, feed::kMostContentBytes));
    return std::make_shared<const v1::Content>(std::move(held));
  }

  static Placed placed_at(const feed::StoredHeader& stored, const SpaceId& space, ContentType type,
                          const v1::Content& content, feed::Withholding why) {
    const feed::Header& header = stored.header;
    const EntryRef parent = content.parent_size() > 0 ? id_in<EntryRef>(content.parent(0)) : EntryRef();
    EntryRef thread = id_in<EntryRef>(content.thread());
    if (thread.is_zero() && type == ContentType::kReply) thread = parent;
    if (thread.is_zero()) thread = ref_of(header.id);
    Person writer{id_in<AgencyId>(content.author().agency()), id_in<UserId>(content.author().user())};
    if (writer.agency != header.agency) writer = {header.agency, UserId()};
    return {.stored = stored,
            .space = space,
            .thread = thread,
            .parent = parent,
            .type = type,
            .order = order_of(stored),
            .writer = writer,
            .quarantined = why != feed::Withholding::kNone};
  }

  Status place(const Placed& at, const v1::Content& content) {
    wiki::put_rows(rows_, at.space, at.stored.header, content);
    COMITY_TRY(const auto counting, discussion_.add(at, content));
    put_row(at, counting);
    const feed::Header& header = at.stored.header;
    const bool begins = at.thread == ref_of(header.id);
    if (!begins || !begins_thread(at.type)) return {};
    rows_.put(kTopics.key(at.space, static_cast<std::uint8_t>(at.type), at.order, header.feed, header.seq),
              {});
    return timeline_.add({.space = at.space,
                          .writer = at.writer,
                          .type = at.type,
                          .order = at.order,
                          .feed = header.feed,
                          .seq = header.seq,
                          .imported = content.has_origin()});
  }

  void put_row(const Placed& at, const Counting& counting) {
    const feed::Header& header = at.stored.header;
    const Bytes key = kByThread.key(at.space, at.thread, at.order, header.feed, header.seq);
    feed::RowWriter row;
    row.number(static_cast<std::uint8_t>(at.type)).bytes(header.id.view()).bytes(at.parent.view());
    row.number(static_cast<std::uint8_t>(counting.counted ? 1U : 0U));
    row.bytes(counting.user.view()).bytes(counting.readers.view());
    rows_.put(key, std::move(row).finish(key));
  }

  void profile(const feed::Header& header, Hlc order, const SpaceId& space, const v1::Content& content) {
    const auto card = proto::decode<v1::ProfileCard>(proto::as_bytes(content.data()), kProfileCardBytes);
    if (!card.ok() || id_in<AgencyId>(content.author().agency()) != header.agency) return;
    // A card with anything wrong in it is no card: what was told before goes on to hold.
    if (!check_card(*card).ok()) return;
    put_card(rows_,
             {.space = space,
              .agency = header.agency,
              .user = id_in<UserId>(content.author().user()),
              .order = order,
              .feed = header.feed,
              .seq = header.seq},
             *card);
  }

  // Stands under its target, so that whoever follows what becomes readable learns of it.
  Status withdraw(const feed::StoredHeader& stored, const SpaceId& space) {
    const auto body = held_body(stored.header);
    if (!body.ok()) return is_of_store(body.error()) ? Status(body.error()) : Status();
    const auto message = proto::decode<v1::Withdraw>(*body, proto::bounds::kSealedBodyBytes);
    if (!message.ok()) return {};
    const auto target = id_in<EntryRef>(message->target());
    put_row({.stored = stored,
             .space = space,
             .thread = target,
             .parent = target,
             .type = ContentType::kWithdraw,
             .order = order_of(stored)},
            {});
    return {};
  }

  Status grant(const feed::Header& header) {
    const auto body = reader_.body(header);
    if (!body.ok()) return is_of_store(body.error()) ? Status(body.error()) : Status();
    const auto message = proto::decode<v1::KeyGrant>(*body, proto::bounds::kSealedBodyBytes);
    if (!message.ok()) return {};
    return read_late(header.feed, KeyEpoch{message->key_epoch()}, false);
  }

  Status read_late(const FeedId& feed, KeyEpoch epoch, bool noted) {
    std::vector<Seq> waiting;
    bool more = late_ >= kLateEntries;
    COMITY_CHECK(view_.walk(kUnread.range(feed, epoch), false, [&](ByteView key, ByteView) {
      if (late_ + waiting.size() >= kLateEntries) {
        more = true;
        return false;
      }
      if (const auto place = kUnread.parse(key); place.ok()) waiting.push_back(std::get<2>(*place));
      return true;
    }));
    if (waiting.empty() && !noted && !more) return {};
    COMITY_TRY(const auto state, feed::get_feed(view_, feed));
    for (const Seq seq : waiting) {
      COMITY_TRY(const auto stored, reader_.header(feed, seq));
      const Outcome outcome = content(stored, state.space);
      COMITY_CHECK(outcome.status);
      // Not for us: the others of this epoch are not either.
      if (outcome.no_key) {
        more = false;
        break;
      }
      rows_.erase(kUnread.key(feed, epoch, seq));
      ++late_;
    }
    if (more) {
      rows_.put(kLateKeys.key(feed, epoch), {});
    } else if (noted) {
      rows_.erase(kLateKeys.key(feed, epoch));
    }
    return {};
  }

  const AgencyId& self_;
  const feed::FeedReader& reader_;
  const storage::View& view_;
  storage::Batch& rows_;
  TimelineRows timeline_;
  DiscussionRows discussion_;
  std::size_t late_ = 0;
};

/// A sign-in name stays known as long as one card that is left tells it.
Status forget_handles(const SpaceId& space, const std::set<std::pair<FeedId, Seq>>& gone,
                      const storage::View& view, storage::Batch& rows) {
  using Told = std::tuple<AgencyId, std::string, UserId>;
  std::set<Told> lost;
  std::set<Told> kept;
  COMITY_CHECK(view.walk(kNames.range(space), false, [&](ByteView key, ByteView value) {
    const auto place = kNames.parse(key);
    const auto card = decode_card_row(key, value);
    if (!place.ok() || !card.ok()) return true;
    const bool is_gone = gone.contains({std::get<4>(*place), std::get<5>(*place)});
    (is_gone ? lost : kept).emplace(std::get<1>(*place), card->handle(), std::get<2>(*place));
    return true;
  }));
  for (const Told& told : lost) {
    const auto& [agency, handle, user] = told;
    if (!kept.contains(told)) rows.erase(kToldHandles.key(space, agency, handle, user));
  }
  return {};
}

}  // namespace

std::vector<storage::TableInfo> Conversations::tables() const {
  std::vector<storage::TableInfo> out = {
      kByThread.info(),    kTopics.info(),  kUnread.info(),   kLateKeys.info(),     kNames.info(),
      kToldHandles.info(), kOrigins.info(), kByAuthor.info(), kAuthorNewest.info(), kSpaceNewest.info(),
      kAbout.info(),       kTagged.info(),  kChannels.info(), kOwnEntries.info(),   kTimeline.info()};
  for (const storage::TableInfo& table : wiki::row_tables())
    out.push_back(table);
  return out;
}

Status Conversations::apply(std::span<const feed::FollowedEntry> entries, const storage::View& view,
                            storage::Batch& rows) const {
  const feed::FeedReader reader(view, storage_key_, recent_.get());
  Applying applying(self_, reader, view, rows);
  COMITY_CHECK(applying.go_on());
  for (const feed::FollowedEntry& entry : entries)
    COMITY_CHECK(applying.entry(entry));
  return applying.finish();
}

Status Conversations::judge(std::span<const feed::FollowedEntry> entries, const storage::View& view,
                            storage::Batch& rows) const {
  const feed::FeedReader reader(view, storage_key_, recent_.get());
  Applying applying(self_, reader, view, rows);
  for (const feed::FollowedEntry& entry : entries)
    COMITY_CHECK(applying.judged(entry));
  return applying.finish();
}

// What the rows were made from cannot be read any more, so they are looked for: those of each space once. A
// disposal is rare, and expiries come many at a time.
Status Conversations::erase(std::span<const feed::FollowedEntry> entries, const storage::View& view,
                            storage::Batch& rows) const {
  TimelineRows::GoneInSpaces places;
  TimelineRows::Gone of_agencies;
  std::map<SpaceId, std::set<EntryId>> ids;
  for (const feed::FollowedEntry& entry : entries) {
    const feed::Header& header = entry.stored.header;
    if (header.kind != v1::KIND_CONTENT) continue;
    places[entry.space].emplace(header.feed, header.seq);
    of_agencies[header.agency].emplace(header.feed, header.seq);
    ids[entry.space].insert(header.id);
    rows.erase(kUnread.key(header.feed, header.key_epoch, header.seq));
    rows.erase(kTimeline.key(order_of(entry.stored), header.feed, header.seq));
  }
  DiscussionErasing counts(self_, view, rows);
  for (const auto& [space, places_there] : places) {
    const auto& gone = places_there;
    const auto is_gone = [&](const FeedId& feed, Seq seq) { return gone.contains({feed, seq}); };
    const auto drop = [&](const auto& table, auto place_of) {
      return view.walk(table.range(space), false, [&](ByteView key, ByteView) {
        const auto place = table.parse(key);
        if (place.ok() && gone.contains(place_of(*place))) rows.erase(proto::to_bytes(key));
        return true;
      });
    };
    COMITY_CHECK(counts.erase(view, space, is_gone));
    COMITY_CHECK(drop(kByThread, [](const auto& at) { return std::pair(std::get<3>(at), std::get<4>(at)); }));
    COMITY_CHECK(drop(kTopics, [](const auto& at) { return std::pair(std::get<3>(at), std::get<4>(at)); }));
    COMITY_CHECK(drop(kNames, [](const auto& at) { return std::pair(std::get<4>(at), std::get<5>(at)); }));
    COMITY_CHECK(forget_handles(space, gone, view, rows));
    COMITY_CHECK(wiki::erase_rows(space, gone, view, rows));
    COMITY_CHECK(forget_about(view, rows, space, is_gone));
    COMITY_CHECK(view.walk(kOrigins.range(space), false, [&](ByteView key, ByteView value) {
      const auto id = EntryId::from(value);
      if (id.ok() && ids.at(space).contains(*id)) rows.erase(proto::to_bytes(key));
      return true;
    }));
  }
  COMITY_CHECK(counts.finish());
  return TimelineRows(view, rows).erase(of_agencies, places);
}

Result<ThreadRow> decode_thread_row(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kByThread.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kByThread.info(), key, value));
  ThreadRow out{.order = std::get<2>(place), .feed = std::get<3>(place), .seq = std::get<4>(place)};
  out.type = static_cast<ContentType>(row.number<std::uint8_t>());
  out.entry = row.id<EntryId>();
  out.parent = row.id<EntryRef>();
  out.counted = (row.number<std::uint8_t>() & 1U) != 0;
  out.user = row.id<UserId>();
  out.readers = row.id<ReaderSet>();
  if (!row.done()) return feed::damaged(kByThread.info(), key, "the layout is another one");
  return out;
}

Result<std::optional<EntryId>> imported(const storage::View& view, const SpaceId& space,
                                        std::string_view source, std::string_view id) {
  COMITY_TRY(const auto value, view.get(kOrigins.key(space, origin_key(source, id))));
  if (!value) return std::optional<EntryId>();
  COMITY_TRY(const auto entry, EntryId::from(*value));
  return std::optional<EntryId>(entry);
}

}  // namespace comity::community
