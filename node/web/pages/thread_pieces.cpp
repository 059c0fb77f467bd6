// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/thread_pieces.h"

#include "node/api/post_rows.h"
#include "node/web/look/look.h"
#include "node/web/pages/entries.h"

namespace comity::web {
namespace {

namespace json = boost::json;
using community::PostView;

/// A key in pieces that cannot run into each other.
class Key {
 public:
  explicit Key(std::string& out) : out_(out) {}
  Key& text(std::string_view value) {
    number(value.size());
    out_.append(value);
    return *this;
  }
  Key& number(std::uint64_t value) {
    // Seven bits a byte: most lengths and counts are small.
    for (; value >= 0x80; value >>= 7U)
      out_.push_back(static_cast<char>(value | 0x80U));
    out_.push_back(static_cast<char>(value));
    return *this;
  }
  Key& flags(std::initializer_list<bool> values) {
    std::uint64_t bits = 0;
    for (const bool value : values)
      bits = bits << 1U | (value ? 1U : 0U);
    return number(bits);
  }

 private:
  std::string& out_;
};

void put(Key& key, const PostView& post) {
  // All fields by name: one that is added does not compile until it has a place here.
  const auto& [id, space, space_id, feed_id, kind, author, author_name, author_id, agency, agency_id, title,
               text, time, label, parent, thread, tags, question, path, summary, url, origin_source,
               origin_author, origin_url, origin_time, edited, edited_time, edit_summary, reactions, answer,
               is_answer, withdrawn, withdrawn_by, withdrawn_reason, withdrawn_text, unseen, unread, entries,
               unread_entries, newest, depth] = post;
  for (const std::string* one :
       {&id,           &space,         &space_id,      &feed_id,          &kind,           &author,
        &author_name,  &author_id,     &agency,        &agency_id,        &title,          &text,
        &time,         &label,         &parent,        &thread,           &path,           &summary,
        &url,          &origin_source, &origin_author, &origin_url,       &origin_time,    &edited_time,
        &edit_summary, &answer,        &withdrawn_by,  &withdrawn_reason, &withdrawn_text, &newest})
    key.text(*one);
  key.number(tags.size());
  for (const std::string& tag : tags)
    key.text(tag);
  key.number(reactions.size());
  for (const community::ReactionCount& one : reactions)
    key.text(one.kind).number(one.count).flags({one.own});
  key.flags({question, edited, is_answer, withdrawn, unseen, unread});
  key.number(entries).number(unread_entries).number(depth);
}

void put(Key& key, const SeenSpace& space) {
  key.text(space.slug).text(space.title).text(space.kind).text(space.ceiling);
  key.number(space.agencies.size());
  for (const std::string& agency : space.agencies)
    key.text(agency);
}

}  // namespace

const std::string& author_name(const PostView& post) {
  return post.author_name.empty() ? post.author : post.author_name;
}

ThreadPieces::ThreadPieces(const Lens& lens, const PostView& first, Kept& kept)
    : lens_(lens),
      kept_(kept),
      asked_(first.question && first.author == lens.address),
      label_(first.label),
      today_(local_day(lens.zone, lens.now)) {
  Key key(alike_);
  key.number(reinterpret_cast<std::uintptr_t>(lens.words));
  key.text(lens.base).text(lens.zone.name()).text(lens.agency).text(label_);
  key.flags({lens.moderates, asked_});
  const SeenSpace* const space = lens.space(first.space_id);
  key.flags({space != nullptr});
  if (space != nullptr) put(key, *space);
}

std::string ThreadPieces::key(const PostView& post, const std::string& answered, bool marks_unread,
                              const std::string& delivery) const {
  std::string out;
  out.reserve(alike_.size() + post.text.size() + 1024);
  out = alike_;
  Key key(out);
  put(key, post);
  key.text(answered).text(delivery).flags({post.author == lens_.address, marks_unread});
  key.number(static_cast<std::uint64_t>(age_step(post.time, lens_.now, today_) + 1));
  if (post.edited) key.number(static_cast<std::uint64_t>(age_step(post.edited_time, lens_.now, today_) + 1));
  return out;
}

std::string ThreadPieces::make(const PostView& post, const std::string& answered, bool marks_unread,
                               const std::string& delivery) const {
  ThreadAt at{.asked = asked_, .label = label_};
  if (!answered.empty()) at.authors[post.parent] = answered;
  json::object view = entry_view(lens_, api::post_json(post), at);
  view["first_unread"] = marks_unread;
  view["delivery"] = delivery;
  return look_piece("piece_entry", std::move(view), lens_.base);
}

Piece ThreadPieces::piece(const PostView& post, const std::string& answered, bool marks_unread,
                          const std::string& delivery) const {
  std::string wanted = key(post, answered, marks_unread, delivery);
  if (auto known = kept_.find(wanted)) return known;
  auto fresh = std::make_shared<const std::string>(make(post, answered, marks_unread, delivery));
  kept_.put(std::move(wanted), fresh);
  return fresh;
}

}  // namespace comity::web
