// SPDX-License-Identifier: EUPL-1.2
#include "node/api/post_rows.h"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>

#include "node/api/arguments.h"
#include "node/community/ids.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::PostView;
using proto::Result;

// Rows are made, written out and forgotten: their values share memory that is given back at once.
constexpr std::size_t kRowBytes = 4096;
constexpr std::size_t kRowKeys = 40;

community::OnPosted then_tell(const std::shared_ptr<Promise>& promise) {
  return [promise](const Result<feed::Appended>& posted) {
    promise->complete(posted.ok() ? Result<json::value>(stored_json(*posted))
                                  : Result<json::value>(posted.error()));
  };
}

json::object row_of(const PostView& post, const json::storage_ptr& memory) {
  json::array tags(memory);
  for (const std::string& tag : post.tags)
    tags.push_back(json::value(tag));
  json::object out(kRowKeys, memory);
  out.insert({{"id", post.id},
              {"space", post.space},
              {"space_id", post.space_id},
              {"feed_id", post.feed_id},
              {"kind", post.kind},
              {"author", post.author},
              {"author_name", post.author_name},
              {"author_id", post.author_id},
              {"agency", post.agency},
              {"agency_id", post.agency_id},
              {"title", post.title},
              {"text", post.text},
              {"time", post.time},
              {"label", post.label},
              {"parent", post.parent},
              {"thread", post.thread},
              {"tags", std::move(tags)},
              {"edited", post.edited},
              {"withdrawn", post.withdrawn},
              {"unseen", post.unseen},
              {"depth", post.depth}});
  if (!post.path.empty()) {
    out["path"] = post.path;
    out["summary"] = post.summary;
  }
  if (post.edited) {
    out["edited_time"] = post.edited_time;
    out["edit_summary"] = post.edit_summary;
  }
  json::array reactions(memory);
  for (const community::ReactionCount& one : post.reactions)
    reactions.push_back(json::object{{"kind", one.kind}, {"count", one.count}, {"own", one.own}});
  out["reactions"] = std::move(reactions);
  out["question"] = post.question;
  out["answered"] = !post.answer.empty();
  out["answer"] = post.answer;
  out["is_answer"] = post.is_answer;
  out["unread"] = post.unread;
  if (post.entries > 0) {
    out["entries"] = post.entries;
    out["unread_entries"] = post.unread_entries;
    out["newest"] = post.newest;
  }
  if (post.withdrawn) {
    out["withdrawn_by"] = post.withdrawn_by;
    out["withdrawn_reason"] = post.withdrawn_reason;
    out["withdrawn_text"] = post.withdrawn_text;
  }
  if (!post.origin_source.empty()) {
    out["origin"] = json::object{{"source", post.origin_source},
                                 {"author", post.origin_author},
                                 {"url", post.origin_url},
                                 {"time", post.origin_time}};
  }
  return out;
}

}  // namespace

json::object post_json(const PostView& post) {
  return row_of(post, {});
}

json::value posts_page_json(const std::vector<PostView>& posts, const std::string& next) {
  const auto memory = json::make_shared_resource<json::monotonic_resource>(kRowBytes * (posts.size() + 1));
  json::array rows(memory);
  rows.reserve(posts.size());
  for (const PostView& post : posts)
    rows.push_back(row_of(post, memory));
  json::object out(memory);
  out["entries"] = std::move(rows);
  out["next"] = next;
  return out;
}

Result<std::optional<policy::Label>> label_argument(const json::object& arguments) {
  COMITY_TRY(const auto text, text_argument(arguments, "label"));
  if (!text) return std::optional<policy::Label>();
  COMITY_TRY(const v1::Tlp tlp, policy::parse_tlp(*text));
  return std::optional(policy::Label{.tlp = tlp});
}

json::value stored_json(const feed::Appended& entry) {
  return json::object{{"id", community::id_text(entry.id)},
                      {"feed_id", community::id_text(entry.feed)},
                      {"seq", proto::raw(entry.seq)}};
}

http::Task<Result<json::value>> hand_over(CommunityDesk& desk, const proto::Status& read,
                                          const std::function<void(community::OnPosted)>& write) {
  if (!read.ok()) return answer(Result<json::value>(read.error()));
  auto promise = std::make_shared<Promise>();
  write(then_tell(promise));
  desk.writer.flush();
  return answer(std::move(promise));
}

}  // namespace comity::api
