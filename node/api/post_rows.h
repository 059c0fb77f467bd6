// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/answer.h"
#include "node/api/spaces.h"
#include "node/community/posts/post_view.h"

/// What the commands about entries have in common.
namespace comity::api {

/// One entry with the keys that scripts rely on (the command line's contract).
[[nodiscard]] boost::json::object post_json(const community::PostView& post);
/// {"entries": …, "next": …}
[[nodiscard]] boost::json::value posts_page_json(const std::vector<community::PostView>& posts,
                                                 const std::string& next);

/// "label"; nothing when absent. Errors: kBadArguments, kBadLabel.
[[nodiscard]] proto::Result<std::optional<policy::Label>> label_argument(
    const boost::json::object& arguments);

/// What is told of an entry that is on disk: id, feed_id, seq.
[[nodiscard]] boost::json::value stored_json(const feed::Appended& entry);

/// Writes what was read from the arguments, if that went well (`read`), and answers when it is on disk.
[[nodiscard]] http::Task<proto::Result<boost::json::value>> hand_over(
    CommunityDesk& desk, const proto::Status& read, const std::function<void(community::OnPosted)>& write);

}  // namespace comity::api
