// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/following.h"

#include <algorithm>

#include "node/community/posts/conversations.h"
#include "node/community/tables.h"
#include "node/feed/tables.h"

namespace comity::community::search {
namespace {

// Entries of one transaction.
constexpr std::size_t kStepEntries = 500;
constexpr std::size_t kStepChanges = 2048;
// After so many steps that found nothing the place is noted all the same.
constexpr unsigned kIdleSteps = 600;

// What is no use trying again with this file.
bool is_damage(const Error& error) {
  return error.code == Code::kStoreCorrupt && error.detail.starts_with("search index");
}

}  // namespace

Following::Look Following::look() const noexcept {
  return {.ready = ready_, .done = done_, .total = total_};
}

// Within the transaction of what it counts.
Status Following::note(Progress progress) {
  COMITY_CHECK(index_->put_progress(progress));
  progress_ = std::move(progress);
  return {};
}

void Following::show() {
  done_ = progress_.done;
  total_ = progress_.total;
}

Result<Stepped> Following::step(const Sights& sights) {
  auto stepped = try_step(sights);
  if (stepped.ok() || !is_damage(stepped.error())) return stepped;
  ready_ = false;
  index_.reset();
  ++generation_;
  COMITY_CHECK(setup_.files->remove());
  Stepped out{.more = true, .rebuilding = true, .rebuilt = stepped.error()};
  return out;
}

Status Following::open() {
  if (distrusted_.exchange(false))
    return Error{Code::kStoreCorrupt, "search index: a reader met damage in it"};
  if (index_ != nullptr) return {};
  COMITY_TRY(index_, Index::open(setup_.files, setup_.part_documents));
  COMITY_TRY(progress_, index_->progress());
  if (progress_.scanning && progress_.cursor.empty()) return begin_scan();
  // Versions that a crash of the machine took back are given anew, to other batches.
  if (progress_.run != setup_.run) progress_.position = std::min(progress_.position, progress_.durable);
  return {};
}

// What comes while the store is being read through, the change stream tells afterwards.
Status Following::begin_scan() {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  Progress progress{.scanning = true, .cursor = kByThread.range().begin, .run = setup_.run};
  COMITY_TRY(progress.position, view->version());
  progress.durable = std::min(progress.position, setup_.store.stats().durable);
  COMITY_CHECK(view->walk(kByThread.range(), false, [&](ByteView, ByteView) {
    ++progress.total;
    return true;
  }));
  COMITY_TRY(auto transaction, index_->begin());
  COMITY_CHECK(note(progress));
  return transaction.commit();
}

Result<Stepped> Following::try_step(const Sights& sights) {
  COMITY_CHECK(open());
  show();
  {
    COMITY_TRY(const auto view, setup_.store.snapshot());
    COMITY_TRY(const auto newest, view->version());
    if (progress_.position > newest)
      return Error{Code::kStoreCorrupt, "search index: it is of a later state than the store"};
  }
  Stepped stepped{.rebuilding = progress_.scanning};
  if (progress_.scanning) {
    COMITY_TRY(stepped.more, scan(sights));
    show();
    return stepped;
  }
  const auto more = follow(sights);
  if (!more.ok() && more.error().code == Code::kStoreChangesTruncated)
    return Error{Code::kStoreCorrupt, "search index: it is too far behind the store"};
  if (!more.ok()) return more.error();
  stepped.more = *more;
  ready_ = true;
  return stepped;
}

Result<bool> Following::scan(const Sights& sights) {
  Progress progress = progress_;
  COMITY_TRY(const auto view, setup_.store.snapshot());
  Documents documents(*view, sights, setup_.storage_key, setup_.recent.get());
  COMITY_TRY(auto transaction, index_->begin());
  std::vector<Place> places;
  Bytes last;
  std::size_t rows = 0;
  const storage::Range range{progress.cursor, kByThread.range().end};
  Status status;
  COMITY_CHECK(view->walk(range, false, [&](ByteView key, ByteView value) {
    const auto row = decode_thread_row(key, value);
    if (!row.ok()) {
      status = row.error();
      return false;
    }
    // Whoever withdraws and whoever is withdrawn stand in one store: the second is asked about the first.
    if (row->type != ContentType::kWithdraw) places.push_back({row->feed, row->seq});
    last = proto::to_bytes(key);
    return ++rows < kStepEntries;
  }));
  COMITY_CHECK(status);
  for (const Place& place : places)
    COMITY_CHECK(touch(documents, place));
  progress.done += rows;
  progress.total = std::max(progress.total, progress.done);
  if (rows < kStepEntries) {
    progress.scanning = false;
    progress.cursor.clear();
  } else {
    progress.cursor = storage::key_after(last);
  }
  COMITY_CHECK(note(std::move(progress)));
  COMITY_CHECK(transaction.commit());
  return true;
}

Result<bool> Following::follow(const Sights& sights) {
  std::vector<Place> places;
  storage::Version upto = progress_.position;
  storage::Version durable = progress_.durable;
  bool more = true;
  while (more && places.size() < kStepEntries) {
    COMITY_TRY(const auto page, setup_.store.changes(upto, kStepChanges, storage::Shown::kCommitted));
    for (const storage::Change& change : page.batches) {
      for (const storage::ChangedKey& changed : change.keys) {
        // Also what was erased there: the entry has been disposed of.
        if (const auto row = kByThread.parse(changed.key); row.ok()) {
          places.push_back({std::get<3>(*row), std::get<4>(*row)});
        } else if (const auto withheld = feed::kWithheld.parse(changed.key); withheld.ok()) {
          places.push_back({std::get<0>(*withheld), std::get<1>(*withheld)});
        }
      }
    }
    upto = page.upto;
    durable = page.durable;
    more = page.more;
  }
  // Every commit is a change, those of other projections too: none of them is worth one of ours.
  if (places.empty() && progress_.run == setup_.run) {
    progress_.position = upto;
    progress_.durable = std::min(upto, durable);
    if (++idle_ < kIdleSteps) return more;
  }
  idle_ = 0;
  Progress progress = progress_;
  progress.position = upto;
  progress.durable = std::min(upto, durable);
  progress.run = setup_.run;
  // Taken after the changes, so that it shows what they name.
  COMITY_TRY(const auto view, setup_.store.snapshot());
  Documents documents(*view, sights, setup_.storage_key, setup_.recent.get());
  COMITY_TRY(auto transaction, index_->begin());
  for (const Place& place : places)
    COMITY_CHECK(touch(documents, place));
  COMITY_CHECK(note(std::move(progress)));
  COMITY_CHECK(transaction.commit());
  return more;
}

Status Following::touch(Documents& documents, const Place& place) {
  COMITY_TRY(auto meaning, documents.meaning(place));
  if (!meaning) {
    // Its body is gone, or in quarantine: what stood there has to be thought of anew.
    COMITY_TRY(const auto subjects, index_->subjects_at(place));
    for (const EntryRef& subject : subjects)
      COMITY_CHECK(renew(documents, subject));
    return {};
  }
  if (meaning->subject.is_zero()) return {};
  if (meaning->is_version) COMITY_CHECK(index_->note_version(meaning->subject, place, meaning->order));
  if (!meaning->is_version && meaning->document) {
    COMITY_TRY(const auto versions, index_->versions(meaning->subject));
    if (versions.empty()) return index_->put(*meaning->document);
  }
  return renew(documents, meaning->subject);
}

Status Following::renew(Documents& documents, const EntryRef& subject) {
  COMITY_TRY(const auto versions, index_->versions(subject));
  COMITY_TRY(const auto document, documents.document(subject, versions));
  return document ? index_->put(*document) : index_->remove(subject);
}

Result<bool> Following::tidy(const Sights& sights) {
  if (index_ == nullptr || !ready_) return false;
  COMITY_TRY(const auto view, setup_.store.snapshot());
  Documents documents(*view, sights, setup_.storage_key, setup_.recent.get());
  auto more =
      index_->tidy([&](const EntryRef& subject, const Place& shown) -> Result<std::optional<Document>> {
        COMITY_TRY(const auto versions, index_->versions(subject));
        return documents.document(subject, versions, shown);
      });
  if (!more.ok() && is_damage(more.error())) {
    distrust();
    return true;
  }
  return more;
}

}  // namespace comity::community::search
