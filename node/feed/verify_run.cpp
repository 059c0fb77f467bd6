// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/verify_run.h"

#include <fmt/format.h>

#include "proto/bounds.h"
#include "proto/mutation.h"

namespace comity::feed {
namespace {

namespace bounds = proto::bounds;
using crypto::Ed25519Signature;

Error at(Code code, const Header& header, std::string_view what) {
  return {code, fmt::format("seq {}: {}", raw(header.seq), what)};
}

Status check_sizes(const WireEntry& entry) {
  if (entry.header.size() > bounds::kHeaderBytes) {
    return Error{Code::kWrongSize, fmt::format("a header of {} bytes", entry.header.size())};
  }
  if (!entry.sig.empty() && entry.sig.size() != Ed25519Signature::kSize) {
    return Error{Code::kWrongSize, fmt::format("a signature of {} bytes", entry.sig.size())};
  }
  if (entry.has_body && entry.body.size() > bounds::kSealedBodyBytes) {
    return Error{Code::kWrongSize, fmt::format("a body of {} bytes", entry.body.size())};
  }
  return {};
}

Result<Signer> check_signature(const Header& last, ByteView bytes, ByteView sig, const Signers& signers) {
  COMITY_TRY(auto signer, signers.find(last.agency, last.signer, last.keydoc));
  COMITY_TRY(const auto signature, Ed25519Signature::from(sig));
  if (!crypto::ed25519_verify(signer.key, signed_bytes(bytes), signature) && !COMITY_MUTATION("signature")) {
    return at(Code::kFeedSignature, last, "the signature of its run is not the author's");
  }
  return signer;
}

// Whether a signature further on covers entries[index]: the hash chain from there to the end of its run
// holds.
bool author_signed(std::span<const WireEntry> entries, std::size_t index, const Signers& signers) {
  EntryId prev;
  for (std::size_t i = index; i < entries.size() && i - index < bounds::kRunEntries; ++i) {
    const auto header = read_header(entries[i].header);
    if (!header.ok() || (i != index && header->prev != prev)) return false;
    if (!entries[i].sig.empty()) {
      return check_signature(*header, entries[i].header, entries[i].sig, signers).ok();
    }
    prev = header->id;
  }
  return false;
}

// Errors with which a sender can be at fault, or nobody: the signature does not even get asked.
bool is_fault_of_author(Code code) {
  switch (code) {
    case Code::kFeedPrev:
    case Code::kFeedHlc:
    case Code::kFeedAudience:
    case Code::kFeedClosed:
    case Code::kFeedRunTooLong:
    case Code::kFeedRunSigner:
      return true;
    default:
      return false;
  }
}

// The entries since the last signature.
class OpenRun {
 public:
  Status add(const Header& header, const WireEntry& entry) {
    if (count_ > 0 && (header.signer != signer_ || header.keydoc != keydoc_)) {
      return at(Code::kFeedRunSigner, header, "another key than the entries before it in its run");
    }
    signer_ = header.signer;
    keydoc_ = header.keydoc;
    ++count_;
    bytes_ += entry.header.size() + header.body_size;
    // A single entry may be as large as it may be: a body has its own bound.
    if (count_ > bounds::kRunEntries || (count_ > 1 && bytes_ > bounds::kRunBytes)) {
      return at(Code::kFeedRunTooLong, header, fmt::format("{} entries, {} bytes", count_, bytes_));
    }
    return {};
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  KeyId signer_;
  std::uint32_t keydoc_ = 0;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

WireEntry view_of(const v1::Entry& entry) {
  return {.header = proto::as_bytes(entry.header()),
          .sig = proto::as_bytes(entry.sig()),
          .body = proto::as_bytes(entry.body()),
          .has_body = !entry.body().empty(),
          .withheld = entry.withheld()};
}

Status check_link(const ChainEnd& end, const Header& header) {
  if (header.agency != end.agency || header.feed != end.feed) {
    return at(Code::kFeedBadHeader, header, "it belongs to another feed");
  }
  if (header.seq != next(end.seq))
    return at(Code::kFeedGap, header, fmt::format("{} was held", raw(end.seq)));
  if (header.prev != end.id) return at(Code::kFeedPrev, header, "prev names another entry");
  if (end.closed) return at(Code::kFeedClosed, header, "the feed ended before it");
  if (header.hlc <= end.hlc)
    return at(Code::kFeedHlc, header, "its clock is not after that of the entry before");
  if (header.audience_seq != end.audience_seq || header.audience_id != end.audience_id) {
    return at(Code::kFeedAudience, header, "it names another AUDIENCE entry than the one in force");
  }
  return {};
}

void advance(ChainEnd& end, const Header& header) {
  end.seq = header.seq;
  end.id = header.id;
  end.hlc = header.hlc;
  if (header.kind == v1::KIND_AUDIENCE) {
    end.audience_seq = header.seq;
    end.audience_id = header.id;
  }
  end.closed = header.kind == v1::KIND_FEED_CLOSE;
}

VerifiedRuns verify_runs(const ChainEnd& start, std::span<const WireEntry> entries, const Signers& signers) {
  VerifiedRuns result;
  result.end = start;
  ChainEnd end = start;
  OpenRun run;
  std::vector<Header> open;

  const auto refuse = [&](std::size_t index, Error error) {
    // Inside an open run the entry before may be the false one: then this one's prev accuses nobody. The
    // other faults are asked about after prev, hence between entries that one hash chain joins.
    const bool between_genuine = error.code != Code::kFeedPrev || open.empty();
    const bool signed_fault =
        is_fault_of_author(error.code) && between_genuine && author_signed(entries, index, signers);
    result.refusal = Refusal{index, std::move(error), signed_fault};
  };

  for (std::size_t i = 0; i < entries.size(); ++i) {
    const WireEntry& entry = entries[i];
    if (auto status = check_sizes(entry); !status.ok()) {
      refuse(i, status.error());
      return result;
    }
    auto header = read_header(entry.header);
    if (!header.ok()) {
      refuse(i, header.error());
      return result;
    }
    auto status = check_link(end, *header);
    if (status.ok()) status = run.add(*header, entry);
    if (!status.ok()) {
      refuse(i, status.error());
      return result;
    }
    advance(end, *header);
    open.push_back(*std::move(header));
    if (entry.sig.empty()) continue;

    auto signer = check_signature(open.back(), entry.header, entry.sig, signers);
    if (!signer.ok()) {
      refuse(i + 1 - open.size(), signer.error());
      return result;
    }
    result.signers.insert(result.signers.end(), open.size(), *signer);
    std::move(open.begin(), open.end(), std::back_inserter(result.headers));
    open.clear();
    run = OpenRun();
    result.end = end;
  }
  if (!run.empty()) {
    refuse(entries.size() - open.size(), at(Code::kFeedRunOpen, open.back(), "nothing after it is signed"));
  }
  return result;
}

Result<Header> verify_evidence(const v1::RunEvidence& evidence, const Signers& signers) {
  const auto count = static_cast<std::size_t>(evidence.header_size());
  if (count == 0 || count > bounds::kRunEntries) {
    return Error{Code::kFeedProof, fmt::format("{} headers", count)};
  }
  std::optional<Header> first;
  Header last;
  OpenRun run;
  for (const std::string& text : evidence.header()) {
    COMITY_TRY(auto header, read_header(proto::as_bytes(text)));
    if (first && (header.prev != last.id || raw(header.seq) != raw(last.seq) + 1)) {
      return at(Code::kFeedProof, header, "the headers do not follow each other");
    }
    COMITY_CHECK(run.add(header, {.header = proto::as_bytes(text)}));
    if (!first) first = header;
    last = std::move(header);
  }
  const std::string& bytes = evidence.header(evidence.header_size() - 1);
  COMITY_CHECK(check_signature(last, proto::as_bytes(bytes), proto::as_bytes(evidence.sig()), signers));
  return *std::move(first);
}

Result<std::pair<Header, Header>> verify_fork(const v1::ForkProof& proof, const Signers& signers) {
  COMITY_TRY(auto a, verify_evidence(proof.a(), signers));
  COMITY_TRY(auto b, verify_evidence(proof.b(), signers));
  if (a.agency != b.agency || a.feed != b.feed || a.seq != b.seq) {
    return Error{Code::kFeedProof, "the two entries stand in different places"};
  }
  if (a.id == b.id) return Error{Code::kFeedProof, "the two entries are one"};
  return std::pair(std::move(a), std::move(b));
}

}  // namespace comity::feed
