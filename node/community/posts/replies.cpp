// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/compose.h"
#include "node/community/posts/posts.h"

namespace comity::community {
namespace {

Result<Composed> compose_reply(const NewReply& what, Composing& at) {
  if (!what.space.is_zero()) {
    Composed out{.space = what.space, .label = what.label};
    COMITY_TRY(out.content, reply_content(at.writer(), what, what.thread));
    return out;
  }
  COMITY_TRY(const auto parent, at.reader().open(what.parent));
  if (parent.withdrawn) return Error{Code::kPostWithdrawn, {}};
  Composed out = addressed_like(parent, at);
  if (what.label) out.label = what.label;
  COMITY_TRY(out.content, reply_content(at.writer(), what, parent.thread));
  return out;
}

}  // namespace

void Posts::reply(const NewReply& what, OnPosted done) {
  write(
      what.author, [what](Composing& at) { return compose_reply(what, at); }, std::move(done));
}

}  // namespace comity::community
