// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/chain_builder.h"

#include <algorithm>

#include <fmt/format.h>

#include "comity/v1/audit.pb.h"

#include "node/feed/key_epochs.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::feed {
namespace {

namespace bounds = proto::bounds;

// A quarter of what the store takes at once: the rows of one entry may add a whole body to it.
constexpr std::size_t kBatchBytes = bounds::kStoreBatchBytes / 4;
constexpr std::size_t kBatchEntries = 4 * bounds::kRunEntries;

struct BuiltEntry {
  Header header;
  Bytes bytes;
  Bytes body;
  Bytes sig{};
  std::shared_ptr<const v1::Content> content{};
};

class Builder {
 public:
  Builder(OwnFeed& feed, const BuildContext& context, WallTime now)
      : feed_(feed),
        state_(feed.state),
        context_(context),
        now_(now),
        clock_(std::max(feed.state.end.hlc, context.floor)) {}

  void take(Draft draft) {
    out_.taken += draft.bytes();
    auto result = add(draft);
    if (result.ok() && draft.join) draft.join(out_.rows, *result);
    out_.answers.push_back({std::move(draft.done), std::move(result)});
  }

  [[nodiscard]] bool full() const {
    return out_.entries >= kBatchEntries || out_.rows.bytes() + run_bytes_ >= kBatchBytes;
  }

  BuiltBatch finish() {
    close_run();
    if (out_.entries > 0) {
      out_.feed_row = encode(state_);
      out_.rows.put(kFeeds.key(state_.feed()), out_.feed_row);
    }
    return std::move(out_);
  }

 private:
  Result<Appended> add(Draft& draft) {
    if (state_.end.closed) return Error{Code::kFeedClosed, state_.feed().hex()};
    COMITY_CHECK(check_decision(draft));
    if (!draft.sealed.empty()) {
      // Before the epoch opens: a body that cannot be sealed leaves no trace.
      if (crypto::sealed_body_bytes(draft.sealed.size()) > bounds::kSealedBodyBytes) {
        return Error{Code::kBodyTooLarge, fmt::format("{} bytes", draft.sealed.size())};
      }
      open_epoch_if_due();
    }
    Bytes body;
    if (!draft.sealed.empty()) {
      const crypto::Slot slot{state_.agency(), state_.feed(), next(state_.end.seq), state_.end.id};
      COMITY_TRY(body, crypto::seal_body(feed_.key, slot, draft.sealed, context_.random));
    }
    if (draft.clear) body = draft.clear(body);
    if (body.size() > bounds::kSealedBodyBytes) {
      return Error{Code::kBodyTooLarge, fmt::format("{} bytes", body.size())};
    }
    const bool sealed = !draft.sealed.empty();
    if (sealed) ++state_.epoch_count;
    const bool shared_content = draft.decision && !state_.inside;
    // Posts of one label to one audience share their record.
    if (shared_content && draft.decision->id() != feed_.release) {
      feed_.release = draft.decision->id();
      out_.rows.put(kReleases.key(feed_.release), draft.decision->record());
    }
    return place(Header{.kind = draft.kind,
                        .key_epoch = sealed ? state_.epoch : KeyEpoch{0},
                        .label = draft.decision ? draft.decision->label() : state_.ceiling,
                        .release = shared_content ? draft.decision->id() : Sha256Digest(),
                        .expires = draft.expires},
                 std::move(body), std::move(draft.content));
  }

  Status check_decision(const Draft& draft) const {
    if (draft.kind != v1::KIND_CONTENT) return {};
    if (draft.sealed.empty()) return Error{Code::kFeedBodyFormat, "content that was not packed"};
    if (!draft.decision) return Error{Code::kFeedDecision, "content without a release decision"};
    if (draft.decision->space() != state_.space) return Error{Code::kFeedDecision, "it is for another space"};
    if (draft.decision->audience() != feed_.audience) {
      return Error{Code::kFeedDecision, "the audience has changed since it was made"};
    }
    return {};
  }

  void open_epoch_if_due() {
    const bool due = state_.epoch == KeyEpoch{0} || state_.rekey || state_.epoch_count >= kEpochEntries ||
                     now_ >= state_.epoch_since + kEpochAge;
    if (!due) return;
    state_.epoch = KeyEpoch{raw(state_.epoch) + 1};
    state_.epoch_since = now_;
    state_.epoch_count = 0;
    state_.rekey = false;
    feed_.key = crypto::FeedKey::generate(context_.random);
    put_feed_key(out_.rows, state_.feed(), state_.epoch, feed_.key, context_.storage_key, context_.random);
    if (feed_.audience.empty()) return;
    v1::KeyGrant grant;
    grant.set_key_epoch(raw(state_.epoch));
    for (const AgencyId& recipient : with_author(feed_.audience, state_.agency())) {
      auto wrap = context_.grants.wrap(feed_.key, {state_.agency(), state_.feed(), state_.epoch, recipient});
      if (wrap.ok()) *grant.add_wrap() = *std::move(wrap);
    }
    // Told like a draft's: whoever had no usable key at this moment may have one before it is on disk.
    out_.answers.push_back(
        {{}, place(Header{.kind = v1::KIND_KEY_GRANT, .label = state_.ceiling}, proto::encode(grant))});
  }

  // Completes the header, puts the entry behind the others and moves the chain on.
  Appended place(Header header, Bytes body, std::shared_ptr<const v1::Content> content = nullptr) {
    header.agency = state_.agency();
    header.feed = state_.feed();
    header.seq = next(state_.end.seq);
    header.prev = state_.end.id;
    header.hlc = clock_.tick(now_);
    header.signer = context_.signing.id;
    header.keydoc = context_.signing.keydoc;
    header.body_hash = body_hash(body);
    header.body_size = static_cast<std::uint32_t>(body.size());
    header.audience_seq = state_.end.audience_seq;
    header.audience_id = state_.end.audience_id;
    header.blind = context_.random.next<Blind>();
    Bytes bytes = write_header(header);
    header.id = entry_id(bytes);

    const std::size_t size = bytes.size() + body.size();
    if (run_.size() == bounds::kRunEntries || run_bytes_ + size > bounds::kRunBytes) close_run();
    run_bytes_ += size;
    advance(state_.end, header);
    if (header.kind == v1::KIND_AUDIENCE) {
      state_.rekey = true;
      feed_.audience = members_of(body);
    }
    const Appended appended{header.id, header.feed, header.seq, header.hlc};
    run_.push_back({std::move(header), std::move(bytes), std::move(body), {}, std::move(content)});
    ++out_.entries;
    // Whoever leaves the audience is sent up to here, and can verify that.
    if (run_.back().header.kind == v1::KIND_AUDIENCE) close_run();
    return appended;
  }

  static std::vector<AgencyId> members_of(ByteView body) {
    std::vector<AgencyId> members;
    const auto audience = proto::decode<v1::Audience>(body, bounds::kSealedBodyBytes);
    if (!audience.ok()) throw std::logic_error("an audience of our own making");
    for (const auto& member : audience->member())
      members.push_back(AgencyId::from(proto::as_bytes(member.agency())).value());
    return members;
  }

  void close_run() {
    if (run_.empty()) return;
    run_.back().sig = proto::to_bytes(context_.signing.pair->sign(signed_bytes(run_.back().bytes)).view());
    for (BuiltEntry& entry : run_) {
      put_entry(out_.rows,
                {.header = entry.header,
                 .bytes = entry.bytes,
                 .sig = entry.sig,
                 .body = entry.body,
                 .received = now_},
                state_.space, context_.projections, context_.random);
      out_.recent.emplace_back(
          std::make_shared<RecentEntry>(RecentEntry{.stored = {.header = std::move(entry.header),
                                                               .bytes = std::move(entry.bytes),
                                                               .sig = std::move(entry.sig),
                                                               .received = now_},
                                                    .body = std::move(entry.body)}),
          std::move(entry.content));
    }
    run_.clear();
    run_bytes_ = 0;
  }

  OwnFeed& feed_;
  FeedState& state_;
  const BuildContext& context_;
  const WallTime now_;
  HlcClock clock_;
  BuiltBatch out_;
  std::vector<BuiltEntry> run_;
  std::size_t run_bytes_ = 0;
};

}  // namespace

std::vector<AgencyId> with_author(std::vector<AgencyId> audience, const AgencyId& author) {
  constexpr std::size_t kMost = 512;  // as in KeyGrant.wrap
  const auto at = std::lower_bound(audience.begin(), audience.end(), author);
  const bool there = at != audience.end() && *at == author;
  if (!there && audience.size() < kMost) audience.insert(at, author);
  return audience;
}

BuiltBatch build_batch(OwnFeed& feed, std::deque<Draft>& queue, const BuildContext& context, WallTime now) {
  Builder builder(feed, context, now);
  while (!queue.empty() && !builder.full()) {
    Draft draft = std::move(queue.front());
    queue.pop_front();
    builder.take(std::move(draft));
  }
  return builder.finish();
}

}  // namespace comity::feed
