// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/documents.h"

#include "node/feed/feed_state.h"
#include "node/feed/hlc.h"
#include "node/feed/pack.h"
#include "node/feed/withdraw.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community::search {
namespace {

// What nobody can read, rather than what went wrong below.
bool is_unreadable(const Error& error) {
  const int number = static_cast<int>(error.code);
  return number < 1300 || number >= 1400;
}

Person person_of(const v1::UserRef& ref) {
  return {id_in<AgencyId>(ref.agency()), id_in<UserId>(ref.user())};
}

// An agency names its own people only; whatever else it says, it wrote itself.
Person writer_of(const v1::Content& content, const AgencyId& agency) {
  const Person writer = person_of(content.author());
  return writer.agency == agency ? writer : Person{agency, UserId()};
}

Hlc order_of(const feed::StoredHeader& stored) {
  return stored.ahead ? feed::make_hlc(stored.received) : stored.header.hlc;
}

template <class Message>
Result<Message> data_of(const v1::Content& content) {
  return proto::decode<Message>(proto::as_bytes(content.data()), feed::kMostContentBytes);
}

bool is_searched(ContentType type) {
  return type == ContentType::kPost || type == ContentType::kReply || type == ContentType::kUpdate;
}

// Title, text and tags of a content. False when it has none.
bool put_words(const v1::Content& content, Document& document) {
  const auto tags_of = [&](const auto& message) {
    document.tags.assign(message.tag().begin(), message.tag().end());
  };
  switch (content_type(content.type())) {
    case ContentType::kPost: {
      const auto post = data_of<v1::Post>(content);
      if (!post.ok()) return false;
      document.title = post->title();
      document.text = post->text();
      tags_of(*post);
      return true;
    }
    case ContentType::kReply: {
      const auto reply = data_of<v1::Reply>(content);
      if (!reply.ok()) return false;
      document.text = reply->text();
      return true;
    }
    case ContentType::kUpdate: {
      const auto update = data_of<v1::Update>(content);
      if (!update.ok()) return false;
      document.text = update->text();
      return true;
    }
    case ContentType::kEdit: {
      const auto edit = data_of<v1::Edit>(content);
      if (!edit.ok()) return false;
      document.title = edit->title();
      document.text = edit->text();
      tags_of(*edit);
      return true;
    }
    case ContentType::kWiki: {
      const auto page = data_of<v1::WikiEdit>(content);
      if (!page.ok()) return false;
      document.title = page->title().empty() ? page->path() : page->title() + " " + page->path();
      document.text = page->text();
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

Result<SpaceId> Documents::space_of(const FeedId& feed) {
  const auto known = spaces_.find(feed);
  if (known != spaces_.end()) return known->second;
  COMITY_TRY(const auto state, feed::get_feed(view_, feed));
  spaces_.emplace(feed, state.space);
  return state.space;
}

Result<std::optional<Documents::Read>> Documents::finish(feed::StoredHeader stored) {
  Read out{.stored = std::move(stored)};
  COMITY_TRY(out.space, space_of(out.stored.header.feed));
  if (out.stored.header.kind != v1::KIND_CONTENT) return std::optional(std::move(out));
  auto content = feeds_.shared_content(out.stored.header);
  if (content.ok()) {
    out.content = *std::move(content);
  } else if (!is_unreadable(content.error())) {
    return content.error();
  }
  return std::optional(std::move(out));
}

Result<std::optional<Documents::Read>> Documents::read(const Place& place) {
  auto stored = feeds_.header(place.feed, place.seq);
  if (stored.ok()) return finish(*std::move(stored));
  if (is_unreadable(stored.error())) return std::optional<Read>();
  return stored.error();
}

Result<bool> Documents::is_withdrawn(const Read& read) const {
  const SpaceSight* const space = sights_.find(read.space);
  COMITY_TRY(const auto word, feed::withdrawn(view_, read.stored.header, [&](const AgencyId& agency) {
               return space != nullptr && space->may_moderate(agency);
             }));
  return word.has_value();
}

Result<std::optional<Meaning>> Documents::meaning(const Place& place) {
  COMITY_TRY(const auto held, read(place));
  if (!held) return std::optional<Meaning>();
  const feed::Header& header = held->stored.header;
  Meaning out{.order = order_of(held->stored)};
  if (header.kind == v1::KIND_WITHDRAW) {
    const auto body = feeds_.body(header);
    if (!body.ok())
      return is_unreadable(body.error()) ? std::optional<Meaning>()
                                         : Result<std::optional<Meaning>>(body.error());
    const auto message = proto::decode<v1::Withdraw>(*body, proto::bounds::kSealedBodyBytes);
    if (!message.ok()) return std::optional<Meaning>();
    const auto target = id_in<EntryRef>(message->target());
    const auto stored = feeds_.find(target);
    if (!stored.ok())
      return is_unreadable(stored.error()) ? std::optional<Meaning>()
                                           : Result<std::optional<Meaning>>(stored.error());
    // What was withdrawn may itself be a version of something.
    if (stored->header.kind != v1::KIND_CONTENT) return std::optional<Meaning>();
    COMITY_TRY(auto meant, meaning({stored->header.feed, stored->header.seq}));
    if (meant) {
      meant->document.reset();
      meant->is_version = false;
    }
    return meant;
  }
  if (!held->content) return std::optional<Meaning>();
  const ContentType type = content_type(held->content->type());
  if (type == ContentType::kEdit) {
    const auto edit = data_of<v1::Edit>(*held->content);
    if (!edit.ok()) return std::optional<Meaning>();
    out.subject = id_in<EntryRef>(edit->target());
    out.is_version = true;
  } else if (type == ContentType::kWiki) {
    out.subject = id_in<EntryRef>(held->content->thread());
    if (out.subject.is_zero()) out.subject = ref_of(header.id);
    out.is_version = true;
  } else if (is_searched(type)) {
    out.subject = ref_of(header.id);
    COMITY_TRY(out.document, document(out.subject, {}, place));
  }
  return std::optional(std::move(out));
}

Result<std::optional<Document>> Documents::document(const EntryRef& subject, std::span<const Place> versions,
                                                    const std::optional<Place>& shown) {
  std::optional<Document> nothing;
  std::optional<Read> first;
  if (shown) {
    COMITY_TRY(first, read(*shown));
  }
  if (!first || ref_of(first->stored.header.id) != subject) {
    auto stored = feeds_.find(subject);
    first.reset();
    if (stored.ok()) {
      COMITY_TRY(first, finish(*std::move(stored)));
    } else if (!is_unreadable(stored.error())) {
      return stored.error();
    }
  }
  const auto begin = [&](const Read& read) {
    const feed::Header& header = read.stored.header;
    return Document{.subject = subject,
                    .shown = {header.feed, header.seq},
                    .space = read.space,
                    .writer = writer_of(*read.content, header.agency),
                    .type = content_type(read.content->type()),
                    .tlp = header.label.tlp,
                    .named = read.content->named_size() != 0,
                    .order = order_of(read.stored)};
  };
  const bool is_post = first && first->content && is_searched(content_type(first->content->type()));
  if (first) {
    // Withdrawing a post withdraws every version of it.
    COMITY_TRY(const bool withdrawn, is_withdrawn(*first));
    if (withdrawn && (is_post || !first->content)) return nothing;
  }
  for (const Place& place : versions) {
    COMITY_TRY(const auto version, read(place));
    if (!version || !version->content) continue;
    const ContentType type = content_type(version->content->type());
    if (type == ContentType::kEdit) {
      if (!is_post || version->space != first->space) continue;
      const Person by = writer_of(*version->content, version->stored.header.agency);
      if (by != writer_of(*first->content, first->stored.header.agency)) continue;
    } else if (type != ContentType::kWiki || is_post) {
      continue;
    }
    COMITY_TRY(const bool withdrawn, is_withdrawn(*version));
    if (withdrawn) continue;
    // A page shows as its newest revision, a post stays where it stands and changes its words.
    Document out = begin(type == ContentType::kEdit ? *first : *version);
    if (!put_words(*version->content, out)) continue;
    if (type == ContentType::kEdit) {
      out.version = place;
      out.named = out.named || version->content->named_size() != 0;
    }
    return std::optional(std::move(out));
  }
  if (!is_post) return nothing;
  Document out = begin(*first);
  if (!put_words(*first->content, out)) return nothing;
  return std::optional(std::move(out));
}

}  // namespace comity::community::search
