// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/post_reader.h"

#include "crypto/bech32m.h"
#include "node/community/ids.h"
#include "node/community/people/people.h"
#include "node/community/posts/content_rule.h"
#include "node/community/posts/cursor.h"
#include "node/community/tables.h"
#include "node/community/text.h"
#include "node/feed/hlc.h"
#include "node/feed/pack.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

namespace bounds = proto::bounds;

constexpr std::size_t kNoteBytes = 16384;
// Rows that one page looks at: what a reader may not see costs no more than this.
constexpr std::size_t kMostLooked = 1000;

std::string_view reason_text(v1::WithdrawReason reason) {
  switch (reason) {
    case v1::WITHDRAW_REASON_AUTHOR:
      return "author";
    case v1::WITHDRAW_REASON_MODERATION:
      return "moderation";
    case v1::WITHDRAW_REASON_RELEASE_ERROR:
      return "release error";
    case v1::WITHDRAW_REASON_LEGAL:
      return "legal";
    case v1::WITHDRAW_REASON_RETENTION:
      return "retention";
    default:
      return "unknown";
  }
}

Person person_of(const v1::UserRef& ref) {
  return {id_in<AgencyId>(ref.agency()), id_in<UserId>(ref.user())};
}

// What cannot be shown to anybody, rather than what went wrong below.
bool is_unreadable(const Error& error) {
  const int number = static_cast<int>(error.code);
  return number < 1300 || number >= 1400;
}

bool is_text(const v1::Content& content, ContentType type) {
  return content_type(content.type()) == type;
}

void put_data(const v1::Content& content, PostView& view) {
  const ByteView data = proto::as_bytes(content.data());
  if (is_text(content, ContentType::kPost)) {
    const auto post = proto::decode<v1::Post>(data, feed::kMostContentBytes);
    if (!post.ok()) return;
    view.title = post->title();
    view.text = post->text();
    view.tags.assign(post->tag().begin(), post->tag().end());
    view.question = post->question();
    view.url = post->url();
  } else if (is_text(content, ContentType::kReply)) {
    const auto reply = proto::decode<v1::Reply>(data, feed::kMostContentBytes);
    if (reply.ok()) view.text = reply->text();
  } else if (is_text(content, ContentType::kUpdate)) {
    const auto update = proto::decode<v1::Update>(data, feed::kMostContentBytes);
    if (update.ok()) view.text = update->text();
  } else if (is_text(content, ContentType::kWiki)) {
    const auto edit = proto::decode<v1::WikiEdit>(data, feed::kMostContentBytes);
    if (!edit.ok()) return;
    view.path = edit->path();
    view.title = edit->title().empty() ? edit->path() : edit->title();
    view.text = edit->text();
    view.summary = edit->summary();
  } else if (is_text(content, ContentType::kStamp)) {
    const auto stamp = proto::decode<v1::Stamp>(data, feed::kMostContentBytes);
    if (stamp.ok()) view.text = stamp->note();
  } else if (is_text(content, ContentType::kEdit)) {
    const auto edit = proto::decode<v1::Edit>(data, feed::kMostContentBytes);
    if (!edit.ok()) return;
    view.title = edit->title();
    view.text = edit->text();
    view.tags.assign(edit->tag().begin(), edit->tag().end());
    view.edit_summary = edit->summary();
  } else if (is_text(content, ContentType::kReaction)) {
    const auto reaction = proto::decode<v1::Reaction>(data, feed::kMostContentBytes);
    if (reaction.ok()) view.text = reaction->undone() ? reaction->kind() + " (taken back)" : reaction->kind();
  }
}

}  // namespace

Result<const SpaceSight*> PostReader::enter(const SpaceId& space) const {
  const SpaceSight* sight = sights_.find(space);
  if (sight == nullptr || !sight->open || !policy::admits(sight->readers, reader_))
    return Error{Code::kSpaceUnknown, {}};
  return sight;
}

Result<const SpaceSight*> PostReader::space_of(const FeedId& feed) {
  auto at = homes_.find(feed);
  if (at == homes_.end()) {
    COMITY_TRY(const auto state, feed::get_feed(view_, feed));
    at = homes_.emplace(feed, Home{state.space, state.agency()}).first;
  }
  return sights_.find(at->second.space);
}

Result<std::optional<PostReader::Opened>> PostReader::try_open(feed::StoredHeader stored) {
  const feed::Header& header = stored.header;
  std::optional<Opened> nothing;
  if (header.kind != v1::KIND_CONTENT) return nothing;
  COMITY_TRY(const SpaceSight* const space, space_of(header.feed));
  if (space == nullptr || !space->open || !policy::admits(space->readers, reader_)) return nothing;
  auto content = feeds_.shared_content(header);
  if (!content.ok()) {
    if (is_unreadable(content.error())) return nothing;
    return content.error();
  }
  Opened out{.stored = std::move(stored), .space = space, .content = *std::move(content)};
  for (const v1::UserRef& ref : out.content->named())
    out.named.push_back(person_of(ref));
  // Who speaks for whom: an agency names its own people only.
  out.writer = person_of(out.content->author());
  const feed::Header& kept = out.stored.header;
  if (out.writer.agency != kept.agency) out.writer = {kept.agency, UserId()};
  COMITY_TRY(out.withdrawn, feed::withdrawn(view_, kept, [&](const AgencyId& agency) {
               return space->may_moderate(agency);
             }));
  const policy::EntrySight sight{.space_kind = space->kind,
                                 .space_open = space->open,
                                 .tlp = kept.label.tlp,
                                 .author_hidden = sights_.hidden(kept.agency),
                                 .withdrawn = out.withdrawn.has_value(),
                                 .writer = out.writer,
                                 .named = out.named};
  if (policy::admit(reader_, space->readers, sight) == policy::Sight::kNothing) return nothing;
  out.thread = id_in<EntryRef>(out.content->thread());
  if (out.thread.is_zero() && is_text(*out.content, ContentType::kReply) && out.content->parent_size() > 0)
    out.thread = id_in<EntryRef>(out.content->parent(0));
  if (out.thread.is_zero()) out.thread = ref_of(kept.id);
  if (is_text(*out.content, ContentType::kEdit)) {
    COMITY_TRY(const bool own, is_own_edit(out));
    if (!own) return nothing;
  }
  return std::optional<Opened>(std::move(out));
}

Result<bool> PostReader::is_own_edit(const Opened& edit) {
  const auto message =
      proto::decode<v1::Edit>(proto::as_bytes(edit.content->data()), feed::kMostContentBytes);
  if (!message.ok()) return false;
  auto stored = feeds_.find(id_in<EntryRef>(message->target()));
  if (!stored.ok()) return is_unreadable(stored.error()) ? Result<bool>(false) : stored.error();
  // An edit of an edit is none, and is not followed further.
  const auto content = feeds_.shared_content(stored->header);
  if (!content.ok()) return is_unreadable(content.error()) ? Result<bool>(false) : content.error();
  if (!is_editable(content_type((*content)->type()))) return false;
  COMITY_TRY(const auto target, try_open(*std::move(stored)));
  return target && target->writer == edit.writer && target->space == edit.space && !target->withdrawn;
}

Result<PostReader::Opened> PostReader::open(const EntryRef& ref) {
  auto stored = feeds_.find(ref);
  if (!stored.ok()) {
    if (is_unreadable(stored.error())) return Error{Code::kPostUnknown, {}};
    return stored.error();
  }
  COMITY_TRY(auto opened, try_open(*std::move(stored)));
  if (!opened) return Error{Code::kPostUnknown, {}};
  // Lists hold what Conversations has judged; an id may come before it did.
  const bool own = opened->stored.header.agency == sights_.self;
  if (!own && !check_content(*opened->content).ok()) return Error{Code::kPostUnknown, {}};
  return *std::move(opened);
}

Result<std::string> PostReader::ref_text(const EntryRef& ref) {
  const auto known = named_.find(ref);
  if (known != named_.end()) return known->second;
  const auto stored = feeds_.find(ref);
  if (!stored.ok() && !is_unreadable(stored.error())) return stored.error();
  return named_[ref] = stored.ok() ? id_text(stored->header.id) : id_text(ref);
}

Result<PostView> PostReader::show(const EntryId& entry) {
  COMITY_TRY(const auto opened, open(entry));
  return view_of(opened);
}

Result<std::string> PostReader::author_text(const SpaceId& space, const Person& person, std::string& name) {
  if (person.user.is_zero()) return sights_.name(person.agency);
  const auto known = authors_.find({space, person});
  if (known != authors_.end()) {
    name = known->second.second;
    return known->second.first;
  }
  std::string text;
  // Of our own people the rest of their card is not needed.
  COMITY_TRY(const auto own, person.agency == sights_.self ? find_person(view_, person.user)
                                                           : Result<std::optional<PersonRow>>(std::nullopt));
  if (own) {
    text = own->handle + "@" + sights_.name(sights_.self);
    name = own->name;
  } else {
    COMITY_TRY(const KnownPerson author, people_.author(space, person));
    text = address_text(author);
    name = author.card.name();
  }
  authors_[{space, person}] = {text, name};
  return text;
}

Status PostReader::name_author(const SpaceId& space, const Person& person, PostView& view) {
  COMITY_TRY(view.author, author_text(space, person, view.author_name));
  if (!person.user.is_zero()) view.author_id = id_text(person.user);
  view.agency = sights_.name(person.agency);
  view.agency_id = crypto::agency_id_text(person.agency);
  return {};
}

Status PostReader::name_withdrawal(const Opened& opened, PostView& view) {
  view.withdrawn = true;
  view.withdrawn_reason = reason_text(opened.withdrawn->reason);
  Person by{opened.withdrawn->by, UserId()};
  const auto stored = feeds_.find(opened.withdrawn->withdraw);
  if (stored.ok()) {
    const auto body = feeds_.body(stored->header);
    const auto message = body.ok() ? proto::decode<v1::Withdraw>(*body, bounds::kSealedBodyBytes)
                                   : Result<v1::Withdraw>(body.error());
    if (message.ok() && !message->sealed_note().empty()) {
      const auto note = feeds_.open_sealed(stored->header, proto::as_bytes(message->sealed_note()));
      const auto content =
          note.ok() ? proto::decode<v1::Content>(*note, kNoteBytes) : Result<v1::Content>(note.error());
      if (content.ok()) {
        const Person named = person_of(content->author());
        if (named.agency == by.agency) by = named;
        const auto words = proto::decode<v1::Withdrawal>(proto::as_bytes(content->data()), kNoteBytes);
        if (words.ok() && check_optional_text(words->text(), kNoteBytes).ok()) {
          view.withdrawn_text = words->text();
        }
      }
    }
  }
  std::string name;
  COMITY_TRY(view.withdrawn_by, author_text(opened.space->id, by, name));
  return {};
}

Result<PostView> PostReader::view_of(const Opened& opened) {
  const feed::Header& header = opened.stored.header;
  PostView view{.id = id_text(header.id),
                .space = opened.space->slug,
                .space_id = id_text(opened.space->id),
                .feed_id = id_text(header.feed),
                .kind = std::string(content_type_text(content_type(opened.content->type())))};
  COMITY_CHECK(name_author(opened.space->id, opened.writer, view));
  view.time = time_text(feed::hlc_time(header.hlc));
  view.label = policy::tlp_text(header.label.tlp);
  named_[ref_of(header.id)] = view.id;
  if (opened.content->parent_size() > 0) {
    COMITY_TRY(view.parent, ref_text(id_in<EntryRef>(opened.content->parent(0))));
  }
  COMITY_TRY(view.thread, ref_text(opened.thread));
  if (opened.withdrawn) {
    COMITY_CHECK(name_withdrawal(opened, view));
    return view;
  }
  put_data(*opened.content, view);
  COMITY_CHECK(put_about(opened, view));
  if (opened.content->has_origin()) {
    const v1::Origin& origin = opened.content->origin();
    view.origin_source = origin.source();
    view.origin_author = origin.author();
    view.origin_url = origin.url();
    if (origin.time() != 0) view.origin_time = time_text(from_millis(origin.time()));
  }
  return view;
}

Result<std::optional<PostView>> PostReader::withdraw_view(const feed::StoredHeader& stored) {
  const auto body = feeds_.body(stored.header);
  if (!body.ok()) return std::optional<PostView>();
  const auto message = proto::decode<v1::Withdraw>(*body, bounds::kSealedBodyBytes);
  if (!message.ok()) return std::optional<PostView>();
  auto target = open(id_in<EntryRef>(message->target()));
  if (!target.ok() && target.error().code == Code::kPostUnknown) return std::optional<PostView>();
  if (!target.ok()) return target.error();
  // A word without the right to it is no event.
  if (!target->withdrawn || target->withdrawn->by != stored.header.agency) return std::optional<PostView>();
  COMITY_TRY(auto view, view_of(*target));
  view.parent = view.id;
  view.id = id_text(stored.header.id);
  view.feed_id = id_text(stored.header.feed);
  view.kind = content_type_text(ContentType::kWithdraw);
  view.time = time_text(feed::hlc_time(stored.header.hlc));
  return std::optional<PostView>(std::move(view));
}

Result<std::optional<PostView>> PostReader::at(const FeedId& feed, Seq seq) {
  auto stored = feeds_.header(feed, seq);
  if (!stored.ok()) {
    if (is_unreadable(stored.error())) return std::optional<PostView>();
    return stored.error();
  }
  if (stored->header.kind == v1::KIND_WITHDRAW) return withdraw_view(*stored);
  COMITY_TRY(const auto opened, try_open(*std::move(stored)));
  if (!opened) return std::optional<PostView>();
  COMITY_TRY(auto view, view_of(*opened));
  return std::optional<PostView>(std::move(view));
}

Result<std::optional<PostReader::Opened>> PostReader::opened_at(const FeedId& feed, Seq seq) {
  auto stored = feeds_.header(feed, seq);
  if (stored.ok()) return try_open(*std::move(stored));
  return is_unreadable(stored.error()) ? Result<std::optional<Opened>>(std::nullopt) : stored.error();
}

Status PostReader::put_counts(const SpaceId& space, PostView& view) {
  COMITY_TRY(const EntryId first, parse_entry_id(view.id));
  COMITY_TRY(const ThreadCount count, reading_.thread(space, ref_of(first)));
  view.entries = count.entries;
  view.unread_entries = count.unread;
  if (count.newest) view.newest = time_text(feed::hlc_time(*count.newest));
  return {};
}

Result<PostPage> PostReader::list(const SpaceId& space, const ListQuery& query) {
  COMITY_CHECK(enter(space));
  if (query.limit == 0 || query.limit > bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  if (!query.tag.empty()) return list_tag(space, query);
  const auto type = static_cast<std::uint8_t>(query.type);
  storage::Range range = kTopics.range(space, type);
  if (!query.after.empty()) {
    COMITY_TRY(const PlaceCursor cursor, parse_place_cursor(query.after));
    range.end = kTopics.key(space, type, cursor.order, cursor.feed, cursor.seq);
  }
  std::vector<PlaceCursor> places;
  COMITY_CHECK(view_.walk(range, true, [&](ByteView key, ByteView) {
    if (const auto place = kTopics.parse(key); place.ok())
      places.push_back({std::get<2>(*place), std::get<3>(*place), std::get<4>(*place)});
    return places.size() <= kMostLooked;
  }));
  PostPage page;
  std::size_t looked = 0;
  for (; looked < places.size() && looked < kMostLooked && page.posts.size() < query.limit; ++looked) {
    COMITY_TRY(auto view, at(places[looked].feed, places[looked].seq));
    if (!view) continue;
    COMITY_CHECK(put_counts(space, *view));
    page.posts.push_back(*std::move(view));
  }
  if (looked < places.size()) page.next = place_cursor_text(places[looked - 1]);
  return page;
}

}  // namespace comity::community
