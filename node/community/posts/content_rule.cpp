// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/content_rule.h"

#include <algorithm>

#include "node/community/people/people.h"
#include "node/community/posts/content_type.h"
#include "node/community/text.h"
#include "node/community/wiki/page_text.h"
#include "node/feed/pack.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

Error bad(std::string_view field) {
  return {Code::kFeedBodyRule, std::string(field)};
}

/// The fields of one message in turn; the first that is wrong stays.
class Fields {
 public:
  void line(std::string_view text, std::string_view name) {
    require(proto::is_plain_line(proto::as_bytes(text)), name);
  }
  template <class Texts>
  void lines(const Texts& texts, std::string_view name) {
    for (const std::string& text : texts)
      line(text, name);
  }
  void text(std::string_view text, std::string_view name) {
    if (!status_.ok()) return;
    require(check_optional_text(text, proto::bounds::kTextBytes).ok(), name);
  }
  template <class Texts>
  void tags(const Texts& texts, std::string_view name) {
    require(check_tags(std::vector<std::string>(texts.begin(), texts.end())).ok(), name);
  }
  void require(bool fine, std::string_view name) {
    if (!fine && status_.ok()) status_ = bad(name);
  }
  [[nodiscard]] Status done() const { return status_; }

 private:
  Status status_{};
};

void judge(const v1::Post& post, Fields& fields) {
  fields.line(post.title(), "title");
  fields.text(post.text(), "text");
  fields.tags(post.tag(), "tag");
  fields.line(post.url(), "url");
}

void judge(const v1::Reply& reply, Fields& fields) {
  fields.text(reply.text(), "text");
}

void judge(const v1::Edit& edit, Fields& fields) {
  fields.line(edit.title(), "title");
  fields.text(edit.text(), "text");
  fields.tags(edit.tag(), "tag");
  fields.line(edit.summary(), "summary");
}

void judge(const v1::Reaction& reaction, Fields& fields) {
  fields.line(reaction.kind(), "kind");
}

void judge(const v1::Accept& /*accept*/, Fields& /*fields*/) {}

void judge(const v1::WikiEdit& edit, Fields& fields) {
  fields.require(wiki::check_path(edit.path()).ok(), "path");
  fields.line(edit.title(), "title");
  fields.text(edit.text(), "text");
  fields.line(edit.summary(), "summary");
}

void judge(const v1::Stamp& stamp, Fields& fields) {
  fields.text(stamp.note(), "note");
}

void judge(const v1::Update& update, Fields& fields) {
  fields.text(update.text(), "text");
}

void judge(const v1::ProfileCard& card, Fields& fields) {
  fields.require(is_handle(card.handle()), "handle");
  fields.line(card.name(), "name");
  fields.line(card.unit(), "unit");
  fields.line(card.position(), "position");
  fields.lines(card.skill(), "skill");
  fields.text(card.about(), "about");
  fields.line(card.mail(), "mail");
  fields.line(card.phone(), "phone");
  fields.lines(card.language(), "language");
}

template <class Message>
Status data_is(const v1::Content& content) {
  const auto message = proto::decode<Message>(proto::as_bytes(content.data()), feed::kMostContentBytes);
  if (!message.ok()) return bad("data: " + message.error().detail);
  Fields fields;
  judge(*message, fields);
  return fields.done();
}

Status check_data(const v1::Content& content) {
  switch (content_type(content.type())) {
    case ContentType::kPost:
      return data_is<v1::Post>(content);
    case ContentType::kReply:
      if (content.parent_size() == 0) return bad("parent");
      return data_is<v1::Reply>(content);
    case ContentType::kEdit:
      return data_is<v1::Edit>(content);
    case ContentType::kReaction:
      return data_is<v1::Reaction>(content);
    case ContentType::kAccept:
      return data_is<v1::Accept>(content);
    case ContentType::kWiki:
      return data_is<v1::WikiEdit>(content);
    case ContentType::kStamp:
      return data_is<v1::Stamp>(content);
    case ContentType::kUpdate:
      return data_is<v1::Update>(content);
    case ContentType::kProfile:
      return data_is<v1::ProfileCard>(content);
    case ContentType::kOther:
    case ContentType::kWithdraw:
      break;
  }
  return {};
}

}  // namespace

Status check_content(const v1::Content& content) {
  Fields fields;
  fields.require(
      std::all_of(content.type().begin(), content.type().end(),
                  [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }),
      "type");
  if (content.has_origin()) {
    fields.line(content.origin().source(), "origin.source");
    fields.line(content.origin().id(), "origin.id");
    fields.line(content.origin().author(), "origin.author");
    fields.line(content.origin().url(), "origin.url");
  }
  COMITY_CHECK(fields.done());
  return check_data(content);
}

}  // namespace comity::community
