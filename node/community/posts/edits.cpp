// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/compose.h"
#include "node/community/posts/posts.h"

namespace comity::community {
namespace {

Result<Composed> compose_edit(const NewEdit& what, Composing& at) {
  COMITY_TRY(const auto target, at.reader().open(what.entry));
  const ContentType type = content_type(target.content->type());
  if (!is_editable(type)) return Error{Code::kPostUnknown, "only posts, replies and updates are edited so"};
  if (target.withdrawn) return Error{Code::kPostWithdrawn, {}};
  if (target.writer != at.writer()) return Error{Code::kNotAuthor, {}};
  COMITY_TRY(const auto now, at.reader().version_of(target));
  EntryVersion next = now;
  if (what.title) next.title = *what.title;
  if (what.text) next.text = *what.text;
  if (what.tags) next.tags = *what.tags;
  if (type != ContentType::kPost && what.title) return Error{Code::kTitleRule, "only a post has a title"};
  if (type != ContentType::kPost && what.tags) return Error{Code::kTagRule, "only a post has tags"};
  if (next.title == now.title && next.text == now.text && next.tags == now.tags)
    return Error{Code::kBadArguments, "nothing is changed"};
  next.summary = what.summary;
  Composed out = addressed_like(target, at);
  const bool titled = type == ContentType::kPost && target.space->kind != v1::SPACE_KIND_CIRCLE;
  COMITY_TRY(out.content, edit_content(at.writer(), ref_of(what.entry), next, titled));
  out.mentions_in = next.text;
  out.told_in = now.text;
  out.content.add_parent(field(ref_of(now.entry).view()));
  out.content.set_thread(field(target.thread.view()));
  return out;
}

Result<Composed> compose_reaction(const NewReaction& what, Composing& at) {
  COMITY_TRY(const auto target, at.reader().open(what.entry));
  const ContentType type = content_type(target.content->type());
  const bool fits = is_editable(type) || type == ContentType::kWiki;
  if (!fits) return Error{Code::kPostUnknown, "nobody reacts to this"};
  if (target.withdrawn) return Error{Code::kPostWithdrawn, {}};
  Composed out = addressed_like(target, at);
  COMITY_TRY(out.content, reaction_content(at.writer(), ref_of(what.entry), what.kind, what.undone));
  out.content.add_parent(field(ref_of(what.entry).view()));
  out.content.set_thread(field(target.thread.view()));
  return out;
}

Result<Composed> compose_mark(const NewMark& what, Composing& at) {
  COMITY_TRY(const auto answer, at.reader().open(what.answer));
  if (content_type(answer.content->type()) != ContentType::kReply) return Error{Code::kAnswerRule, {}};
  if (answer.withdrawn) return Error{Code::kPostWithdrawn, {}};
  const auto first = at.reader().open(answer.thread);
  if (!first.ok() && first.error().code != Code::kPostUnknown) return first.error();
  const bool asker = first.ok() && first->writer == at.writer() && first->space->id == answer.space->id;
  if (!asker) return Error{Code::kAnswerRule, {}};
  if (first->withdrawn) return Error{Code::kPostWithdrawn, {}};
  COMITY_TRY(const auto marked, at.reader().answer_of(*first));
  const bool is_marked = marked && *marked == ref_of(what.answer);
  if (what.undone && !is_marked) return Error{Code::kAnswerRule, "it is not marked"};
  // Whoever reads the discussion sees the mark.
  Composed out = addressed_like(*first, at);
  out.content = mark_content(at.writer(), ref_of(what.answer), what.undone);
  out.content.add_parent(field(ref_of(what.answer).view()));
  out.content.set_thread(field(answer.thread.view()));
  return out;
}

}  // namespace

void Posts::edit(const NewEdit& what, OnPosted done) {
  write(
      what.author, [what](Composing& at) { return compose_edit(what, at); }, std::move(done));
}

void Posts::react(const NewReaction& what, OnPosted done) {
  write(
      what.author, [what](Composing& at) { return compose_reaction(what, at); }, std::move(done));
}

void Posts::mark_answer(const NewMark& what, OnPosted done) {
  write(
      what.author, [what](Composing& at) { return compose_mark(what, at); }, std::move(done));
}

}  // namespace comity::community
