// SPDX-License-Identifier: EUPL-1.2
// What system tests do to a stopped node's store behind its back:
//   store_tool fill DIR          feeds with an entry of every kind, so that every table has a row
//   store_tool flip DIR TABLE    changes one byte of the value of the table's first row, below all sums but
//                                the row's own; an empty value becomes one byte
//   store_tool erase DIR TABLE   removes the first row
//   store_tool unbuild DIR NAME  marks a projection as one of an earlier version
//   store_tool die DIR           writes a few rows and ends in disorder: the log alone holds them
//   store_tool hash DIR          prints a hash over the rows of all projections
#include <algorithm>
#include <cstdio>
#include <deque>
#include <memory>

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include "crypto/keydoc/key_id.h"
#include "crypto/random.h"
#include "node/feed/dispose.h"
#include "node/feed/ingest.h"
#include "node/feed/pack.h"
#include "node/feed/reader.h"
#include "node/feed/tables.h"
#include "node/feed/withdraw.h"
#include "node/feed/writer.h"
#include "node/home/projections.h"
#include "node/home/tables.h"
#include "node/home/verify.h"
#include "proto/decode.h"
#include "storage/rocks/options.h"
#include "storage/rocks/status.h"
#include "storage/tables.h"
#include "test/system/directory.h"
#include "test/unit/feed/author.h"

namespace comity::test {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Seq;

class NoOpener final : public feed::GrantOpener {
 public:
  proto::Result<crypto::FeedKey> open(const crypto::GrantContext& /*at*/, const v1::Wrap& /*wrap*/) override {
    return proto::Error{proto::Code::kFeedNoGrant, {}};
  }
};

class Filler {
 public:
  explicit Filler(Directory& directory)
      : directory_(directory),
        identity_(must(home::load_identity(directory.paths, directory.marker, std::nullopt))),
        self_(directory.marker.agency),
        writer_({.store = *directory.store,
                 .random = random_,
                 .self = self_,
                 .signing = {&identity_.keys.signing, crypto::key_id(identity_.keys.signing.public_key()),
                             identity_.chain.version()},
                 .storage_key = identity_.keys.storage,
                 .grants = grants_,
                 .projections = projections_.synchronous(),
                 .now = [] { return std::chrono::floor<std::chrono::milliseconds>(kNow); },
                 .to_owner = [this](std::function<void()> f) { work_.push_back(std::move(f)); }}) {}

  void fill() {
    const proto::SpaceId space = random_.next<proto::SpaceId>();
    const proto::FeedId inside = open(space, true);
    for (int i = 0; i < 12; ++i)
      last_ = post(inside, space, {}, fmt::format("post {}", i));
    withdraw(inside);
    const proto::FeedId shared = open(space, false);
    const proto::AgencyId reader = random_.next<proto::AgencyId>();
    v1::Audience audience;
    auto* const member = audience.add_member();
    member->set_agency(feed::field(reader.view()));
    member->set_from_seq(1);
    audience.set_readers(v1::READER_RULE_OPEN);
    writer_.set_audience(shared, audience, note());
    run();
    const feed::Appended posted = post(shared, space, {reader}, "shared", feed::millis(kNow) + 1000);
    storage::Batch hold;
    feed::put_hold(hold, posted.id, "case 1", kNow);
    must(directory_.store->commit(std::move(hold)));
    receive();
    auto plan = must(feed::plan_disposal(*must(directory_.store->snapshot()), std::vector{last_.id}, kNow));
    must(directory_.store->commit(std::move(plan.rows)));
    for (const feed::Follower* follower : projections_.followers()) {
      while (must(feed::follow(*directory_.store, *follower))) {
      }
    }
    // The id of a reply's parent stands in a sealed body and nowhere else.
    fmt::print("{{\"space\":\"{}\",\"feed\":\"{}\",\"sealed\":\"{}\"}}\n", space.hex(), inside.hex(),
               sealed_.hex());
  }

 private:
  static constexpr feed::WallTime kNow = feed::test::kNoon;

  feed::OnAppended note() {
    return [this](proto::Result<feed::Appended> result) { answer_ = must(std::move(result)); };
  }
  void run() {
    writer_.flush();
    while (!writer_.idle() || !work_.empty()) {
      must(directory_.store->sync());
      while (!work_.empty()) {
        const auto next = std::move(work_.front());
        work_.pop_front();
        next();
      }
    }
  }
  proto::FeedId open(const proto::SpaceId& space, bool inside) {
    const auto feed =
        must(writer_.open({.space = space, .inside = inside, .ceiling = {.tlp = v1::TLP_AMBER}}, note()));
    run();
    return feed;
  }
  feed::Appended post(const proto::FeedId& feed, const proto::SpaceId& space,
                      std::vector<proto::AgencyId> readers, const std::string& text,
                      std::uint64_t expires = 0) {
    std::vector<policy::PeerStanding> peers;
    for (const auto& reader : readers) {
      peers.push_back({.agency = reader,
                       .active = true,
                       .may_send = true,
                       .space_allowed = true,
                       .ceiling = {.tlp = v1::TLP_RED}});
    }
    const bool inside = readers.empty();
    readers.push_back(self_);
    std::sort(readers.begin(), readers.end());
    auto decision = must(policy::release(self_,
                                         {.id = space,
                                          .kind = inside ? v1::SPACE_KIND_INSIDE : v1::SPACE_KIND_SHARED,
                                          .ceiling = {.tlp = v1::TLP_AMBER},
                                          .members = std::move(readers)},
                                         peers, {.tlp = v1::TLP_GREEN}, {}));
    v1::Content content;
    content.set_type("update");
    content.set_data(text + feed::field(sealed_.view()));
    feed::Draft draft =
        feed::content_draft(std::move(decision), must(feed::pack(proto::encode(content))), note());
    draft.expires = expires;
    writer_.append(feed, std::move(draft));
    run();
    return answer_;
  }
  void withdraw(const proto::FeedId& feed) {
    const auto view = must(directory_.store->snapshot());
    const auto target = must(feed::FeedReader(*view, identity_.keys.storage).find(last_.id)).header;
    writer_.append(feed, feed::withdraw_draft(target, v1::WITHDRAW_REASON_AUTHOR, {}, note()));
    run();
  }

  // Another agency's feed: an entry in quarantine, and a fork.
  void receive() {
    feed::test::SeededRandom seeded(7);
    feed::test::Author author(seeded);
    feed::test::KnownSigners signers;
    author.introduce(signers);
    v1::FeedOpen message;
    message.set_agency(feed::field(author.end().agency.view()));
    message.set_space(feed::field(author.space().view()));
    message.set_incarnation(feed::field(author.incarnation().view()));
    message.set_reason(v1::FEED_OPEN_REASON_FIRST);
    auto first = author.write(v1::KIND_FEED_OPEN, proto::encode(message));
    author.sign(first);
    const feed::ChainEnd place = author.end();
    auto second =
        author.write(v1::KIND_CONTENT, Bytes(50), [](feed::Header& h) { h.label.tlp = v1::TLP_RED; });
    author.sign(second);
    author.rewind(place);
    auto fork = author.write(v1::KIND_CONTENT, Bytes(60));
    author.sign(fork);
    NoOpener opener;
    feed::Ingester ingester({.store = *directory_.store,
                             .random = random_,
                             .self = self_,
                             .storage_key = identity_.keys.storage,
                             .grants = opener,
                             .projections = projections_.synchronous(),
                             .to_owner = [this](std::function<void()> f) { work_.push_back(std::move(f)); }});
    const auto feed = must(ingester.learn(author.end().agency, author.space(), author.incarnation()));
    for (const auto& made : {first, second, fork}) {
      bool done = false;
      ingester.ingest(feed, std::vector{made.wire()},
                      {.self = self_,
                       .sender = author.end().agency,
                       .now = kNow,
                       .ceiling = {.tlp = v1::TLP_AMBER},
                       .first = Seq{1},
                       .signers = signers},
                      [&](proto::Result<feed::Ingested> result) {
                        must(std::move(result));
                        done = true;
                      });
      while (!done)
        run_once();
    }
  }
  void run_once() {
    must(directory_.store->sync());
    while (!work_.empty()) {
      const auto next = std::move(work_.front());
      work_.pop_front();
      next();
    }
  }

  Directory& directory_;
  home::Identity identity_;
  crypto::SystemRandom random_;
  proto::AgencyId self_;
  proto::EntryId sealed_ = random_.next<proto::EntryId>();
  NoGrants grants_;
  home::NodeProjections projections_{identity_.chain.agency(), identity_.keys.storage};
  std::deque<std::function<void()>> work_{};
  feed::Appended answer_{};
  feed::Appended last_{};
  feed::FeedWriter writer_;
};

/// Ends as a process does that is killed: the store is not closed. All that it wrote was acknowledged, and
/// after sync() the mark says so; of what a node still has in hand that would be a matter of luck.
[[noreturn]] void die(const Directory& directory) {
  crypto::SystemRandom random;
  for (int i = 0; i < 4; ++i) {
    storage::Batch rows;
    feed::put_hold(rows, random.next<proto::EntryId>(), fmt::format("case {}", i), feed::test::kNoon);
    must(directory.store->commit(std::move(rows)));
  }
  must(directory.store->sync());
  _exit(0);
}

/// RocksDB itself, below everything that Comity checks.
class Engine {
 public:
  Engine(const std::string& directory, const std::string& table)
      : tables_(home::node_tables()), table_(tables_.find_name(table)) {
    if (table_ == nullptr) throw std::runtime_error("no table " + table);
    const auto setup = storage::make_setup({});
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (std::size_t i = 0; i < storage::kFamilies; ++i)
      families.emplace_back(std::string(storage::kFamilyNames[i]), setup.families[i]);
    rocksdb::DB* db = nullptr;
    const auto opened =
        rocksdb::DB::Open(setup.db, home::Paths(directory).store().string(), families, &handles_, &db);
    if (!opened.ok()) throw std::runtime_error(opened.ToString());
    db_.reset(db);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    for (auto* handle : handles_)
      (void)db_->DestroyColumnFamilyHandle(handle);
    (void)db_->Close();
  }

  /// The first row, changed by `change`.
  template <class Change>
  void first_row(Change change) {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}, handle()));
    const std::string prefix(1, static_cast<char>(table_->prefix));
    at->Seek(prefix);
    if (!at->Valid() || !at->key().starts_with(prefix)) throw std::runtime_error("it has no row");
    rocksdb::WriteOptions options;
    options.sync = true;
    rocksdb::WriteBatch batch;
    change(batch, handle(), at->key().ToString(), at->value().ToString());
    if (!db_->Write(options, &batch).ok()) throw std::runtime_error("it cannot be written");
    fmt::print("{}\n", proto::to_hex(proto::as_bytes(at->key().ToStringView())));
  }

 private:
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle() const {
    // The change stream has a family of its own; the others go by placement, in the same order.
    const auto family = table_->name == "changes" ? storage::Family::kChanges
                                                  : static_cast<storage::Family>(table_->placement);
    return handles_[static_cast<std::size_t>(family)];
  }

  storage::Tables tables_;
  const storage::TableInfo* table_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "fill") {
    Directory directory(words[1]);
    Filler(directory).fill();
    must(directory.store->close());
  } else if (words.size() == 3 && words[0] == "flip") {
    Engine(words[1], words[2])
        .first_row([](rocksdb::WriteBatch& batch, rocksdb::ColumnFamilyHandle* handle, const std::string& key,
                      std::string value) {
          if (value.empty()) {
            value = "x";
          } else {
            value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 0x10);
          }
          (void)batch.Put(handle, key, value);
        });
  } else if (words.size() == 3 && words[0] == "erase") {
    Engine(words[1], words[2])
        .first_row([](rocksdb::WriteBatch& batch, rocksdb::ColumnFamilyHandle* handle, const std::string& key,
                      const std::string& /*value*/) { (void)batch.Delete(handle, key); });
  } else if (words.size() == 3 && words[0] == "unbuild") {
    const Directory directory(words[1]);
    storage::Batch batch;
    feed::put_projection_state(batch, words[2], {});
    must(directory.store->commit(std::move(batch)));
    must(directory.store->close());
  } else if (words.size() == 2 && words[0] == "die") {
    die(Directory(words[1]));
  } else if (words.size() == 2 && words[0] == "hash") {
    const Directory directory(words[1]);
    const std::vector<storage::TableInfo> tables{feed::kBySpace.info(), feed::kWithdrawals.info(),
                                                 feed::kSpaceCounts.info()};
    fmt::print("{}\n", must(feed::range_hash(*must(directory.store->snapshot()), tables)).hex());
    must(directory.store->close());
  } else {
    fmt::print(stderr, "usage: store_tool fill|die|hash DIR | flip|erase DIR TABLE | unbuild DIR NAME\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace comity::test

int main(int argc, char** argv) {
  try {
    return comity::test::run({argv + 1, argv + argc});
  } catch (const std::exception& failed) {
    fmt::print(stderr, "{}\n", failed.what());
    return 1;
  }
}
