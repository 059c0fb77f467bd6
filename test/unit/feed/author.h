// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/feed/verify_run.h"
#include "test/unit/seeded.h"

namespace comity::feed::test {

using comity::test::SeededRandom;

inline constexpr WallTime kNoon = WallTime(std::chrono::milliseconds(1'700'000'000'000));

/// The keys that a test knows, with what it says of their trust.
class KnownSigners final : public Signers {
 public:
  std::map<KeyId, Signer> keys{};

  [[nodiscard]] Result<Signer> find(const AgencyId&, const KeyId& key, std::uint32_t) const override {
    const auto at = keys.find(key);
    if (at == keys.end()) return Error{Code::kFeedSignerUnknown, key.hex()};
    return at->second;
  }
};

/// One entry that owns its bytes.
struct Made {
  Header header{};
  Bytes bytes{};
  Bytes sig{};
  Bytes body{};

  [[nodiscard]] WireEntry wire() const {
    return {.header = bytes, .sig = sig, .body = body, .has_body = true};
  }
};

inline std::vector<WireEntry> wires(const std::vector<Made>& entries) {
  std::vector<WireEntry> out;
  for (const Made& entry : entries)
    out.push_back(entry.wire());
  return out;
}

/// Writes entries by hand, so that a test can write wrong ones: what FeedWriter never would.
class Author {
 public:
  explicit Author(SeededRandom& random)
      : random_(random), key_(crypto::Ed25519KeyPair::generate(random)), signer_(random.next<KeyId>()) {
    end_.agency = random.next<AgencyId>();
    space_ = random.next<SpaceId>();
    incarnation_ = random.next<Incarnation>();
    end_.feed = feed_id(end_.agency, space_, incarnation_);
  }

  [[nodiscard]] ChainEnd start() const { return {.agency = end_.agency, .feed = end_.feed}; }
  [[nodiscard]] const ChainEnd& end() const { return end_; }
  [[nodiscard]] const SpaceId& space() const { return space_; }
  [[nodiscard]] const Incarnation& incarnation() const { return incarnation_; }
  [[nodiscard]] const KeyId& signer() const { return signer_; }
  void rewind(const ChainEnd& to) { end_ = to; }

  void introduce(KnownSigners& to) const { to.keys[signer_] = {.key = key_.public_key()}; }
  void change_key() {
    key_ = crypto::Ed25519KeyPair::generate(random_);
    signer_ = random_.next<KeyId>();
  }

  /// The next entry, unsigned; `change` may bend its header before it is written.
  template <class Change>
  Made write(v1::Kind kind, const Bytes& body, Change change) {
    Made made{.body = body};
    made.header = {.agency = end_.agency,
                   .feed = end_.feed,
                   .seq = next(end_.seq),
                   .prev = end_.id,
                   .hlc = Hlc{std::max(raw(make_hlc(kNoon)), raw(end_.hlc)) + 1},
                   .signer = signer_,
                   .keydoc = 1,
                   .kind = kind,
                   .body_hash = body_hash(body),
                   .body_size = static_cast<std::uint32_t>(body.size()),
                   .key_epoch = KeyEpoch{is_sealed(kind) ? 1U : 0U},
                   .audience_seq = end_.audience_seq,
                   .audience_id = end_.audience_id,
                   .label = {.tlp = v1::TLP_GREEN},
                   .blind = random_.next<Blind>()};
    change(made.header);
    made.bytes = write_header(made.header);
    made.header.id = entry_id(made.bytes);
    advance(end_, made.header);
    return made;
  }
  Made write(v1::Kind kind, const Bytes& body) {
    return write(kind, body, [](Header&) {});
  }
  void sign(Made& made) const { made.sig = proto::to_bytes(key_.sign(signed_bytes(made.bytes)).view()); }

  /// FEED_OPEN and `count` - 1 bodies of random bytes, a signature after every `run` entries and at the end.
  std::vector<Made> feed(std::size_t count, std::size_t run) {
    std::vector<Made> out;
    for (std::size_t i = 0; i < count; ++i) {
      Bytes body(40 + random_.below(100));
      random_.fill(body);
      out.push_back(write(end_.seq == Seq{0} ? v1::KIND_FEED_OPEN : v1::KIND_CONTENT, body));
      if ((i + 1) % run == 0 || i + 1 == count) sign(out.back());
    }
    return out;
  }

 private:
  SeededRandom& random_;
  crypto::Ed25519KeyPair key_;
  KeyId signer_;
  SpaceId space_;
  Incarnation incarnation_;
  ChainEnd end_;
};

inline v1::RunEvidence evidence(const std::vector<Made>& run) {
  v1::RunEvidence out;
  for (const Made& made : run)
    out.add_header(field(made.bytes));
  out.set_sig(field(run.back().sig));
  return out;
}

}  // namespace comity::feed::test
