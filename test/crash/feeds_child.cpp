// SPDX-License-Identifier: EUPL-1.2
// One node's feeds at work, in a process that may end at any moment.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "node/feed/dispose.h"
#include "node/feed/incarnation.h"
#include "node/feed/ingest.h"
#include "node/feed/pack.h"
#include "node/feed/reader.h"
#include "node/feed/tables.h"
#include "node/feed/withdraw.h"
#include "node/feed/writer.h"
#include "proto/decode.h"
#include "storage/rocks/rocks_store.h"
#include "test/crash/ender.h"
#include "test/crash/feeds.h"

namespace comity::crash {
namespace {

using feed::FeedReader;
using feed::Withholding;
using proto::Code;
using proto::EntryId;
using proto::FeedId;
using proto::raw;
using proto::Result;
using proto::Seq;
using proto::Status;

constexpr std::size_t kChangesKept = 300;
constexpr std::size_t kNeedle = 24;

/// Nobody's encryption key is held: the grants are empty, the entries are there.
class NoGrants final : public feed::GrantMaker {
 public:
  Result<v1::Wrap> wrap(const crypto::FeedKey& /*key*/, const crypto::GrantContext& context) override {
    return proto::Error{Code::kFeedNoGrant, context.recipient.hex()};
  }
};
class NoOpener final : public feed::GrantOpener {
 public:
  Result<crypto::FeedKey> open(const crypto::GrantContext& context, const v1::Wrap& /*wrap*/) override {
    return proto::Error{Code::kFeedNoGrant, context.recipient.hex()};
  }
};

/// The owner thread's queue.
class Owner {
 public:
  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    ready_.notify_one();
  }
  void run_one() {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return !work_.empty(); });
      work = std::move(work_.front());
      work_.pop_front();
    }
    work();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> work_;
};

class FeedsChild {
 public:
  explicit FeedsChild(const ChildTask& task)
      : task_(task), ender_(task), cast_(task.seed), draws_(task.seed ^ (task.process << 32U)) {}

  int run();

 private:
  [[nodiscard]] bool open();
  [[nodiscard]] bool begin();
  [[nodiscard]] bool rebuild();
  [[nodiscard]] bool finish_scrubs();
  [[nodiscard]] bool continue_feeds();
  bool open_feed(const proto::SpaceId& space, bool inside, v1::FeedOpenReason reason);
  [[nodiscard]] bool step();
  [[nodiscard]] bool append(bool inside);
  [[nodiscard]] bool withdraw();
  [[nodiscard]] bool set_audience();
  [[nodiscard]] bool ingest();
  [[nodiscard]] bool fork();
  [[nodiscard]] bool hold();
  [[nodiscard]] bool dispose_one();
  [[nodiscard]] bool expire();
  [[nodiscard]] bool follow();
  [[nodiscard]] bool erase(feed::Disposal plan);

  void wait(std::size_t& open_answers);
  [[nodiscard]] feed::OnAppended stored(std::size_t& open_answers, std::optional<proto::Sha256Digest> digest);
  [[nodiscard]] Result<feed::Ingested> take(const Cast::Other& other,
                                            const std::vector<feed::WireEntry>& entries);
  [[nodiscard]] std::optional<feed::Header> some_content(bool own_only);
  void tell(Report::Kind kind, const FeedId& feed, Seq seq, const EntryId& id,
            const std::optional<proto::Sha256Digest>& digest = std::nullopt);
  [[nodiscard]] std::unique_ptr<storage::View> view() const { return store_->snapshot().value(); }
  [[nodiscard]] policy::ReleaseDecision decide(bool inside);

  const ChildTask task_;
  Ender ender_;
  Cast cast_;
  feed::test::SeededRandom draws_;
  Derived derived_;
  Owner owner_;
  NoGrants grants_;
  NoOpener opener_;
  feed::WallTime now_ = feed::test::kNoon;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<feed::FeedWriter> writer_;
  std::unique_ptr<feed::Ingester> ingester_;
  FeedId inside_feed_;
  FeedId shared_feed_;
  std::vector<proto::AgencyId> audience_{};  // of the shared feed
};

bool FeedsChild::open() {
  storage::RocksOptions options;
  options.memory_limit = std::size_t{16} * 1024 * 1024;
  options.changes_kept = kChangesKept;
  options.env = ender_.env();
  auto opened = storage::RocksStore::open(task_.directory, feed_tables(), options);
  if (!opened.ok() && opened.error().code == Code::kStoreMissing) {
    storage::Stamp stamp;
    stamp.written_by = "1";
    opened = storage::RocksStore::create(task_.directory, feed_tables(), options, stamp);
  }
  if (!opened.ok()) return ender_.good(opened.error(), "opening");
  store_ = *std::move(opened);
  return true;
}

bool FeedsChild::begin() {
  const auto slots = store_->commit(slots_batch());
  if (!slots.ok() && slots.error().code != Code::kStoreGuardFailed)
    return ender_.good(slots.error(), "filling the slots");
  const auto list = slot_migrations(task_.schema);
  const Status migrated = storage::migrate(*store_, list, {.written_by = "1"});
  if (!ender_.good(migrated, "migrating") || !finish_scrubs()) return false;
  const auto outdated = feed::needs_reindex(*view(), derived_.synchronous, derived_.followers);
  if (!outdated.ok()) return ender_.good(outdated.error(), "asking about projections");
  if (*outdated && !rebuild()) return false;

  writer_ = std::make_unique<feed::FeedWriter>(
      feed::WriterSetup{.store = *store_,
                        .random = draws_,
                        .self = cast_.self,
                        .signing = {&cast_.pair, cast_.key_id, 1},
                        .storage_key = cast_.storage_key,
                        .grants = grants_,
                        .projections = derived_.synchronous,
                        .now = [this] { return now_; },
                        .to_owner = [this](std::function<void()> work) { owner_.post(std::move(work)); }});
  ingester_ = std::make_unique<feed::Ingester>(
      feed::IngesterSetup{.store = *store_,
                          .random = draws_,
                          .self = cast_.self,
                          .storage_key = cast_.storage_key,
                          .grants = opener_,
                          .projections = derived_.synchronous,
                          .to_owner = [this](std::function<void()> work) { owner_.post(std::move(work)); }});
  return continue_feeds();
}

bool FeedsChild::rebuild() {
  Report said;
  said.kind = Report::Kind::kRebuilding;
  ender_.report(said);
  const auto built = feed::reindex(*store_, cast_.storage_key, derived_.synchronous, derived_.followers, {});
  if (!built.ok()) return ender_.good(built.error(), "reindex");
  said.kind = Report::Kind::kRebuilt;
  ender_.report(said);
  return true;
}

bool FeedsChild::finish_scrubs() {
  std::vector<feed::StoredHeader> left;
  {
    const auto at = view();
    const FeedReader reader(*at, cast_.storage_key);
    const Status walked =
        at->walk(feed::kScrubs.range(), false, [&](proto::ByteView key, proto::ByteView /*value*/) {
          const auto place = feed::kScrubs.parse(key).value();
          left.push_back(reader.header(std::get<0>(place), std::get<1>(place)).value());
          return true;
        });
    if (!ender_.good(walked, "looking for scrubs")) return false;
  }
  const auto scrubbed = feed::resume_scrubs(*store_);
  if (!scrubbed.ok()) return ender_.good(scrubbed.error(), "finishing scrubs");
  for (const feed::StoredHeader& stored : left)
    tell(Report::Kind::kErased, stored.header.feed, stored.header.seq, stored.header.id);
  return true;
}

// As a node does after each start (DESIGN 5.10), with members that answer now and then.
bool FeedsChild::continue_feeds() {
  std::optional<feed::FeedState> inside;
  std::optional<feed::FeedState> shared;
  const bool clean = store_->stats().clean_start;
  const Status walked = feed::each_feed(*view(), [&](const feed::FeedState& state) {
    if (!state.own) return true;
    now_ = std::max(now_, feed::hlc_time(state.end.hlc) + std::chrono::milliseconds(1));
    auto& newest = state.inside ? inside : shared;
    if (!newest || newest->end.hlc < state.end.hlc) newest = state;
    return true;
  });
  if (!ender_.good(walked, "reading the feeds")) return false;
  if (inside) inside_feed_ = inside->feed();
  if (!inside && !open_feed(cast_.inside, true, v1::FEED_OPEN_REASON_FIRST)) return false;
  if (!shared) return open_feed(cast_.shared, false, v1::FEED_OPEN_REASON_FIRST);
  feed::StartFacts facts{.clean_start = clean, .waited = true};
  if (draws_.chance(70)) {
    facts.told.emplace();
    facts.told->set_seq(raw(shared->end.seq));
    facts.told->set_id(feed::field(shared->end.id.view()));
  }
  const auto decision = feed::decide_start(*shared, facts, now_);
  if (decision.how == feed::Continue::kNewFeed) return open_feed(cast_.shared, false, decision.reason);
  shared_feed_ = shared->feed();
  const auto audience = FeedReader(*view(), cast_.storage_key).audience(*shared);
  if (!audience.ok()) return ender_.good(audience.error(), "reading the audience");
  for (const auto& member : audience->member())
    audience_.push_back(proto::AgencyId::from(proto::as_bytes(member.agency())).value());
  return true;
}

bool FeedsChild::open_feed(const proto::SpaceId& space, bool inside, v1::FeedOpenReason reason) {
  std::size_t open_answers = 0;
  auto earlier = feed::earlier_heads(*view(), space);
  if (!earlier.ok()) return ender_.good(earlier.error(), "earlier heads");
  const auto opened = writer_->open({.space = space,
                                     .inside = inside,
                                     .ceiling = {.tlp = v1::TLP_AMBER},
                                     .reason = reason,
                                     .earlier = *std::move(earlier)},
                                    stored(open_answers, std::nullopt));
  if (!opened.ok()) return ender_.good(opened.error(), "opening a feed");
  wait(open_answers);
  if (inside) {
    inside_feed_ = *opened;
  } else {
    shared_feed_ = *opened;
    audience_.clear();
  }
  return true;
}

void FeedsChild::wait(std::size_t& open_answers) {
  writer_->flush();
  while (open_answers > 0)
    owner_.run_one();
}

feed::OnAppended FeedsChild::stored(std::size_t& open_answers, std::optional<proto::Sha256Digest> digest) {
  ++open_answers;
  return [this, &open_answers, digest](Result<feed::Appended> result) {
    --open_answers;
    if (!result.ok()) {
      ender_.wrong("appending: " + proto::to_string(result.error()));
      return;
    }
    tell(digest ? Report::Kind::kStored : Report::Kind::kReceived, result->feed, result->seq, result->id,
         digest);
  };
}

void FeedsChild::tell(Report::Kind kind, const FeedId& feed, Seq seq, const EntryId& id,
                      const std::optional<proto::Sha256Digest>& digest) {
  Report said;
  said.kind = kind;
  said.number = raw(seq);
  std::copy_n(feed.view().begin(), 32, said.feed.begin());
  std::copy_n(id.view().begin(), 32, said.entry.begin());
  if (digest) std::copy_n(digest->view().begin(), 32, said.digest.begin());
  ender_.report(said);
}

policy::ReleaseDecision FeedsChild::decide(bool inside) {
  std::vector<proto::AgencyId> members = inside ? std::vector<proto::AgencyId>() : audience_;
  std::vector<policy::PeerStanding> peers;
  for (const auto& member : members) {
    peers.push_back({.agency = member,
                     .active = true,
                     .may_send = true,
                     .space_allowed = true,
                     .ceiling = {.tlp = v1::TLP_RED}});
  }
  members.push_back(cast_.self);
  std::sort(members.begin(), members.end());
  const policy::SpaceRules rules{.id = inside ? cast_.inside : cast_.shared,
                                 .kind = inside ? v1::SPACE_KIND_INSIDE : v1::SPACE_KIND_SHARED,
                                 .ceiling = {.tlp = v1::TLP_AMBER},
                                 .members = std::move(members)};
  return policy::release(cast_.self, rules, peers, {.tlp = v1::TLP_GREEN}, {}).value();
}

bool FeedsChild::append(bool inside) {
  std::size_t open_answers = 0;
  for (std::uint64_t i = 1 + draws_.below(12); i > 0; --i) {
    // Random text, so that nothing of it can be in a file by chance.
    proto::Bytes noise(40 + draws_.below(draws_.chance(5) ? 900 : 300));
    draws_.fill(noise);
    v1::Update update;
    update.set_text(proto::to_hex(noise));
    const proto::Bytes data = proto::encode(update);
    v1::Content content;
    content.set_type("update");
    content.set_data(feed::field(data));
    feed::Draft draft = feed::content_draft(decide(inside), feed::pack(proto::encode(content)).value(),
                                            stored(open_answers, crypto::sha256(proto::ByteView(data))));
    if (draws_.chance(15)) draft.expires = feed::millis(now_) + draws_.below(40);
    writer_->append(inside ? inside_feed_ : shared_feed_, std::move(draft));
    if (draws_.chance(30)) writer_->flush();
  }
  wait(open_answers);
  return true;
}

// Content of any feed whose body is there to be read.
std::optional<feed::Header> FeedsChild::some_content(bool own_only) {
  const auto at = view();
  std::vector<feed::FeedState> feeds;
  const Status walked = feed::each_feed(*at, [&](const feed::FeedState& state) {
    if (state.own || !own_only) feeds.push_back(state);
    return true;
  });
  if (!walked.ok() || feeds.empty()) return std::nullopt;
  const FeedReader reader(*at, cast_.storage_key);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const feed::FeedState& state = feeds[draws_.below(feeds.size())];
    const auto stored = reader.header(state.feed(), Seq{1 + draws_.below(raw(state.end.seq))});
    if (!stored.ok() || stored->header.kind != v1::KIND_CONTENT) continue;
    const auto withheld = reader.withheld(state.feed(), stored->header.seq);
    if (withheld.ok() && (withheld->why == Withholding::kNone || feed::is_quarantine(withheld->why)))
      return stored->header;
  }
  return std::nullopt;
}

bool FeedsChild::withdraw() {
  const auto target = some_content(true);
  if (!target) return true;
  std::size_t open_answers = 0;
  bool done = false;
  auto draft = feed::withdraw_draft(*target, v1::WITHDRAW_REASON_AUTHOR, {},
                                    [&](const Result<feed::Appended>& result) {
                                      --open_answers;
                                      done = result.ok();
                                    });
  ++open_answers;
  const bool inside = feed::get_feed(*view(), target->feed)->inside;
  writer_->append(inside ? inside_feed_ : shared_feed_, std::move(draft));
  wait(open_answers);
  if (done) tell(Report::Kind::kWithdrawn, target->feed, target->seq, target->id);
  return true;
}

bool FeedsChild::set_audience() {
  audience_.clear();
  v1::Audience audience;
  for (const auto& reader : cast_.readers) {
    if (draws_.chance(40)) continue;
    audience_.push_back(reader);
    auto* const member = audience.add_member();
    member->set_agency(feed::field(reader.view()));
    member->set_from_seq(1);
  }
  audience.set_readers(v1::READER_RULE_OPEN);
  std::size_t open_answers = 0;
  writer_->set_audience(shared_feed_, audience, stored(open_answers, std::nullopt));
  wait(open_answers);
  return true;
}

Result<feed::Ingested> FeedsChild::take(const Cast::Other& other,
                                        const std::vector<feed::WireEntry>& entries) {
  const feed::ChainEnd& end = other.author.end();
  COMITY_TRY(const FeedId feed,
             ingester_->learn(end.agency, other.author.space(), other.author.incarnation()));
  std::optional<Result<feed::Ingested>> out;
  ingester_->ingest(feed, entries,
                    {.self = cast_.self,
                     .sender = end.agency,
                     .now = now_,
                     .ceiling = {.tlp = v1::TLP_AMBER},
                     .first = Seq{1},
                     .signers = cast_.signers},
                    [&](Result<feed::Ingested> result) { out = std::move(result); });
  while (!out)
    owner_.run_one();
  return *std::move(out);
}

bool FeedsChild::ingest() {
  const Cast::Other& other = *cast_.others[draws_.below(cast_.others.size())];
  const auto state = feed::find_feed(*view(), other.author.end().feed);
  if (!state.ok()) return ender_.good(state.error(), "reading a feed");
  if (*state && (*state)->frozen) return true;
  const std::size_t have = *state ? static_cast<std::size_t>(raw((*state)->end.seq)) : 0;
  // A sender that does not know exactly what we hold repeats some, and ends where a run does.
  std::size_t from = have - std::min<std::size_t>(have, draws_.below(6));
  std::size_t end = std::min(other.entries.size(), have + 1 + draws_.below(25));
  while (end < other.entries.size() && other.entries[end - 1].sig.empty())
    ++end;
  std::vector<feed::WireEntry> entries;
  for (; from < end; ++from)
    entries.push_back(other.entries[from].wire());
  const auto taken = take(other, entries);
  if (!taken.ok()) return ender_.good(taken.error(), "ingesting");
  if (taken->refusal) return ender_.good(taken->refusal->error, "ingesting");
  for (const feed::Appended& entry : taken->stored)
    tell(Report::Kind::kReceived, entry.feed, entry.seq, entry.id);
  return true;
}

bool FeedsChild::fork() {
  const Cast::Other& other = *cast_.others.back();
  const auto state = feed::find_feed(*view(), other.author.end().feed);
  const bool whole = state.ok() && *state && raw((*state)->end.seq) == other.entries.size();
  if (!whole || (*state)->frozen) return true;
  const auto taken = take(other, {other.fork.wire()});
  if (!taken.ok()) return ender_.good(taken.error(), "taking a fork");
  if (!taken->refusal || taken->refusal->error.code != Code::kFeedForked) {
    ender_.wrong("a fork was taken");
    return false;
  }
  tell(Report::Kind::kForked, other.author.end().feed, Seq{1}, {});
  return true;
}

bool FeedsChild::hold() {
  const auto target = some_content(false);
  if (!target) return true;
  storage::Batch batch;
  feed::put_hold(batch, target->id, "case 1", now_);
  const auto committed = store_->commit(std::move(batch));
  if (!committed.ok()) return ender_.good(committed.error(), "placing a hold");
  tell(Report::Kind::kHeld, target->feed, target->seq, target->id);
  return true;
}

bool FeedsChild::erase(feed::Disposal plan) {
  std::vector<feed::Header> doomed;
  {
    const auto at = view();
    const FeedReader reader(*at, cast_.storage_key);
    for (const EntryId& id : plan.entries) {
      const feed::Header header = reader.find(id)->header;
      const auto key = at->get(feed::kBodyKeys.key(header.feed, header.seq)).value().value();
      const auto wrapped = at->get(feed::kBodies.key(header.feed, header.seq)).value().value();
      auto sealed = reader.body(header);
      if (!sealed.ok()) sealed = reader.quarantined_body(header);
      Report said;
      said.kind = Report::Kind::kDoomed;
      said.number = raw(header.seq);
      std::copy_n(header.feed.view().begin(), 32, said.feed.begin());
      std::copy_n(header.id.view().begin(), 32, said.entry.begin());
      std::copy_n(key.begin(), kNeedle, said.needles[0].begin());
      std::copy_n(wrapped.begin() + 8, kNeedle, said.needles[1].begin());
      std::copy_n(sealed->begin() + 30, kNeedle, said.needles[2].begin());
      ender_.report(said);
      doomed.push_back(header);
    }
  }
  const Status erased = feed::dispose(*store_, std::move(plan));
  if (!ender_.good(erased, "disposing")) return false;
  for (const feed::Header& header : doomed)
    tell(Report::Kind::kErased, header.feed, header.seq, header.id);
  return true;
}

bool FeedsChild::dispose_one() {
  std::vector<EntryId> targets;
  for (std::uint64_t i = 1 + draws_.below(3); i > 0; --i) {
    const auto target = some_content(false);
    if (target && std::ranges::find(targets, target->id) == targets.end()) targets.push_back(target->id);
  }
  auto plan = feed::plan_disposal(*view(), targets, now_);
  if (!plan.ok()) return ender_.good(plan.error(), "planning a disposal");
  return erase(*std::move(plan));
}

bool FeedsChild::expire() {
  auto plan = feed::plan_expiry(*view(), now_, 5);
  if (!plan.ok()) return ender_.good(plan.error(), "planning an expiry");
  return erase(*std::move(plan));
}

bool FeedsChild::step() {
  now_ += std::chrono::milliseconds(10);
  const std::uint64_t choice = draws_.below(100);
  if (choice < 22) return append(true);
  if (choice < 40) return append(false);
  if (choice < 46) return set_audience();
  if (choice < 51) return withdraw();
  if (choice < 71) return ingest();
  if (choice < 74) return fork();
  if (choice < 78) return hold();
  if (choice < 84) return dispose_one();
  if (choice < 89) return expire();
  if (choice < 91) return rebuild();
  if (choice < 93) return ender_.good(store_->compact(feed::kHeaders.range()), "compacting");
  if (choice < 94) return ender_.good(store_->sync(), "syncing");
  return follow();
}

// Until nothing is left, since the stream is kept for a while only.
bool FeedsChild::follow() {
  while (true) {
    const auto more = feed::follow(*store_, derived_.counts);
    if (!more.ok()) return ender_.good(more.error(), "following");
    if (!*more) return true;
  }
}

int FeedsChild::run() {
  ender_.arm();
  if (!open()) return 1;
  Report opened;
  opened.kind = Report::Kind::kOpened;
  ender_.report(opened);
  if (!begin()) return 1;
  for (std::uint64_t i = 0; i < task_.batches; ++i) {
    if (!step() || (i % 8 == 7 && !follow())) return 1;
  }
  writer_.reset();
  ingester_.reset();
  return ender_.good(store_->close(), "closing") ? 0 : 1;
}

}  // namespace

int run_feeds_child(const ChildTask& task) {
  return FeedsChild(task).run();
}

}  // namespace comity::crash
