// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/ingest.h"

#include <fmt/format.h>

#include "node/feed/fork_proofs.h"
#include "node/feed/key_epochs.h"
#include "node/feed/reader.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/mutation.h"
#include "storage/failpoint.h"

namespace comity::feed {
namespace {

// The evidence that a batch holds for its entry `index`, when it is complete.
std::optional<v1::RunEvidence> evidence_at(std::span<const WireEntry> entries, std::size_t index) {
  v1::RunEvidence out;
  for (std::size_t i = index; i < entries.size() && i - index < proto::bounds::kRunEntries; ++i) {
    out.add_header(field(entries[i].header));
    if (entries[i].sig.empty()) continue;
    out.set_sig(field(entries[i].sig));
    return out;
  }
  return std::nullopt;
}

}  // namespace

Ingester::Ingester(IngesterSetup setup)
    : setup_(std::move(setup)), self_(std::make_shared<Ingester*>(this)) {}

Ingester::~Ingester() = default;

// Audiences are asked for by every batch but change rarely; one that is not held (history begins behind it)
// is no error.
Result<std::optional<v1::Audience>> Ingester::audience_of(const FeedReader& reader, const FeedState& state) {
  if (audience_ && audience_->first == state.end.audience_id) return std::optional(audience_->second);
  auto audience = reader.audience(state);
  if (!audience.ok() && audience.error().code == Code::kEntryUnknown) return std::optional<v1::Audience>();
  if (!audience.ok()) return audience.error();
  if (state.end.audience_seq != Seq{0}) audience_.emplace(state.end.audience_id, *audience);
  return std::optional(*std::move(audience));
}

Result<Ingester::Known*> Ingester::load(const FeedId& feed) {
  auto at = feeds_.find(feed);
  if (at == feeds_.end()) {
    COMITY_TRY(const auto view, setup_.store.snapshot());
    COMITY_TRY(auto state, get_feed(*view, feed));
    Bytes row = encode(state);
    at = feeds_.emplace(feed, Known{std::move(state), std::move(row)}).first;
  }
  const FeedState& state = at->second.state;
  if (state.own && !state.retired)
    return Error{Code::kFeedNotOwn, "entries of our own feed came from outside"};
  return &at->second;
}

Result<FeedId> Ingester::learn(const AgencyId& agency, const SpaceId& space, const Incarnation& incarnation) {
  const FeedId feed = feed_id(agency, space, incarnation);
  const auto known = load(feed);
  if (known.ok()) return feed;
  if (known.error().code != Code::kFeedUnknown) return known.error();
  Known fresh;
  fresh.state.end.agency = agency;
  fresh.state.end.feed = feed;
  fresh.state.space = space;
  fresh.state.incarnation = incarnation;
  // One that this store does not know any more: from before it was put back.
  fresh.state.own = fresh.state.retired = agency == setup_.self;
  feeds_.emplace(feed, std::move(fresh));
  return feed;
}

Result<Prepared> Ingester::prepare(const FeedId& feed, std::span<const WireEntry> entries,
                                   const Signers& signers) {
  COMITY_TRY(const Known* const known, load(feed));
  Prepared out{.state = known->state};
  COMITY_TRY(const auto view, setup_.store.snapshot());
  const FeedReader reader(*view, setup_.storage_key);
  COMITY_TRY(out.audience, audience_of(reader, out.state));
  for (; out.skip < entries.size() && !COMITY_MUTATION("duplicates"); ++out.skip) {
    const auto header = read_header(entries[out.skip].header);
    if (!header.ok() || header->feed != feed || header->seq > out.state.end.seq) return out;
    const auto held = reader.header(feed, header->seq);
    if (!held.ok()) {
      // Under way to the disk, or before our history: nothing to compare with.
      if (held.error().code == Code::kEntryUnknown) continue;
      return held.error();
    }
    if (held->header.id == header->id) continue;
    v1::ForkProof proof;
    COMITY_TRY(*proof.mutable_a(), reader.evidence(feed, header->seq));
    const auto other = evidence_at(entries, out.skip);
    if (other) *proof.mutable_b() = *other;
    auto verified =
        other ? verify_fork(proof, signers) : Result<std::pair<Header, Header>>(Error{Code::kFeedProof, {}});
    const Error error{Code::kFeedForked, fmt::format("seq {}", raw(header->seq))};
    if (verified.ok()) {
      out.fork = std::move(proof);
      out.refusal = Refusal{out.skip, error, true};
    } else {
      out.refusal = Refusal{out.skip, verified.error(), false};
    }
    return out;
  }
  return out;
}

void Ingester::add_grant(storage::Batch& batch, Known& known, const Header& header, ByteView body) {
  const auto grant = proto::decode<v1::KeyGrant>(body, proto::bounds::kSealedBodyBytes);
  if (!grant.ok()) return;
  for (const v1::Wrap& wrap : grant->wrap()) {
    if (!proto::equal(proto::as_bytes(wrap.to()), setup_.self.view())) continue;
    const KeyEpoch epoch{grant->key_epoch()};
    const auto view = setup_.store.snapshot();
    if (!view.ok() || known.granted.contains(epoch)) continue;
    const auto held = get_feed_key(**view, header.feed, epoch, setup_.storage_key);
    if (held.ok() || held.error().code != Code::kFeedNoKey) continue;
    const auto key = setup_.grants.open({header.agency, header.feed, epoch, setup_.self}, wrap);
    // Without the key the entries are held all the same, and a later grant opens them.
    if (!key.ok()) continue;
    put_feed_key(batch, header.feed, epoch, *key, setup_.storage_key, setup_.random);
    known.granted.insert(epoch);
  }
}

void Ingester::commit(const Prepared& prepared, const Checked& checked, std::span<const WireEntry> entries,
                      WallTime now, OnIngested done) {
  auto known = load(prepared.state.feed());
  if (!known.ok()) {
    done(known.error());
    return;
  }
  Ingested outcome{.duplicates = prepared.skip, .refusal = checked.refusal};
  FeedState after = checked.after;
  // A proof may have come while the batch was checked.
  if (!after.frozen) after.frozen = (*known)->state.frozen;
  storage::Batch batch;
  for (const CheckedEntry& entry : checked.entries) {
    const WireEntry& wire = entries[entry.index];
    Withholding why = entry.withheld;
    if (why == Withholding::kNone && distrusted_.contains(entry.header.signer))
      why = Withholding::kSignerRevoked;
    const bool keep_body = why == Withholding::kNone || is_quarantine(why);
    put_entry(batch,
              {.header = entry.header,
               .bytes = wire.header,
               .sig = wire.sig,
               .body = keep_body ? wire.body : ByteView(),
               .received = now,
               .ahead = entry.ahead,
               .withheld = why},
              after.space, setup_.projections, setup_.random);
    if (entry.header.kind == v1::KIND_KEY_GRANT && why == Withholding::kNone) {
      add_grant(batch, **known, entry.header, wire.body);
    }
    outcome.stored.push_back({entry.header.id, entry.header.feed, entry.header.seq, entry.header.hlc});
    const bool over = entry.withheld == Withholding::kLabel && entry.header.kind == v1::KIND_CONTENT;
    if (over && !outcome.over_label) outcome.over_label = entry.header.seq;
    if (setup_.recent != nullptr && entry.withheld == Withholding::kNone) {
      setup_.recent->put(
          std::make_shared<RecentEntry>(RecentEntry{.stored = {.header = entry.header,
                                                               .bytes = proto::to_bytes(wire.header),
                                                               .sig = proto::to_bytes(wire.sig),
                                                               .received = now,
                                                               .ahead = entry.ahead},
                                                    .body = proto::to_bytes(wire.body)}));
    }
    if (!entry.ahead) outcome.hlc = std::max(outcome.hlc, entry.header.hlc);
  }
  if (prepared.fork) {
    put_fork_proof(batch, after.feed(), *prepared.fork);
    after.frozen = Code::kFeedForked;
  } else if (outcome.refusal && outcome.refusal->author_signed) {
    after.frozen = outcome.refusal->error.code;
  }
  if (batch.empty() && after.frozen == (*known)->state.frozen) {
    done(std::move(outcome));
    return;
  }
  submit(**known, std::move(after), std::move(batch), std::move(outcome), std::move(done));
}

void Ingester::submit(Known& known, FeedState after, storage::Batch batch, Ingested outcome,
                      OnIngested done) {
  const Bytes key = kFeeds.key(after.feed());
  if (known.row.empty()) {
    batch.expect_absent(key);
  } else {
    batch.expect_equal(key, known.row);
  }
  known.row = encode(after);
  batch.put(key, known.row);
  const FeedId feed = after.feed();
  known.state = std::move(after);
  ++known.in_flight;
  COMITY_FAILPOINT("ingest.before_commit");
  setup_.store.submit(std::move(batch), storage::Durability::kSynced,
                      [to_owner = setup_.to_owner, self = std::weak_ptr(self_), feed,
                       outcome = std::make_shared<Ingested>(std::move(outcome)), recent = setup_.recent,
                       done = std::move(done)](const Result<storage::Version>& result) {
                        if (recent != nullptr && !result.ok() && !outcome->stored.empty())
                          recent->forget(feed, outcome->stored.front().seq, outcome->stored.back().seq);
                        to_owner([self, feed, outcome, done, result] {
                          const auto ingester = self.lock();
                          if (!ingester) return;
                          COMITY_FAILPOINT("ingest.after_commit");
                          if (result.ok()) {
                            (*ingester)->stored(feed);
                            done(std::move(*outcome));
                            return;
                          }
                          // What is in memory went ahead of the store. Batches behind this one fail by their
                          // guard.
                          (*ingester)->feeds_.erase(feed);
                          done(result.error());
                        });
                      });
}

void Ingester::stored(const FeedId& feed) {
  const auto known = feeds_.find(feed);
  if (known == feeds_.end() || known->second.in_flight == 0) return;
  if (--known->second.in_flight == 0) known->second.granted.clear();
}

void Ingester::freeze(const FeedId& feed, const v1::ForkProof& proof, OnIngested done) {
  auto known = load(feed);
  if (known.ok() && (*known)->row.empty()) known = Error{Code::kFeedUnknown, feed.hex()};
  if (!known.ok()) {
    done(known.error());
    return;
  }
  FeedState after = (*known)->state;
  if (after.frozen == Code::kFeedForked) {
    done(Ingested{});
    return;
  }
  after.frozen = Code::kFeedForked;
  storage::Batch batch;
  put_fork_proof(batch, feed, proof);
  submit(**known, std::move(after), std::move(batch), {}, std::move(done));
}

Status Ingester::release(const EntryId& entry, storage::Batch& batch) {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  const FeedReader reader(*view, setup_.storage_key);
  COMITY_TRY(const auto stored, reader.find(entry));
  const Header& header = stored.header;
  COMITY_TRY(const auto body, reader.quarantined_body(header));
  COMITY_TRY(const auto feed, get_feed(*view, header.feed));
  const Bytes key = kWithheld.key(header.feed, header.seq);
  batch.expect_present(key);
  batch.erase(key);
  if (header.kind == v1::KIND_KEY_GRANT) {
    COMITY_TRY(Known* const known, load(header.feed));
    add_grant(batch, *known, header, body);
    // Whether the caller commits is not known here.
    if (known->in_flight == 0) known->granted.clear();
  }
  const EntryFacts facts{.header = header,
                         .space = feed.space,
                         .received = stored.received,
                         .ahead = stored.ahead,
                         .clear_body = is_sealed(header.kind) ? ByteView() : ByteView(body)};
  for (const Projection* projection : setup_.projections)
    projection->apply(facts, batch);
  return {};
}

void Ingester::ingest(const FeedId& feed, std::span<const WireEntry> entries, const IngestContext& context,
                      OnIngested done) {
  auto prepared = prepare(feed, entries, context.signers);
  if (!prepared.ok()) {
    done(prepared.error());
    return;
  }
  const auto rest = entries.subspan(prepared->skip);
  Checked checked;
  if (prepared->refusal) {
    checked = {.before = prepared->state, .after = prepared->state, .refusal = prepared->refusal};
  } else {
    checked = check_batch(prepared->state, prepared->audience, rest, context);
    if (checked.refusal) checked.refusal->index += prepared->skip;
  }
  commit(*prepared, checked, rest, context.now, std::move(done));
}

}  // namespace comity::feed
