// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/keys.h"

#include <utility>

#include "node/federation/keys/distrust.h"
#include "node/runtime/one_shot.h"
#include "proto/moment.h"

namespace comity::daemon {
namespace {

using proto::Bytes;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

// The days before their end at which keys are worth a word.
constexpr std::chrono::days kWarnBefore{30};

std::string reason_text(crypto::RevocationReason reason) {
  return reason == crypto::RevocationReason::kCompromised ? "compromised" : "routine";
}

/// What the versions from `first` on say of the ends of keys.
std::vector<crypto::Revocation> revoked_since(const crypto::KeyChain& chain, std::uint32_t first) {
  std::vector<crypto::Revocation> out;
  for (std::uint32_t version = first; version <= chain.version(); ++version) {
    for (const crypto::Revocation& each : chain.at(version)->revoked)
      out.push_back(*chain.revocation(each.key));
  }
  return out;
}

}  // namespace

Keys::Keys(runtime::Executor executor, Started& started, Feeds& feeds, World& world, runtime::Pool& pool,
           Log& log, crypto::Random& random, std::function<home::Moment()> now)
    : started_(started),
      feeds_(feeds),
      world_(world),
      pool_(pool),
      log_(log),
      random_(random),
      now_(std::move(now)),
      tasks_(std::move(executor)) {}

Result<Bytes> Keys::plan_rotation(const std::string& reason) {
  COMITY_TRY(home::PlannedKeys keys, home::plan_rotation(started_.identity, now_(), random_));
  Bytes doc = keys.doc;
  planned_.emplace(
      Planned{.keys = std::move(keys), .since = now_(), .event = "key.rotate", .reason = reason});
  return doc;
}

Result<Bytes> Keys::plan_revocation(const crypto::Revocation& revocation) {
  COMITY_TRY(home::PlannedKeys keys, home::plan_revocation(started_.identity, revocation, now_(), random_));
  Bytes doc = keys.doc;
  planned_.emplace(Planned{.keys = std::move(keys),
                           .since = now_(),
                           .event = "key.revoke",
                           .reason = reason_text(revocation.reason),
                           .revocation = revocation});
  return doc;
}

Result<crypto::KeyChain> Keys::check(proto::ByteView signed_doc) const {
  if (busy_) return Error{Code::kFeedBusy, "another change of keys takes effect"};
  if (!planned_ || now_() - planned_->since > kPlanned) {
    return Error{Code::kKeyDocRule, "nothing waits for a signature, or it was too long ago"};
  }
  return home::take_signed(started_.identity.chain, planned_->keys, signed_doc);
}

v1::LocalAudit Keys::event(const Planned& planned, const federation::By& by) const {
  const std::string keydoc = std::to_string(planned.keys.version);
  if (!planned.revocation) {
    return federation::audit_event(planned.event, by, now_(), {},
                                   {{"keydoc", keydoc}, {"reason", planned.reason}});
  }
  return federation::audit_event(planned.event, by, now_(), {},
                                 {{"keydoc", keydoc},
                                  {"reason", planned.reason},
                                  {"key", planned.revocation->key.hex()},
                                  {"since", proto::moment_text(*planned.revocation->since)}});
}

void Keys::install(Bytes signed_doc, federation::By by, OnInstalled done) {
  auto next = check(signed_doc);
  if (!next.ok()) return done(next.error());
  busy_ = true;
  Planned planned = *std::move(planned_);
  planned_.reset();
  tasks_.spawn("keys",
               take_effect(this, std::move(planned), *std::move(next), std::move(by), std::move(done)));
}

runtime::Task<Status> Keys::on_disk(home::NodeKeys keys, std::optional<crypto::KeyChain> chain) {
  struct Job {
    home::Paths paths;
    config::Settings settings;
    home::NodeKeys keys;
    std::optional<crypto::KeyChain> chain;
  };
  const auto job =
      std::make_shared<Job>(Job{started_.paths, started_.settings, std::move(keys), std::move(chain)});
  auto work = [job]() -> Status {
    COMITY_TRY(const auto passphrase, home::configured_passphrase(job->settings));
    crypto::SystemRandom random;
    COMITY_CHECK(home::store_keys(job->paths, job->keys, passphrase, random));
    return job->chain ? home::store_chain(job->paths, *job->chain) : Status();
  };
  const Status done = co_await pool_.run(std::move(work));
  co_return done;
}

// In place: others hold references. The key that seals the store stays where it is, a pool may be reading it.
void Keys::use(const home::NodeKeys& keys, crypto::KeyChain chain) {
  home::NodeKeys next = home::copy_of(keys);
  home::NodeKeys& used = started_.identity.keys;
  used.signing = std::move(next.signing);
  used.transport = std::move(next.transport);
  used.witness = std::move(next.witness);
  used.more_signing = std::move(next.more_signing);
  used.more_transport = std::move(next.more_transport);
  used.more_witness = std::move(next.more_witness);
  feeds_.trust().chains().set_own(chain);
  started_.identity.chain = std::move(chain);
  feeds_.writer().set_signing(feeds_.trust().signing());
}

runtime::Task<void> Keys::take_effect(Keys* keys, Planned planned, crypto::KeyChain next, federation::By by,
                                      OnInstalled done) {
  const Status stored = co_await keys->on_disk(home::copy_of(planned.keys.keys), next);
  if (!stored.ok()) {
    keys->busy_ = false;
    done(stored.error());
    co_return;
  }
  const std::uint32_t before = keys->started_.identity.chain.version();
  const v1::LocalAudit event = keys->event(planned, by);
  const bool compromised =
      planned.revocation && planned.revocation->reason == crypto::RevocationReason::kCompromised;
  home::NodeKeys settled = std::move(planned.keys.keys);
  (void)home::settle(settled, next);
  keys->use(settled, next);
  federation::Rows rows;
  federation::put_distrusts(rows, keys->started_.marker.agency, revoked_since(next, before + 1));
  const auto written = std::make_shared<runtime::OneShot>();
  keys->world_.federation().own_keys_changed(before, compromised, event, std::move(rows),
                                             [written](const Status& status) { written->complete(status); });
  const Status recorded = co_await written->wait_shielded();
  // The private half that signs no more goes.
  const Status cleaned = co_await keys->on_disk(std::move(settled), std::nullopt);
  if (!cleaned.ok()) keys->log_.warning(cleaned.error(), {{"keys", "the file still holds those replaced"}});
  keys->busy_ = false;
  keys->log_.info("keys have changed", {{"keydoc", std::to_string(next.version())}});
  done(recorded.ok() ? Result<std::uint32_t>(next.version()) : Result<std::uint32_t>(recorded.error()));
}

void Keys::recover() {
  const crypto::KeyChain& chain = started_.identity.chain;
  federation::Trust& trust = feeds_.trust();
  const federation::EncKeySet* const announced = trust.enc_keys().find(trust.self());
  if (announced == nullptr || announced->keydoc >= chain.version()) return;
  const auto revoked = revoked_since(chain, announced->keydoc + 1);
  const v1::LocalAudit event = node_event(
      revoked.empty() ? "key.rotate" : "key.revoke", now_(),
      {{"keydoc", std::to_string(chain.version())}, {"reason", "it was cut off, and goes on now"}});
  auto renewed = trust.renew(!revoked.empty());
  if (!renewed.ok()) {
    log_.error(renewed.error(), {{"keys", "a change could not be announced"}});
    return;
  }
  federation::put_distrusts(renewed->rows, trust.self(), revoked);
  storage::Batch rows;
  renewed->rows.into(rows);
  feeds_.commit(event, std::move(rows), [this](const Status& stored) {
    if (!stored.ok()) log_.error(stored.error(), {{"keys", "a change could not be put on record"}});
  });
}

runtime::Task<void> Keys::settled() {
  co_await tasks_.join();
}

void Keys::warn() {
  const crypto::KeyDoc& doc = started_.identity.chain.current();
  const auto left = doc.expires - now_();
  if (left > kWarnBefore) return;
  const std::string when = proto::moment_text(doc.expires);
  if (left < home::Moment::duration(0)) {
    log_.error({Code::kKeyDocStale, "ours, " + when + ": run comity key rotate"});
    return;
  }
  log_.info("the keys of this node end soon: run comity key rotate",
            {{"ends", when}, {"days", std::to_string(std::chrono::floor<std::chrono::days>(left).count())}});
}

}  // namespace comity::daemon
