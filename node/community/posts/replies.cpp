// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>

#include <fmt/format.h>

#include "node/community/posts/compose.h"
#include "node/community/posts/posts.h"

namespace comity::community {
namespace {

constexpr std::string_view kQuoteMark = ">";

/// A quotation in CommonMark that says whose words they are.
std::string quotation(const PostView& quoted) {
  std::string out = fmt::format("> **{}**:\n>\n", quoted.author);
  std::string_view rest = quoted.text;
  for (bool more = true; more;) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    out += kQuoteMark;
    if (!line.empty()) out.append(" ").append(line);
    out += '\n';
    more = end != std::string_view::npos;
    if (more) rest.remove_prefix(end + 1);
  }
  return out + '\n';
}

/// What is quoted reaches nobody who may not read it: it stands in the same discussion, is addressed to no
/// fewer people, and its label is no higher.
Result<std::string> quote(const NewReply& what, const PostReader::Opened& parent, const Composed& reply,
                          Composing& at) {
  COMITY_TRY(const auto quoted, at.reader().open(what.quote));
  const bool here = quoted.thread == parent.thread && quoted.space->id == parent.space->id;
  if (!here) return Error{Code::kPostUnknown, "quote from the same discussion"};
  if (quoted.withdrawn) return Error{Code::kPostWithdrawn, {}};
  const Space* const space = at.find(parent.space->id);
  if (space == nullptr) return Error{Code::kSpaceUnknown, {}};
  if (!policy::within(quoted.stored.header.label, reply.label ? *reply.label : default_label(*space)))
    return Error{Code::kLabelAboveCeiling, "what is quoted has a higher label"};
  if (!quoted.named.empty() && !space->circle()) {
    const Composed like = addressed_like(quoted, at);
    const bool fewer = !reply.named.empty() && std::includes(like.named.begin(), like.named.end(),
                                                             reply.named.begin(), reply.named.end());
    if (!fewer) return Error{Code::kLabelAboveCeiling, "what is quoted was for fewer people"};
  }
  COMITY_TRY(const auto view, at.reader().show(what.quote));
  return quotation(view);
}

Result<Composed> compose_reply(const NewReply& what, Composing& at) {
  if (!what.space.is_zero()) {
    Composed out{.space = what.space, .label = what.label};
    COMITY_TRY(out.content, reply_content(at.writer(), what, what.thread));
    if (!what.origin) out.mentions_in = what.text;
    return out;
  }
  COMITY_TRY(const auto parent, at.reader().open(what.parent));
  if (parent.withdrawn) return Error{Code::kPostWithdrawn, {}};
  Composed out = addressed_like(parent, at);
  if (what.label) out.label = what.label;
  const bool red = out.label && out.label->tlp == v1::TLP_RED;
  if (what.label && !red) out.named.clear();
  if (red && out.named.empty() && !parent.writer.user.is_zero()) out.named = {parent.writer};
  if (!what.origin) out.mentions_in = what.text;
  if (what.quote.is_zero()) {
    COMITY_TRY(out.content, reply_content(at.writer(), what, parent.thread));
    return out;
  }
  NewReply quoting = what;
  if (quoting.text.find_first_not_of(" \t\r\n") == std::string::npos) return Error{Code::kTextEmpty, {}};
  COMITY_TRY(const std::string quoted, quote(what, parent, out, at));
  quoting.text = quoted + what.text;
  COMITY_TRY(out.content, reply_content(at.writer(), quoting, parent.thread));
  return out;
}

}  // namespace

void Posts::reply(const NewReply& what, OnPosted done) {
  write(
      what.author, [what](Composing& at) { return compose_reply(what, at); }, std::move(done));
}

}  // namespace comity::community
