// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/compose.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/community/discussion/about.h"
#include "node/community/text.h"
#include "node/feed/pack.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::size_t kUrlBytes = 2048;
constexpr std::size_t kReasonBytes = 2048;
constexpr std::size_t kSummaryBytes = 512;

void put_person(v1::UserRef& ref, const Person& person) {
  ref.set_agency(field(person.agency.view()));
  ref.set_user(field(person.user.view()));
}

v1::Content content_of(const Person& author, ContentType type) {
  v1::Content content;
  put_person(*content.mutable_author(), author);
  content.set_type(std::string(content_type_text(type)));
  return content;
}

}  // namespace

Result<v1::Content> post_content(const Person& author, const NewPost& what) {
  v1::Post post;
  post.set_title(what.title);
  post.set_text(with_line_feeds(what.text));
  if (!what.message || !post.title().empty()) COMITY_CHECK(check_title(post.title()));
  COMITY_CHECK(check_text(post.text(), proto::bounds::kTextBytes));
  COMITY_CHECK(check_tags(what.tags));
  for (const std::string& tag : what.tags)
    post.add_tag(tag);
  post.set_question(what.question);
  if (what.url.size() > kUrlBytes || !proto::is_plain_line(proto::as_bytes(what.url)))
    return Error{Code::kTextRule, "the address"};
  post.set_url(what.url);
  v1::Content content = content_of(author, ContentType::kPost);
  content.set_data(field(proto::encode(post)));
  put_origin(content, what.origin);
  return content;
}

Result<v1::Content> update_content(const Person& author, const NewUpdate& what) {
  v1::Update update;
  update.set_text(with_line_feeds(what.text));
  if (update.text().size() > kUpdateBytes)
    return Error{Code::kTextTooLong,
                 fmt::format("{} bytes; an update has at most {}", update.text().size(), kUpdateBytes)};
  COMITY_CHECK(check_text(update.text(), kUpdateBytes));
  v1::Content content = content_of(author, ContentType::kUpdate);
  content.set_data(field(proto::encode(update)));
  return content;
}

Result<v1::Content> reply_content(const Person& author, const NewReply& what, const EntryRef& thread) {
  v1::Reply reply;
  reply.set_text(with_line_feeds(what.text));
  COMITY_CHECK(check_text(reply.text(), proto::bounds::kTextBytes));
  v1::Content content = content_of(author, ContentType::kReply);
  content.add_parent(field(ref_of(what.parent).view()));
  content.set_thread(field(thread.view()));
  content.set_data(field(proto::encode(reply)));
  put_origin(content, what.origin);
  return content;
}

Result<v1::Content> edit_content(const Person& author, const EntryRef& target, const EntryVersion& version,
                                 bool titled) {
  v1::Edit edit;
  edit.set_target(field(target.view()));
  edit.set_title(version.title);
  edit.set_text(with_line_feeds(version.text));
  edit.set_summary(version.summary);
  if (titled || !edit.title().empty()) COMITY_CHECK(check_title(edit.title()));
  COMITY_CHECK(check_text(edit.text(), proto::bounds::kTextBytes));
  COMITY_CHECK(check_tags(version.tags));
  for (const std::string& tag : version.tags)
    edit.add_tag(tag);
  const bool plain =
      edit.summary().size() <= kSummaryBytes && proto::is_plain_line(proto::as_bytes(edit.summary()));
  if (!plain) return Error{Code::kTextRule, "the summary"};
  v1::Content content = content_of(author, ContentType::kEdit);
  content.set_data(field(proto::encode(edit)));
  return content;
}

Result<v1::Content> reaction_content(const Person& author, const EntryRef& target, std::string_view kind,
                                     bool undone) {
  if (std::find(std::begin(kReactionKinds), std::end(kReactionKinds), kind) == std::end(kReactionKinds))
    return Error{Code::kReactionRule, {}};
  v1::Reaction reaction;
  reaction.set_target(field(target.view()));
  reaction.set_kind(std::string(kind));
  reaction.set_undone(undone);
  v1::Content content = content_of(author, ContentType::kReaction);
  content.set_data(field(proto::encode(reaction)));
  return content;
}

v1::Content mark_content(const Person& author, const EntryRef& answer, bool undone) {
  v1::Accept accept;
  accept.set_answer(field(answer.view()));
  accept.set_undone(undone);
  v1::Content content = content_of(author, ContentType::kAccept);
  content.set_data(field(proto::encode(accept)));
  return content;
}

Result<v1::Content> withdrawal_content(const Person& author, std::string_view reason) {
  v1::Withdrawal withdrawal;
  withdrawal.set_text(with_line_feeds(reason));
  COMITY_CHECK(check_optional_text(withdrawal.text(), kReasonBytes));
  v1::Content content;
  put_person(*content.mutable_author(), author);
  content.set_type("withdrawal");
  content.set_data(field(proto::encode(withdrawal)));
  return content;
}

v1::Content card_content(const Person& author, const v1::ProfileCard& card) {
  v1::Content content = content_of(author, ContentType::kProfile);
  content.set_data(field(proto::encode(card)));
  return content;
}

void put_origin(v1::Content& content, const std::optional<PostOrigin>& origin) {
  if (!origin) return;
  v1::Origin& out = *content.mutable_origin();
  out.set_source(origin->source);
  out.set_id(origin->id);
  out.set_author(origin->author);
  out.set_time(origin->time == WallTime() ? 0 : millis(origin->time));
  out.set_url(origin->url);
}

v1::Content profile_content(const Person& author, const PersonRow& person, std::span<const Person> named) {
  v1::ProfileCard card;
  card.set_handle(person.handle);
  card.set_name(person.name);
  v1::Content content = card_content(author, card);
  put_named(content, named);
  return content;
}

void put_author(v1::Content& content, const Person& author) {
  put_person(*content.mutable_author(), author);
}

void put_named(v1::Content& content, std::span<const Person> named) {
  for (const Person& person : named)
    put_person(*content.add_named(), person);
}

Result<Bytes> pack_content(const v1::Content& content) {
  COMITY_TRY(const auto bytes, proto::encode_checked(content));
  return feed::pack(bytes);
}

}  // namespace comity::community
