// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/intake.h"

namespace comity::federation {
namespace {

constexpr std::size_t kCheckedHere = 16U * 1024;

}  // namespace

struct Intake::Job {
  Received received;
  std::vector<feed::WireEntry> entries{};
  feed::Prepared prepared{};
  feed::Checked checked{};
  std::shared_ptr<const feed::Signers> signers{};
  WallTime now{};

  [[nodiscard]] std::span<const feed::WireEntry> rest() const {
    return std::span(entries).subspan(prepared.skip);
  }
};

Intake::Intake(IntakeSetup setup) : setup_(std::move(setup)), self_(std::make_shared<Intake*>(this)) {}

void Intake::take(Received received) {
  const FeedId feed = received.feed;
  bytes_ += received.bytes;
  auto job = std::make_shared<Job>(Job{.received = std::move(received)});
  for (const v1::Entry& entry : job->received.batch.entry())
    job->entries.push_back(feed::view_of(entry));
  feeds_[feed].waiting.push_back(std::move(job));
  step(feed);
}

void Intake::drop(const FeedId& feed) {
  const auto at = feeds_.find(feed);
  if (at == feeds_.end()) return;
  std::deque<std::shared_ptr<Job>> dropped;
  dropped.swap(at->second.waiting);
  for (const auto& job : dropped) {
    bytes_ -= job->received.bytes;
    setup_.taken({.received = std::move(job->received), .dropped = true});
  }
}

void Intake::step(const FeedId& feed) {
  const auto at = feeds_.find(feed);
  if (at == feeds_.end() || at->second.checking) return;
  if (at->second.waiting.empty()) {
    feeds_.erase(at);
    return;
  }
  const std::shared_ptr<Job> job = std::move(at->second.waiting.front());
  at->second.waiting.pop_front();
  job->signers = setup_.signers();
  job->now = setup_.now();
  auto prepared = setup_.ingester.prepare(feed, job->entries, *job->signers);
  at->second.checking = true;
  if (!prepared.ok()) {
    finish(job, prepared.error());
    return;
  }
  job->prepared = *std::move(prepared);
  if (job->prepared.refusal) {
    job->checked = {
        .before = job->prepared.state, .after = job->prepared.state, .refusal = job->prepared.refusal};
    commit(job);
    return;
  }
  auto check = [job, self = setup_.self] {
    const feed::IngestContext context{.self = self,
                                      .sender = job->received.sender,
                                      .now = job->now,
                                      .ceiling = job->received.ceiling,
                                      .first = job->received.first,
                                      .history_to = job->received.history_to,
                                      .signers = *job->signers};
    job->checked = feed::check_batch(job->prepared.state, job->prepared.audience, job->rest(), context);
    if (job->checked.refusal) job->checked.refusal->index += job->prepared.skip;
  };
  // For one small entry the way to another thread and back costs more than its signature.
  if (job->rest().size() == 1 && job->received.bytes <= kCheckedHere) {
    check();
    commit(job);
    return;
  }
  setup_.offload(std::move(check), [job, self = std::weak_ptr(self_)] {
    if (const auto intake = self.lock()) (*intake)->commit(job);
  });
}

void Intake::commit(const std::shared_ptr<Job>& job) {
  const auto self = std::weak_ptr(self_);
  const FeedId feed = job->received.feed;
  // With nothing to store the answer comes at once; it is told when the next batch may be prepared.
  setup_.ingester.commit(job->prepared, job->checked, job->rest(), job->now,
                         [job, self](Result<feed::Ingested> result) {
                           if (const auto intake = self.lock()) (*intake)->finish(job, std::move(result));
                         });
  if (self.expired()) return;
  const auto at = feeds_.find(feed);
  if (at == feeds_.end() || !at->second.checking) return;
  at->second.checking = false;
  step(feed);
}

void Intake::finish(const std::shared_ptr<Job>& job, Result<feed::Ingested> result) {
  bytes_ -= job->received.bytes;
  Taken taken{.received = {}, .result = std::move(result)};
  taken.after = {job->checked.after.end.seq, job->checked.after.end.id};
  taken.forked = job->prepared.fork.has_value();
  for (const feed::CheckedEntry& entry : job->checked.entries) {
    if (entry.header.kind == v1::KIND_WITHDRAW) taken.withdraws.push_back(entry.header.id);
  }
  taken.received = std::move(job->received);
  const FeedId feed = taken.received.feed;
  const bool unprepared = !taken.result.ok() && job->prepared.state.feed().is_zero();
  const auto self = std::weak_ptr(self_);
  setup_.taken(std::move(taken));
  if (self.expired() || !unprepared) return;
  const auto at = feeds_.find(feed);
  if (at == feeds_.end()) return;
  at->second.checking = false;
  step(feed);
}

}  // namespace comity::federation
