// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/spaces.h"
#include "node/community/wiki/pages.h"

namespace comity::api {

/// wiki/get, list, log, diff, backlinks, toc: {page: "SPACE/PAGE", as}; wiki/put, merge, rename, restore,
/// stamp. Each change waits for the one before and for the projections: two edits at one node never miss
/// each other. `caught_up` waits until the projections show everything that is stored.
void add_wiki_commands(CommandTable& table, CommunityDesk desk, std::function<http::Task<void>()> caught_up);
/// The part of it that changes pages.
void add_wiki_writes(CommandTable& table, const CommunityDesk& desk,
                     std::function<http::Task<void>()> caught_up);

/// A page as a command's caller sees it at one moment. Owner thread.
struct PageAt {
  PageAt(const CommunityDesk& desk, std::unique_ptr<storage::View> now, const policy::Reader& reader)
      : view(std::move(now)),
        sights(desk.spaces.sights()),
        posts(*view, *sights, desk.storage_key, reader, desk.recent.get()),
        pages(*view, *sights, posts) {}
  PageAt(const PageAt&) = delete;
  PageAt& operator=(const PageAt&) = delete;

  std::unique_ptr<storage::View> view;
  std::shared_ptr<const community::Sights> sights;
  community::PostReader posts;
  community::wiki::Pages pages;
  proto::SpaceId space{};
  std::string asked{};  ///< the page as the caller named it, without its space
  std::shared_ptr<const community::wiki::Page> page{};

  /// The page that the argument "page" names as SPACE/PAGE; with `may_begin` none is fine where the space is
  /// there. Errors: kBadArguments, kSpaceUnknown, kPageUnknown, those of reader_of().
  [[nodiscard]] static proto::Result<std::unique_ptr<PageAt>> find(const CommunityDesk& desk,
                                                                   const boost::json::object& arguments,
                                                                   bool may_begin = false);
  /// The id that an argument holds. Errors: kBadArguments, kIdRule.
  [[nodiscard]] proto::Result<proto::EntryId> revision(const boost::json::object& arguments,
                                                       std::string_view name) const;
};

}  // namespace comity::api
