// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "crypto/hkdf.h"
#include "node/community/posts/compose.h"
#include "node/community/search/following.h"
#include "node/community/search/searching.h"
#include "test/support/temp_dir.h"
#include "test/unit/community/world.h"

namespace comity::community::search::test {

using namespace community::test;  // NOLINT(google-build-using-namespace)

/// The index of one agency, in a directory of its own.
class Indexed {
 public:
  explicit Indexed(Agency& of, std::vector<std::string> chosen = {"english"},
                   std::int64_t part_documents = 64)
      : agency(of), languages(std::move(chosen)), part(part_documents) {
    start();
  }

  void start() {
    reader.reset();
    following.reset();
    files = IndexFiles::make(temp.path() / "search", agency.peer.node.storage_key, languages).value();
    following = std::make_unique<Following>(FollowingSetup{.store = *agency.peer.node.store,
                                                           .storage_key = agency.peer.node.storage_key,
                                                           .recent = agency.peer.node.recent,
                                                           .files = files,
                                                           .run = agency.run_number,
                                                           .part_documents = part});
  }

  /// Until nothing waits. The errors for which the index was built anew on the way.
  std::vector<Error> follow() {
    std::vector<Error> rebuilt;
    const auto sights = agency.spaces->sights();
    for (int i = 0; i < 10'000; ++i) {
      const auto stepped = following->step(*sights);
      REQUIRE_MESSAGE(stepped.ok(), (stepped.ok() ? std::string() : proto::to_string(stepped.error())));
      if (stepped->rebuilt) {
        rebuilt.push_back(*stepped->rebuilt);
        reader.reset();
      }
      if (!stepped->more) return rebuilt;
    }
    FAIL("the index never catches up");
    return rebuilt;
  }
  void tidy() {
    const auto sights = agency.spaces->sights();
    for (int i = 0; i < 10'000; ++i) {
      const auto more = following->tidy(*sights);
      REQUIRE_MESSAGE(more.ok(), (more.ok() ? std::string() : proto::to_string(more.error())));
      if (!*more) return;
    }
    FAIL("tidying never ends");
  }

  Result<SearchPage> page(const SearchQuery& query, const Reader& who = Agency::op()) {
    if (!reader) {
      COMITY_TRY(reader, IndexReader::open(files));
    }
    const auto view = agency.view();
    const auto sights = agency.spaces->sights();
    const SearchSource source{.view = *view,
                              .sights = *sights,
                              .storage_key = agency.peer.node.storage_key,
                              .recent = agency.peer.node.recent.get()};
    return Search(*reader, source, who).run(query);
  }
  /// The texts of all pages.
  std::vector<std::string> all(SearchQuery query, const Reader& who = Agency::op()) {
    std::vector<std::string> out;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto got = page(query, who);
      REQUIRE_MESSAGE(got.ok(), (got.ok() ? std::string() : proto::to_string(got.error())));
      for (const SearchRow& row : got->rows)
        out.push_back(row.post.text);
      if (got->next.empty()) return out;
      query.after = got->next;
    }
    FAIL("paging never ends");
    return out;
  }
  std::vector<std::string> all(const std::string& words, const Reader& who = Agency::op()) {
    return all(SearchQuery{.text = words}, who);
  }

  /// The bytes of the index as SQLite sees them, below the seal.
  [[nodiscard]] std::string opened() const {
    std::ifstream in(files->path(), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    crypto::SectorCipher::Key key;
    constexpr std::string_view kInfo("comity.v1.search-index\0", 23);
    REQUIRE(crypto::hkdf_expand(agency.peer.node.storage_key.view(), {proto::as_bytes(kInfo)}, key.writable())
                .ok());
    crypto::SectorCipher cipher(key);
    for (std::size_t at = 0; at + crypto::kSectorBytes <= bytes.size(); at += crypto::kSectorBytes) {
      auto* const sector = reinterpret_cast<std::byte*>(bytes.data() + at);
      cipher.open(at / crypto::kSectorBytes, crypto::Sector(sector, crypto::kSectorBytes));
    }
    return bytes;
  }
  [[nodiscard]] std::string sealed(const std::string& name = "index") const {
    std::ifstream in(files->directory / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  comity::test::TempDir temp;
  Agency& agency;
  std::vector<std::string> languages;
  std::int64_t part;
  std::shared_ptr<const IndexFiles> files;
  std::unique_ptr<Following> following;
  std::unique_ptr<IndexReader> reader;
};

/// Health and its people, with an inside space that all of them may read.
struct Office {
  World world{131};
  Agency& health = world.add("health");
  PersonRow maria = health.person("maria");
  PersonRow bob = health.person("bob", "finance");
  SpaceId space = health.create({.slug = "desk", .title = "Desk", .kind = v1::SPACE_KIND_INSIDE}).value();
  Indexed index{health};

  feed::Appended post(const std::string& text, const std::string& title = "t",
                      std::vector<std::string> tags = {}) {
    health.peer.node.now += std::chrono::milliseconds(10);
    return health
        .post({.author = "maria", .space = space, .title = title, .text = text, .tags = std::move(tags)})
        .value();
  }
  /// Any content of maria's.
  template <class Message>
  feed::Appended write(const char* type, const Message& message, const EntryRef& parent = {},
                       const EntryRef& thread = {}, const PersonRow* by = nullptr) {
    health.peer.node.now += std::chrono::milliseconds(10);
    v1::Content content;
    const Person author{health.self(), by == nullptr ? maria.id : by->id};
    content.mutable_author()->set_agency(feed::field(author.agency.view()));
    content.mutable_author()->set_user(feed::field(author.user.view()));
    content.set_type(type);
    content.set_data(feed::field(proto::encode(message)));
    if (!parent.is_zero()) content.add_parent(feed::field(parent.view()));
    if (!thread.is_zero()) content.set_thread(feed::field(thread.view()));
    return health
        .written([&](OnPosted done) {
          auto decision = health.spaces->release(space, {.tlp = v1::TLP_GREEN}, {});
          REQUIRE(decision.ok());
          health.peer.node.writer->append(
              health.spaces->find(space)->membership.feed,
              feed::content_draft(*std::move(decision), pack_content(content).value(), std::move(done)));
          health.peer.node.writer->flush();
        })
        .value();
  }
  feed::Appended edit(const feed::Appended& target, const std::string& text, const PersonRow* by = nullptr) {
    v1::Edit edit;
    edit.set_target(feed::field(ref_of(target.id).view()));
    edit.set_title("t");
    edit.set_text(text);
    return write("edit", edit, ref_of(target.id), ref_of(target.id), by);
  }
  feed::Appended revise(const std::string& path, const std::string& text, const EntryRef& parent = {},
                        const EntryRef& page = {}) {
    v1::WikiEdit edit;
    edit.set_path(path);
    edit.set_text(text);
    return write("wiki", edit, parent, page);
  }
};

using Texts = std::vector<std::string>;

}  // namespace comity::community::search::test
