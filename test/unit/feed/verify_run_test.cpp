// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/verify_run.h"

#include <doctest/doctest.h>

#include "test/unit/feed/author.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct World {
  explicit World(std::uint64_t seed = 1) : random(seed), author(random) { author.introduce(signers); }
  SeededRandom random;
  KnownSigners signers;
  Author author;

  VerifiedRuns verify(const std::vector<Made>& entries) const {
    return verify_runs(author.start(), wires(entries), signers);
  }
};

// Writes three good entries, one that `change` bends, and one more; signed at the end or at each.
template <class Change>
Refusal refusal_of(Change change, bool sign_each = false) {
  World world;
  std::vector<Made> entries = world.author.feed(3, 3);
  entries.push_back(world.author.write(v1::KIND_CONTENT, Bytes(20), change));
  if (sign_each) world.author.sign(entries.back());
  entries.push_back(world.author.write(v1::KIND_CONTENT, Bytes(20)));
  world.author.sign(entries.back());
  const auto result = world.verify(entries);
  CHECK(result.headers.size() == 3);
  CHECK(result.end.seq == Seq{3});
  REQUIRE(result.refusal);
  return *result.refusal;
}

}  // namespace

TEST_CASE("a header comes back as it was written") {
  World world;
  const auto entries = world.author.feed(2, 2);
  const auto header = read_header(entries[1].bytes);
  REQUIRE(header.ok());
  CHECK(header->id == entry_id(entries[1].bytes));
  CHECK(header->prev == entries[0].header.id);
  CHECK(header->blind == entries[1].header.blind);
  CHECK(write_header(*header) == entries[1].bytes);
}

TEST_CASE("a header that contradicts itself is refused") {
  const auto code = [](v1::Kind kind, auto change) {
    World world;
    world.author.feed(2, 2);
    const auto header = read_header(world.author.write(kind, Bytes(9), change).bytes);
    return header.ok() ? Code::kUnknown : header.error().code;
  };
  CHECK(code(v1::KIND_CONTENT, [](Header&) {}) == Code::kUnknown);
  CHECK(code(static_cast<v1::Kind>(77), [](Header&) {}) == Code::kUnknown);
  CHECK(code(v1::KIND_FEED_OPEN, [](Header&) {}) == Code::kFeedBadHeader);
  CHECK(code(v1::KIND_CONTENT, [](Header& h) { h.prev = {}; }) == Code::kFeedBadHeader);
  CHECK(code(v1::KIND_CONTENT, [](Header& h) { h.seq = Seq{1}; }) == Code::kFeedBadHeader);
  CHECK(code(v1::KIND_CONTENT, [](Header& h) { h.key_epoch = KeyEpoch{0}; }) == Code::kFeedBadHeader);
  CHECK(code(v1::KIND_CONTENT, [](Header& h) { h.audience_seq = Seq{1}; }) == Code::kFeedBadHeader);
  CHECK(code(v1::KIND_CONTENT, [](Header& h) {
          h.audience_seq = h.seq;
          h.audience_id = h.prev;
        }) == Code::kFeedBadHeader);
  CHECK(code(v1::KIND_CONTENT, [](Header& h) { h.body_size = 400'000; }) == Code::kFeedBadHeader);
  CHECK(code(v1::KIND_CONTENT, [](Header& h) { h.label.level = 3; }) == Code::kBadLabel);
  const auto expire = [](Header& h) { h.expires = 1; };
  CHECK(code(v1::KIND_CONTENT, expire) == Code::kUnknown);
  CHECK(code(static_cast<v1::Kind>(77), expire) == Code::kUnknown);
  for (const v1::Kind kind : {v1::KIND_AUDIENCE, v1::KIND_KEY_GRANT, v1::KIND_WITHDRAW,
                              v1::KIND_SPACE_MANIFEST, v1::KIND_FEED_CLOSE})
    CHECK(code(kind, expire) == Code::kFeedBadHeader);
}

TEST_CASE("runs of any length verify, each with one signature") {
  World world;
  const auto entries = world.author.feed(150, 64);
  const auto result = world.verify(entries);
  CHECK_FALSE(result.refusal);
  CHECK(result.headers.size() == 150);
  CHECK(result.signers.size() == 150);
  CHECK(result.end == world.author.end());
}

TEST_CASE("each single bit flip of header or signature is refused") {
  World world;
  const auto entries = world.author.feed(4, 2);
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const std::size_t bits = (entries[index].bytes.size() + entries[index].sig.size()) * 8;
    for (std::size_t bit = 0; bit < bits; ++bit) {
      auto bad = entries;
      const bool in_header = bit / 8 < bad[index].bytes.size();
      Bytes& bytes = in_header ? bad[index].bytes : bad[index].sig;
      bytes[in_header ? bit / 8 : bit / 8 - bad[index].bytes.size()] ^= std::byte{1}
                                                                        << static_cast<int>(bit % 8);
      const auto result = world.verify(bad);
      REQUIRE(result.refusal);
      REQUIRE_FALSE(result.refusal->author_signed);
      // Complete runs before the damage stay good; nothing of the damaged one is taken.
      REQUIRE(result.headers.size() == index / 2 * 2);
    }
  }
}

TEST_CASE("each truncation of header or signature is refused") {
  World world;
  const auto entries = world.author.feed(1, 1);
  for (std::size_t size = 0; size < entries[0].bytes.size(); ++size) {
    auto bad = entries;
    bad[0].bytes.resize(size);
    REQUIRE(world.verify(bad).refusal);
  }
  for (std::size_t size = 0; size < 64; ++size) {
    auto bad = entries;
    bad[0].sig.resize(size);
    const auto result = world.verify(bad);
    REQUIRE(result.refusal);
    CHECK(result.refusal->error.code == (size == 0 ? Code::kFeedRunOpen : Code::kWrongSize));
  }
}

TEST_CASE("what the author signed against the rules is told from what a sender broke") {
  const auto hlc = [](Header& h) { h.hlc = make_hlc(kNoon); };
  CHECK(refusal_of(hlc, true).error.code == Code::kFeedHlc);
  CHECK(refusal_of(hlc, true).author_signed);
  CHECK(refusal_of(hlc).author_signed);  // signed by the entry behind it
  const auto prev = [](Header& h) { h.prev.writable()[3] ^= std::byte{1}; };
  CHECK(refusal_of(prev).error.code == Code::kFeedPrev);
  CHECK(refusal_of(prev).author_signed);  // the entry before it was verified
  const auto audience = [](Header& h) {
    h.audience_seq = Seq{2};
    h.audience_id = h.prev;
  };
  CHECK(refusal_of(audience).error.code == Code::kFeedAudience);
  const auto gap = refusal_of([](Header& h) { h.seq = Seq{9}; });
  CHECK(gap.error.code == Code::kFeedGap);
  CHECK_FALSE(gap.author_signed);
  CHECK(refusal_of([](Header& h) { h.feed.writable()[0] ^= std::byte{1}; }).error.code ==
        Code::kFeedBadHeader);
  CHECK(refusal_of([](Header& h) { h.agency.writable()[0] ^= std::byte{1}; }).error.code ==
        Code::kFeedBadHeader);
}

TEST_CASE("a run spans one key and one key document") {
  World world;
  auto entries = world.author.feed(2, 2);
  entries.push_back(world.author.write(v1::KIND_CONTENT, Bytes(8)));
  world.author.change_key();
  world.author.introduce(world.signers);
  entries.push_back(world.author.write(v1::KIND_CONTENT, Bytes(8)));
  world.author.sign(entries.back());
  auto result = world.verify(entries);
  REQUIRE(result.refusal);
  CHECK(result.refusal->error.code == Code::kFeedRunSigner);
  CHECK(result.headers.size() == 2);
  CHECK(refusal_of([](Header& h) { h.keydoc = 2; }).error.code == Code::kFeedRunSigner);
}

TEST_CASE("a run is bounded in entries and bytes") {
  World world;
  auto result = world.verify(world.author.feed(65, 65));
  REQUIRE(result.refusal);
  CHECK(result.refusal->error.code == Code::kFeedRunTooLong);
  CHECK(result.headers.empty());

  World large;
  std::vector<Made> entries = large.author.feed(1, 1);
  entries.push_back(large.author.write(v1::KIND_CONTENT, Bytes(200'000)));
  entries.push_back(large.author.write(v1::KIND_CONTENT, Bytes(100'000)));
  large.author.sign(entries.back());
  result = large.verify(entries);
  REQUIRE(result.refusal);
  CHECK(result.refusal->error.code == Code::kFeedRunTooLong);

  World alone;
  entries = alone.author.feed(1, 1);
  entries.push_back(alone.author.write(v1::KIND_CONTENT, Bytes(300'000)));
  alone.author.sign(entries.back());
  CHECK_FALSE(alone.verify(entries).refusal);
}

TEST_CASE("an unknown signer is named and blames nobody") {
  World world;
  const auto entries = world.author.feed(3, 3);
  world.signers.keys.clear();
  const auto result = world.verify(entries);
  REQUIRE(result.refusal);
  CHECK(result.refusal->error.code == Code::kFeedSignerUnknown);
  CHECK(result.refusal->index == 0);
  CHECK_FALSE(result.refusal->author_signed);
}

TEST_CASE("nothing follows the end of a feed") {
  World world;
  auto entries = world.author.feed(2, 2);
  entries.push_back(world.author.write(v1::KIND_FEED_CLOSE, {}));
  entries.push_back(world.author.write(v1::KIND_CONTENT, Bytes(8)));
  world.author.sign(entries[2]);
  world.author.sign(entries[3]);
  const auto result = world.verify(entries);
  REQUIRE(result.refusal);
  CHECK(result.refusal->error.code == Code::kFeedClosed);
  CHECK(result.refusal->author_signed);
  CHECK(result.headers.size() == 3);
}

TEST_CASE("trust in a key ends with its expiry and its revocation") {
  Signer signer;
  const Hlc before = make_hlc(kNoon - std::chrono::milliseconds(1));
  CHECK(signer.at(make_hlc(kNoon)) == Trust::kTrusted);
  signer.expires = kNoon;
  CHECK(signer.at(before) == Trust::kTrusted);
  CHECK(signer.at(make_hlc(kNoon)) == Trust::kExpired);
  signer.not_before = kNoon - std::chrono::milliseconds(1);
  CHECK(signer.at(make_hlc(kNoon - std::chrono::milliseconds(2))) == Trust::kExpired);
  signer.revoked_since = kNoon;
  CHECK(signer.at(before) == Trust::kTrusted);
  CHECK(signer.at(make_hlc(kNoon)) == Trust::kRevoked);
  signer.compromised = true;
  CHECK(signer.at(before) == Trust::kRevoked);
}

TEST_CASE("evidence for one entry is its header and those up to the signature") {
  World world;
  const auto run = world.author.feed(6, 6);
  for (std::size_t first = 0; first < run.size(); ++first) {
    const std::vector<Made> part(run.begin() + static_cast<std::ptrdiff_t>(first), run.end());
    const auto header = verify_evidence(evidence(part), world.signers);
    REQUIRE(header.ok());
    CHECK(header->id == run[first].header.id);
  }
  auto broken = evidence(run);
  broken.mutable_header()->DeleteSubrange(2, 1);
  CHECK(verify_evidence(broken, world.signers).error().code == Code::kFeedProof);
  CHECK(verify_evidence(v1::RunEvidence(), world.signers).error().code == Code::kFeedProof);
  auto other = evidence(run);
  other.set_sig(std::string(64, 'x'));
  CHECK(verify_evidence(other, world.signers).error().code == Code::kFeedSignature);
}

TEST_CASE("a fork is proven by two runs from one place, and by nothing less") {
  World world;
  world.author.feed(3, 3);
  const ChainEnd fork = world.author.end();
  const auto a = world.author.feed(3, 3);
  world.author.rewind(fork);
  const auto b = world.author.feed(2, 2);
  v1::ForkProof proof;
  *proof.mutable_a() = evidence(a);
  *proof.mutable_b() = evidence(b);
  const auto headers = verify_fork(proof, world.signers);
  REQUIRE(headers.ok());
  CHECK(headers->first.id == a[0].header.id);
  CHECK(headers->second.id == b[0].header.id);

  v1::ForkProof same = proof;
  *same.mutable_b() = same.a();
  CHECK(verify_fork(same, world.signers).error().code == Code::kFeedProof);
  v1::ForkProof apart = proof;
  *apart.mutable_b() = evidence({b.begin() + 1, b.end()});
  CHECK(verify_fork(apart, world.signers).error().code == Code::kFeedProof);
}

}  // namespace comity::feed
