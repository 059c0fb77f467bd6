// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/searching.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "node/runtime/asio/system.h"
#include "node/runtime/deadline.h"

namespace comity::daemon {

namespace search = community::search;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

namespace {

// Under this policy of Linux whoever wakes up meanwhile runs at once.
void step_far_back() {
  static constexpr sched_param kNone{};
  thread_local const int done = ::sched_setscheduler(0, SCHED_IDLE, &kNone);
  (void)done;
}

// Linux counts niceness by thread.
void step_back() {
  constexpr int kNiceness = 10;
  thread_local const int done = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
  (void)done;
}

bool is_damage(const Error& error) {
  return error.code == Code::kStoreCorrupt && error.detail.starts_with("search index");
}

}  // namespace

/// Lives on the thread that answers; jobs there come one after the other.
struct Searching::Desk {
  std::unique_ptr<search::IndexReader> reader;
  std::uint64_t generation = 0;

  Result<search::SearchPage> find(const std::shared_ptr<const search::IndexFiles>& files,
                                  search::Following& following, const search::SearchSource& parts,
                                  const policy::Reader& who, const search::SearchQuery& query) {
    const std::uint64_t now = following.generation();
    if (reader == nullptr || generation != now) {
      reader.reset();
      COMITY_TRY(reader, search::IndexReader::open(files));
      generation = now;
    }
    auto page = search::Search(*reader, parts, who).run(query);
    if (!page.ok() && is_damage(page.error())) {
      // A reader that looked while the file was exchanged has seen none of the damage that it thinks of.
      if (following.generation() == now) following.distrust();
      reader.reset();
      return Error{Code::kSearchBehind, "it was damaged"};
    }
    return page;
  }
};

Searching::Searching(runtime::Clock& clock, Log& log, const Started& started, Core& core)
    : clock_(clock),
      log_(log),
      started_(started),
      core_(core),
      desk_(std::make_unique<Desk>()),
      writer_(runtime::make_thread_pool(1)),
      hurried_writer_(runtime::make_thread_pool(1)),
      readers_(runtime::make_thread_pool(1)) {
  core_.on_followed([this] {
    due_ = true;
    news_.notify_all();
  });
}

Searching::~Searching() {
  core_.on_followed({});
}

Status Searching::begin() {
  const auto& languages = started_.settings.search.languages;
  const auto words = search::Words::make(languages);
  if (!words.ok()) return words.error();
  COMITY_TRY(files_,
             search::IndexFiles::make(started_.paths.search(), started_.identity.keys.storage, languages));
  following_ = std::make_unique<search::Following>(
      search::FollowingSetup{.store = *started_.store,
                             .storage_key = started_.identity.keys.storage,
                             .recent = core_.feeds().recent(),
                             .files = files_,
                             .run = started_.boot.count});
  return {};
}

search::Following::Look Searching::look() const {
  return following_->look();
}

void Searching::tell(const Result<search::Stepped>& stepped) {
  if (!stepped.ok()) {
    if (last_error_ != stepped.error().code) log_.error(stepped.error(), {{"search", "it falls behind"}});
    last_error_ = stepped.error().code;
    return;
  }
  last_error_.reset();
  if (stepped->rebuilt) log_.warning(*stepped->rebuilt, {{"search", "the index is built anew"}});
  if (rebuilding_ && !stepped->rebuilding) {
    const auto progress = following_->look();
    log_.info("the search index is built", {{"entries", std::to_string(progress.total)}});
  }
  rebuilding_ = stepped->rebuilding;
}

// True when another step has something to do at once. Indexing waits for everything else that the machine has
// to do, unless that would keep searches waiting: a busy machine leaves the thread that steps far back nearly
// nothing.
runtime::Task<bool> Searching::step() {
  const bool hurried = hurried_ || !following_->look().ready;
  std::function<Result<search::Stepped>()> job = [this, hurried, sights = core_.world().spaces().sights()] {
    hurried ? step_back() : step_far_back();
    return following_->step(*sights);
  };
  auto work = [job = std::move(job)] { return job(); };
  const auto begun = clock_.now();
  runtime::Pool& pool = hurried ? *hurried_writer_ : *writer_;
  const auto stepped = co_await pool.run(std::move(work));
  tell(stepped);
  const bool more = stepped.ok() && stepped->more;
  hurried_ = more && (hurried_ || clock_.now() - begun > kIndexSlow);
  co_return more;
}

runtime::Task<void> Searching::tidy() {
  for (bool more = true; more;) {
    std::function<Result<bool>()> job = [this, sights = core_.world().spaces().sights()] {
      return following_->tidy(*sights);
    };
    auto work = [job = std::move(job)] { return job(); };
    const auto tidied = co_await writer_->run(std::move(work));
    if (!tidied.ok()) log_.warning(tidied.error(), {{"search", "it cannot be tidied"}});
    more = tidied.ok() && *tidied;
    // What is new comes first, and a stop does not wait for what can be done next time.
    const bool waits = co_await step();
    (void)waits;
    const Status slept = co_await clock_.sleep_for(std::chrono::milliseconds(1));
    if (!slept.ok()) co_return;
  }
}

runtime::Task<void> Searching::run() {
  auto tidied = clock_.now();
  for (;;) {
    due_ = false;
    const bool more = co_await step();
    if (!more && clock_.now() - tidied >= kTidyEvery) {
      co_await tidy();
      tidied = clock_.now();
    }
    if (!more && !due_) {
      const Status woken = co_await runtime::with_timeout(clock_, kIndexRest, news_.wait());
      if (!woken.ok() && woken.error().code == Code::kCancelled) co_return;
    }
    std::chrono::milliseconds rest = more ? std::chrono::milliseconds(1) : kIndexEvery;
    if (last_error_) rest = kIndexRest;
    const Status slept = co_await clock_.sleep_for(rest);
    if (!slept.ok()) co_return;
  }
}

runtime::Task<Result<search::SearchPage>> Searching::find(policy::Reader reader, search::SearchQuery query) {
  const auto progress = following_->look();
  if (!progress.ready) {
    co_return Error{Code::kSearchBehind,
                    std::to_string(progress.done) + " of " + std::to_string(progress.total) + " entries"};
  }
  std::function<Result<search::SearchPage>()> job =
      [this, sights = core_.world().spaces().sights(), reader = std::move(reader),
       query = std::move(query)]() -> Result<search::SearchPage> {
    COMITY_TRY(const auto view, started_.store->snapshot());
    const search::SearchSource source{.view = *view,
                                      .sights = *sights,
                                      .storage_key = started_.identity.keys.storage,
                                      .recent = core_.feeds().recent().get()};
    return desk_->find(files_, *following_, source, reader, query);
  };
  auto work = [job = std::move(job)] { return job(); };
  auto page = co_await readers_->run(std::move(work));
  co_return page;
}

runtime::Task<Result<community::PeopleFound>> Searching::find_people(policy::Reader reader,
                                                                     community::PeopleQuery query) {
  std::function<Result<community::PeopleFound>()> job =
      [this, sights = core_.world().spaces().sights(), reader = std::move(reader),
       query = std::move(query)]() -> Result<community::PeopleFound> {
    COMITY_TRY(const auto view, started_.store->snapshot());
    return community::PeopleReader(*view, *sights, reader).search(query);
  };
  auto work = [job = std::move(job)] { return job(); };
  auto found = co_await readers_->run(std::move(work));
  co_return found;
}

}  // namespace comity::daemon
