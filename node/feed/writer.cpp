// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/feed/key_epochs.h"
#include "node/feed/reader.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "storage/failpoint.h"

namespace comity::feed {

struct FeedWriter::Live {
  OwnFeed feed;
  Bytes row{};  ///< of the feed, as the last batch left it; empty: none yet
  std::deque<Draft> queue{};
  std::size_t in_flight = 0;
  bool stale = false;  ///< a batch failed: what is in memory is ahead of the store
};

FeedWriter::FeedWriter(WriterSetup setup)
    : setup_(std::move(setup)), self_(std::make_shared<FeedWriter*>(this)) {}

FeedWriter::~FeedWriter() = default;

bool FeedWriter::idle() const noexcept {
  return waiting_bytes_ == 0 && std::all_of(feeds_.begin(), feeds_.end(),
                                            [](const auto& item) { return item.second->in_flight == 0; });
}

Result<FeedWriter::Live*> FeedWriter::load(const FeedId& feed) {
  const auto at = feeds_.find(feed);
  if (at != feeds_.end()) return at->second.get();
  COMITY_TRY(const auto view, setup_.store.snapshot());
  COMITY_TRY(auto state, get_feed(*view, feed));
  if (!state.own) return Error{Code::kFeedNotOwn, feed.hex()};
  if (state.frozen) return Error{Code::kFeedFrozen, feed.hex()};
  if (state.retired) return Error{Code::kFeedClosed, feed.hex()};
  auto live = std::make_unique<Live>();
  OwnFeed& own = live->feed;
  own.state = std::move(state);
  live->row = encode(own.state);
  if (own.state.epoch != KeyEpoch{0}) {
    COMITY_TRY(own.key, get_feed_key(*view, feed, own.state.epoch, setup_.storage_key));
  }
  const FeedReader reader(*view, setup_.storage_key);
  COMITY_TRY(const auto audience, reader.audience(own.state));
  for (const auto& member : audience.member()) {
    COMITY_TRY(const auto agency, AgencyId::from(proto::as_bytes(member.agency())));
    own.audience.push_back(agency);
  }
  return feeds_.emplace(feed, std::move(live)).first->second.get();
}

Result<FeedId> FeedWriter::open(const OpenFeed& what, OnAppended done) {
  if (refusal_) return *refusal_;
  if (waiting_bytes_ >= kMostWaiting) return Error{Code::kFeedBusy, "too much waits to be written"};
  auto live = std::make_unique<Live>();
  FeedState& state = live->feed.state;
  state.incarnation = setup_.random.next<Incarnation>();
  state.space = what.space;
  state.end.agency = setup_.self;
  state.end.feed = feed_id(setup_.self, what.space, state.incarnation);
  state.own = true;
  state.inside = what.inside;
  state.ceiling = what.ceiling;

  v1::FeedOpen open;
  open.set_agency(field(setup_.self.view()));
  open.set_space(field(what.space.view()));
  open.set_incarnation(field(state.incarnation.view()));
  open.set_reason(what.reason);
  for (const v1::FeedHead& head : what.earlier)
    *open.add_earlier() = head;
  const FeedId feed = state.feed();
  Live& kept = *feeds_.emplace(feed, std::move(live)).first->second;
  enqueue(kept, clear_draft(v1::KIND_FEED_OPEN, proto::encode(open), std::move(done)));
  return feed;
}

void FeedWriter::append(const FeedId& feed, Draft draft) {
  const auto pause = pauses_.find(feed);
  if (pause != pauses_.end() && pause->second.retired && !refusal_) return park(feed, std::move(draft));
  auto live = load(feed);
  if (refusal_ && draft.kind != v1::KIND_LOCAL_AUDIT) live = *refusal_;
  if (live.ok() && waiting_bytes_ >= kMostWaiting)
    live = Error{Code::kFeedBusy, "too much waits to be written"};
  if (!live.ok()) {
    if (draft.done) draft.done(live.error());
    return;
  }
  enqueue(**live, std::move(draft));
  if (pause == pauses_.end() || std::exchange(pause->second.told, true) || !setup_.waits) return;
  setup_.to_owner([self = std::weak_ptr(self_), feed] {
    if (const auto writer = self.lock()) (*writer)->setup_.waits(feed);
  });
}

void FeedWriter::enqueue(Live& live, Draft draft) {
  waiting_bytes_ += draft.bytes();
  live.queue.push_back(std::move(draft));
}

void FeedWriter::set_audience(const FeedId& feed, const v1::Audience& audience, OnAppended done) {
  auto body = proto::encode_checked(audience);
  if (!body.ok()) {
    if (done) done(body.error());
    return;
  }
  append(feed, clear_draft(v1::KIND_AUDIENCE, *std::move(body), std::move(done)));
}

Status FeedWriter::grant(const FeedId& feed, KeyEpoch epoch, std::span<const AgencyId> recipients,
                         OnAppended done) {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  COMITY_TRY(const auto key, get_feed_key(*view, feed, epoch, setup_.storage_key));
  v1::KeyGrant grant;
  grant.set_key_epoch(raw(epoch));
  std::vector<AgencyId> ascending(recipients.begin(), recipients.end());
  std::sort(ascending.begin(), ascending.end());
  bool served = false;
  for (const AgencyId& recipient : with_author(std::move(ascending), setup_.self)) {
    auto wrap = setup_.grants.wrap(key, {setup_.self, feed, epoch, recipient});
    served = served || (wrap.ok() && recipient != setup_.self);
    if (wrap.ok()) *grant.add_wrap() = *std::move(wrap);
  }
  if (!served) return Error{Code::kFeedNoGrant, fmt::format("key epoch {}", raw(epoch))};
  append(feed, clear_draft(v1::KIND_KEY_GRANT, proto::encode(grant), std::move(done)));
  return {};
}

Status FeedWriter::set_ceiling(const FeedId& feed, const policy::Label& ceiling) {
  const auto pause = pauses_.find(feed);
  if (pause != pauses_.end() && pause->second.retired) return {};
  COMITY_TRY(Live* const live, load(feed));
  live->feed.state.ceiling = ceiling;
  return {};
}

void FeedWriter::set_signing(const SigningKey& signing) {
  setup_.signing = signing;
}

void FeedWriter::fail_all(Live& live, const Error& error) {
  std::deque<Draft> failed;
  failed.swap(live.queue);
  for (Draft& draft : failed) {
    waiting_bytes_ -= draft.bytes();
    if (draft.done) draft.done(error);
  }
}

void FeedWriter::flush() {
  for (auto& [feed, live] : feeds_)
    flush_one(*live);
}

void FeedWriter::flush_one(Live& live) {
  while (!live.queue.empty() && !live.stale && live.in_flight < kInFlight) {
    const WallTime now = setup_.now();
    FeedState& state = live.feed.state;
    if (pauses_.contains(state.feed())) return;
    if (is_ahead(state.end.hlc, now) && setup_.clock_ahead) {
      hold(state.feed());
      setup_.to_owner([self = std::weak_ptr(self_), feed = state.feed()] {
        if (const auto writer = self.lock()) (*writer)->setup_.clock_ahead(feed);
      });
      return;
    }
    if (is_ahead(state.end.hlc, now)) {
      fail_all(live, {Code::kFeedClockAhead, state.feed().hex()});
      return;
    }
    BuiltBatch built = build_batch(live.feed, live.queue,
                                   {.signing = setup_.signing,
                                    .storage_key = setup_.storage_key,
                                    .grants = setup_.grants,
                                    .random = setup_.random,
                                    .projections = setup_.projections,
                                    // What was merged while our own clock ran ahead must not go on.
                                    .floor = is_ahead(clock_.last(), now) ? Hlc{} : clock_.last()},
                                   now);
    waiting_bytes_ -= built.taken;
    submit(live, std::move(built));
  }
}

void FeedWriter::submit(Live& live, BuiltBatch built) {
  const FeedId feed = live.feed.state.feed();
  auto answers = std::make_shared<std::vector<BuiltBatch::Answer>>(std::move(built.answers));
  ++live.in_flight;
  const Seq last = live.feed.state.end.seq;
  const Seq first{raw(last) + 1 - built.entries};
  if (setup_.recent != nullptr) {
    for (auto& [entry, content] : built.recent)
      setup_.recent->put(std::move(entry), std::move(content));
  }
  const auto done = [to_owner = setup_.to_owner, self = std::weak_ptr(self_), feed, recent = setup_.recent,
                     first, last, answers](const Result<storage::Version>& result) {
    // Before anything else can be given the places of a batch that failed.
    if (recent != nullptr && !result.ok()) recent->forget(feed, first, last);
    to_owner([self, feed, answers, result] {
      if (const auto writer = self.lock()) (*writer)->finished(feed, *answers, result);
    });
  };
  if (built.entries == 0) {
    done(storage::Version{0});
    return;
  }
  // A batch that failed takes those built upon it down with it.
  const Bytes key = kFeeds.key(feed);
  if (live.row.empty()) {
    built.rows.expect_absent(key);
  } else {
    built.rows.expect_equal(key, live.row);
  }
  live.row = std::move(built.feed_row);
  COMITY_FAILPOINT("append.before_commit");
  setup_.store.submit(std::move(built.rows), storage::Durability::kSynced, done);
}

void FeedWriter::finished(const FeedId& feed, std::vector<BuiltBatch::Answer>& answers,
                          const Result<storage::Version>& result) {
  COMITY_FAILPOINT("append.after_commit");
  Live& live = *feeds_.at(feed);
  --live.in_flight;
  if (!result.ok()) live.stale = true;
  if (result.ok() && setup_.stored) {
    std::vector<Appended> stored;
    for (const BuiltBatch::Answer& answer : answers)
      if (answer.result.ok()) stored.push_back(*answer.result);
    if (!stored.empty()) setup_.stored(stored);
  }
  for (BuiltBatch::Answer& answer : answers) {
    if (!answer.done) continue;
    if (!result.ok() && answer.result.ok()) {
      answer.done(result.error());
    } else {
      answer.done(std::move(answer.result));
    }
  }
  if (!live.stale) {
    flush_one(live);
    return;
  }
  if (live.in_flight > 0) return;
  // What is in memory went ahead of the store: begin anew from what is stored.
  std::deque<Draft> queue = std::move(live.queue);
  feeds_.erase(feed);
  for (Draft& draft : queue) {
    waiting_bytes_ -= draft.bytes();
    append(feed, std::move(draft));
  }
  const auto again = feeds_.find(feed);
  if (again != feeds_.end()) flush_one(*again->second);
}

void FeedWriter::hold(const FeedId& feed) {
  pauses_.try_emplace(feed);
}

void FeedWriter::resume(const FeedId& feed) {
  const auto at = pauses_.find(feed);
  if (at == pauses_.end() || at->second.retired) return;
  pauses_.erase(at);
  const auto live = feeds_.find(feed);
  if (live != feeds_.end()) flush_one(*live->second);
}

void FeedWriter::park(const FeedId& feed, Draft draft) {
  Pause& pause = pauses_.at(feed);
  const bool moves = draft.kind == v1::KIND_CONTENT || draft.kind == v1::KIND_WITHDRAW ||
                     draft.kind == v1::KIND_WITHDRAW_RECEIPT || draft.kind == v1::KIND_LOCAL_AUDIT;
  if (moves && pause.keeps && waiting_bytes_ < kMostWaiting) {
    waiting_bytes_ += draft.bytes();
    pause.parked.push_back(std::move(draft));
    return;
  }
  if (draft.done) draft.done(Error{moves && pause.keeps ? Code::kFeedBusy : Code::kFeedClosed, feed.hex()});
}

void FeedWriter::retire(const FeedId& feed, std::function<void(Status)> done) {
  auto found = load(feed);
  if (!found.ok() && found.error().code != Code::kFeedClosed) return done(found.error());
  pauses_[feed].retired = true;
  if (!found.ok()) return done({});
  Live& live = **found;
  std::deque<Draft> waiting;
  waiting.swap(live.queue);
  for (Draft& draft : waiting) {
    waiting_bytes_ -= draft.bytes();
    park(feed, std::move(draft));
  }
  FeedState after = live.feed.state;
  after.retired = true;
  storage::Batch rows;
  const Bytes key = kFeeds.key(feed);
  if (live.row.empty()) {
    rows.expect_absent(key);
  } else {
    rows.expect_equal(key, live.row);
  }
  live.row = encode(after);
  rows.put(key, live.row);
  setup_.store.submit(
      std::move(rows), storage::Durability::kSynced,
      [to_owner = setup_.to_owner, self = std::weak_ptr(self_), feed,
       done = std::move(done)](const Result<storage::Version>& result) {
        to_owner([self, feed, done, stored = result.ok() ? Status() : Status(result.error())] {
          if (const auto writer = self.lock()) (*writer)->retired(feed, stored, done);
        });
      });
}

void FeedWriter::retired(const FeedId& feed, const Status& stored, const std::function<void(Status)>& done) {
  // The batches before this one were answered before it.
  feeds_.erase(feed);
  if (!stored.ok()) {
    give_up(feed, stored.error());
    pauses_.erase(feed);
  }
  done(stored);
}

void FeedWriter::move_on(const FeedId& retired, const FeedId& to) {
  const auto at = pauses_.find(retired);
  if (at == pauses_.end()) return;
  at->second.keeps = false;
  std::deque<Draft> moved;
  moved.swap(at->second.parked);
  for (Draft& draft : moved) {
    waiting_bytes_ -= draft.bytes();
    append(to, std::move(draft));
  }
}

void FeedWriter::give_up(const FeedId& retired, const Error& error) {
  const auto at = pauses_.find(retired);
  if (at == pauses_.end()) return;
  at->second.keeps = false;
  std::deque<Draft> failed;
  failed.swap(at->second.parked);
  for (Draft& draft : failed) {
    waiting_bytes_ -= draft.bytes();
    if (draft.done) draft.done(error);
  }
}

bool FeedWriter::merge_clock(Hlc other) {
  return clock_.merge(other, setup_.now());
}

}  // namespace comity::feed
