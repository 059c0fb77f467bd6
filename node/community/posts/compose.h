// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>

#include "node/community/posts/posts.h"

namespace comity::community {

/// The contents that Posts appends. Pure functions; any thread. The person writes for our agency.

/// A message may do without a title. Errors: kTitleRule, kTextEmpty, kTextTooLong, kTextRule (for the address
/// too), kTagRule.
[[nodiscard]] Result<v1::Content> post_content(const Person& author, const NewPost& what);
/// Errors: kTextEmpty, kTextTooLong, kTextRule.
[[nodiscard]] Result<v1::Content> update_content(const Person& author, const NewUpdate& what);
/// Errors: kTextEmpty, kTextTooLong, kTextRule.
[[nodiscard]] Result<v1::Content> reply_content(const Person& author, const NewReply& what,
                                                const EntryRef& thread);
/// A whole new version of `target`. Errors: kTitleRule, kTextEmpty, kTextTooLong, kTextRule (for the summary
/// too), kTagRule.
[[nodiscard]] Result<v1::Content> edit_content(const Person& author, const EntryRef& target,
                                               const EntryVersion& version, bool titled);
/// Error kReactionRule for a kind that is none of kReactionKinds.
[[nodiscard]] Result<v1::Content> reaction_content(const Person& author, const EntryRef& target,
                                                   std::string_view kind, bool undone);
[[nodiscard]] v1::Content mark_content(const Person& author, const EntryRef& answer, bool undone);
/// Error kTextRule, kTextTooLong above 2,048 bytes.
[[nodiscard]] Result<v1::Content> withdrawal_content(const Person& author, std::string_view reason);
[[nodiscard]] v1::Content card_content(const Person& author, const v1::ProfileCard& card);
/// Handle and name alone: what the readers of a space are told of who writes there.
[[nodiscard]] v1::Content profile_content(const Person& author, const PersonRow& person,
                                          std::span<const Person> named);

void put_author(v1::Content& content, const Person& author);
/// Where it was imported from, if it was.
void put_origin(v1::Content& content, const std::optional<PostOrigin>& origin);
/// The only people who may read it.
void put_named(v1::Content& content, std::span<const Person> named);

/// Encoded and packed, ready to be sealed. Errors: those of the strict walker, of an origin that is too long
/// for example, and of feed::pack().
[[nodiscard]] Result<Bytes> pack_content(const v1::Content& content);

}  // namespace comity::community
