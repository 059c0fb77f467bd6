// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/check_batch.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::feed {
namespace {

namespace bounds = proto::bounds;

template <class M>
bool decodes(ByteView body) {
  return proto::decode<M>(body, bounds::kSealedBodyBytes).ok();
}

bool reads(const v1::Audience& audience, const AgencyId& agency) {
  return std::any_of(audience.member().begin(), audience.member().end(),
                     [&](const v1::AudienceMember& member) {
                       return proto::equal(proto::as_bytes(member.agency()), agency.view());
                     });
}

bool carries(const v1::Audience& audience, const AgencyId& agency) {
  return std::any_of(audience.relay().begin(), audience.relay().end(), [&](const std::string& relay) {
    return proto::equal(proto::as_bytes(relay), agency.view());
  });
}

bool is_open_of(const FeedState& state, ByteView body) {
  const auto open = proto::decode<v1::FeedOpen>(body, bounds::kSealedBodyBytes);
  return open.ok() && proto::equal(proto::as_bytes(open->agency()), state.agency().view()) &&
         proto::equal(proto::as_bytes(open->space()), state.space.view()) &&
         proto::equal(proto::as_bytes(open->incarnation()), state.incarnation.view());
}

// Whether a body in the clear is what its kind says. Kinds that this version does not know say nothing.
bool keeps_body_rule(v1::Kind kind, ByteView body) {
  switch (kind) {
    case v1::KIND_KEY_GRANT:
      return decodes<v1::KeyGrant>(body);
    case v1::KIND_WITHDRAW:
      return decodes<v1::Withdraw>(body);
    case v1::KIND_SPACE_MANIFEST:
      return decodes<v1::SpaceManifest>(body);
    case v1::KIND_FEED_CLOSE:
      return decodes<v1::FeedClose>(body);
    case v1::KIND_WITHDRAW_RECEIPT:
      return decodes<v1::WithdrawReceipt>(body);
    case v1::KIND_LOCAL_AUDIT:
      return false;  // of inside feeds, which never travel
    default:
      return true;
  }
}

// What people write is judged by its label. What keeps a feed going (grants, manifests, withdrawals) bears
// that of the space and is needed once the agreement is widened again; a withdrawal that is withheld would
// hide nothing.
bool is_judged_by_label(v1::Kind kind) {
  return is_sealed(kind) || !is_known(kind);
}

// Kinds without whose body the feed itself cannot be followed.
bool needs_body(v1::Kind kind) {
  return kind == v1::KIND_FEED_OPEN || kind == v1::KIND_AUDIENCE;
}

class Checker {
 public:
  Checker(const FeedState& state, const std::optional<v1::Audience>& audience,
          std::span<const WireEntry> entries, const IngestContext& context)
      : entries_(entries), context_(context), audience_(audience) {
    out_.before = state;
    out_.after = state;
    left_out_ = audience && state.end.audience_seq != Seq{0} && context.self != state.agency() &&
                !reads(*audience, context.self) && !carries(*audience, context.self);
  }

  Checked run() {
    if (auto status = check_feed(); !status.ok()) {
      out_.refusal = Refusal{0, status.error(), false};
      return std::move(out_);
    }
    auto runs = verify_runs(start(), entries_, context_.signers);
    out_.refusal = std::move(runs.refusal);
    for (std::size_t i = 0; i < runs.headers.size(); ++i) {
      if (auto refusal = add(i, std::move(runs.headers[i]), runs.signers[i])) {
        out_.refusal = std::move(refusal);
        break;
      }
    }
    keep_whole_runs();
    for (const CheckedEntry& entry : out_.entries) {
      if (entry.index == 0) out_.after.end = start();
      advance(out_.after.end, entry.header);
    }
    return std::move(out_);
  }

 private:
  Status check_feed() const {
    const FeedState& state = out_.before;
    if (state.frozen) return Error{Code::kFeedFrozen, state.feed().hex()};
    if (context_.sender == state.agency() || !audience_) return {};
    if (state.end.seq < context_.history_to) return {};
    if (reads(*audience_, context_.sender) || carries(*audience_, context_.sender)) return {};
    return Error{Code::kFeedNotEntitled, fmt::format("sender {}", context_.sender.hex())};
  }

  // A feed that is followed from its middle on starts where the author's signature says that it stood.
  ChainEnd start() const {
    ChainEnd end = out_.before.end;
    if (end.seq != Seq{0} || context_.first <= Seq{1} || entries_.empty()) return end;
    const auto header = read_header(entries_[0].header);
    if (!header.ok() || header->seq != context_.first) return end;
    end.seq = Seq{raw(header->seq) - 1};
    end.id = header->prev;
    end.audience_seq = header->audience_seq;
    end.audience_id = header->audience_id;
    return end;
  }

  std::optional<Refusal> add(std::size_t index, Header header, const Signer& signer) {
    const WireEntry& wire = entries_[index];
    const auto refuse = [&](Code code, std::string_view what, bool author = false) {
      return Refusal{index, {code, fmt::format("seq {}: {}", raw(header.seq), what)}, author};
    };
    if (left_out_ && header.seq > context_.history_to)
      return refuse(Code::kFeedNotEntitled, "we are no longer in the audience");
    const bool has_body = wire.has_body || header.body_size == 0;
    if (has_body && (wire.body.size() != header.body_size || body_hash(wire.body) != header.body_hash)) {
      return refuse(Code::kFeedBodyHash, "the body is not the one that the header names");
    }
    if (!has_body && needs_body(header.kind))
      return refuse(Code::kFeedBodyMissing, "nothing can follow without it");
    if (header.kind == v1::KIND_FEED_OPEN && !is_open_of(out_.before, wire.body)) {
      return refuse(Code::kFeedBodyRule, "it opens another feed", true);
    }
    if (header.kind == v1::KIND_AUDIENCE) {
      auto audience = proto::decode<v1::Audience>(wire.body, bounds::kSealedBodyBytes);
      if (!audience.ok()) return refuse(Code::kFeedBodyRule, "it is no audience", true);
      left_out_ = context_.self != header.agency && !reads(*audience, context_.self) &&
                  !carries(*audience, context_.self);
    }
    const Withholding why = judge(header, wire, has_body, signer);
    const bool ahead = is_ahead(header.hlc, context_.now);
    out_.entries.push_back({index, std::move(header), ahead, why});
    return std::nullopt;
  }

  Withholding judge(const Header& header, const WireEntry& wire, bool has_body, const Signer& signer) const {
    if (header.expired(context_.now)) return Withholding::kExpired;
    if (!has_body) return Withholding::kNotReceived;
    switch (signer.at(header.hlc)) {
      case Trust::kRevoked:
        return Withholding::kSignerRevoked;
      case Trust::kExpired:
        return Withholding::kSignerExpired;
      case Trust::kTrusted:
        break;
    }
    const bool ours = header.agency == context_.self;
    if (!ours && is_judged_by_label(header.kind) && !policy::within(header.label, context_.ceiling))
      return Withholding::kLabel;
    return keeps_body_rule(header.kind, wire.body) ? Withholding::kNone : Withholding::kBodyRule;
  }

  void keep_whole_runs() {
    while (!out_.entries.empty() && entries_[out_.entries.back().index].sig.empty())
      out_.entries.pop_back();
  }

  std::span<const WireEntry> entries_;
  const IngestContext& context_;
  const std::optional<v1::Audience>& audience_;
  Checked out_;
  bool left_out_ = false;
};

}  // namespace

Checked check_batch(const FeedState& state, const std::optional<v1::Audience>& audience,
                    std::span<const WireEntry> entries, const IngestContext& context) {
  return Checker(state, audience, entries, context).run();
}

}  // namespace comity::feed
