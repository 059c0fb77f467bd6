// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/handshake.h"

#include <doctest/doctest.h>

#include "test/unit/peer/sides.h"

namespace comity::peer {
namespace {

/// What B does with a first message: its error, or nothing when it answers.
std::optional<Error> knock(const Sides& sides, ByteView first) {
  test::SeededRandom random(9);
  Responder responder(sides.b, random);
  const Status took = responder.take(first);
  if (took.ok()) return std::nullopt;
  CHECK(responder.take_output().empty());
  CHECK_FALSE(responder.greeted());
  CHECK(responder.take(Bytes(1)).error().code == Code::kNoiseDead);
  CHECK_FALSE(responder.finish().ok());
  return took.error();
}

Bytes flipped(const Bytes& bytes, std::size_t at, unsigned bit) {
  Bytes other = bytes;
  other[at] ^= static_cast<std::byte>(1U << bit);
  return other;
}

}  // namespace

TEST_CASE("two agencies meet: both know whom, and the records of one open at the other") {
  Sides sides;
  Met met = meet(sides);
  REQUIRE(met.a->ok());
  REQUIRE(met.b->ok());
  CHECK(met.first.size() == kFirstBytes);
  CHECK(met.second.size() == kSecondBytes);
  CHECK(met.third.size() == kThirdBytes);
  const Contact& at_a = (*met.a)->contact;
  const Contact& at_b = (*met.b)->contact;
  CHECK(at_a.we_dialled);
  CHECK_FALSE(at_b.we_dialled);
  CHECK(at_a.remote_static == sides.b.own[0].public_key());
  CHECK(at_b.remote_static == sides.a.own[0].public_key());
  CHECK(at_a.claimed == sides.b_claim.agency);
  CHECK(at_b.claimed == sides.a_claim.agency);
  CHECK(at_b.keydoc == sides.a_claim.keydoc);
  CHECK(at_b.keydoc_hash == sides.a_claim.keydoc_hash);
  CHECK(at_a.handshake_hash == at_b.handshake_hash);
  CHECK(at_b.purpose == Purpose::kPeer);
  CHECK((*met.a)->features == kGreaseFeature);

  crypto::noise::RecordSealer sealer(std::move((*met.a)->keys.send));
  crypto::noise::RecordOpener opener(std::move((*met.b)->keys.receive));
  Bytes frame(256);
  REQUIRE(sealer.seal({Lane::kControl, true, false}, proto::as_bytes("good day"), frame).ok());
  const auto record = opener.open(frame);
  REQUIRE(record.ok());
  CHECK(proto::as_text(record->body) == "good day");
}

TEST_CASE("a pairing call takes its key from the invitation, whoever calls") {
  Sides sides;
  sides.b.peers.clear();
  Met met = meet(sides, sides.pairing());
  REQUIRE(met.b->ok());
  CHECK((*met.b)->contact.purpose == Purpose::kPair);
  CHECK((*met.b)->contact.invite == kInvite);
}

TEST_CASE("bytes may arrive one at a time") {
  Sides sides;
  Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
  Responder responder(sides.b, sides.b_random);
  const auto drip = [](const Bytes& bytes, auto& side) {
    for (const std::byte& b : bytes)
      REQUIRE(side.take(ByteView(&b, 1)).ok());
  };
  drip(initiator.take_output(), responder);
  drip(responder.take_output(), initiator);
  drip(initiator.take_output(), responder);
  CHECK(initiator.finish().ok());
  CHECK(responder.finish().ok());
}

TEST_CASE("every changed bit of message 1 meets silence") {
  Sides sides;
  const Bytes first = Initiator::begin(sides.call(), sides.a_random).value().take_output();
  REQUIRE_FALSE(knock(sides, first));
  for (std::size_t at = 0; at < first.size(); ++at) {
    for (const unsigned bit : {0U, 3U, 6U}) {
      const auto error = knock(sides, flipped(first, at, bit));
      REQUIRE(error);
      CHECK(error->code == (at < kPreambleBytes ? Code::kBadPreamble : Code::kHandshakeFailed));
    }
  }
}

TEST_CASE("a wrong preamble is refused at its first wrong byte") {
  const Sides sides;
  for (const std::string_view start : {"G", "CMTY\x02", "CMTY\x01\x02", "CMTZ"}) {
    const auto error = knock(sides, proto::as_bytes(start));
    REQUIRE(error);
    CHECK(error->code == Code::kBadPreamble);
  }
}

TEST_CASE("every changed bit of message 2 ends the caller's handshake") {
  for (std::size_t at = 0; at < kSecondBytes; ++at) {
    Sides sides;
    Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
    Responder responder(sides.b, sides.b_random);
    REQUIRE(responder.take(initiator.take_output()).ok());
    const Status took = initiator.take(flipped(responder.take_output(), at, static_cast<unsigned>(at % 8)));
    // The 256th bit of an X25519 key is not part of it, but is hashed.
    REQUIRE_FALSE(took.ok());
    CHECK(took.error().code == Code::kHandshakeFailed);
    CHECK(initiator.take_output().empty());
    CHECK_FALSE(initiator.finish().ok());
    CHECK(initiator.take(Bytes(1)).error().code == Code::kNoiseDead);
  }
}

TEST_CASE("every changed bit of message 3 ends the responder's handshake") {
  for (std::size_t at = 0; at < kThirdBytes; ++at) {
    Sides sides;
    Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
    Responder responder(sides.b, sides.b_random);
    REQUIRE(responder.take(initiator.take_output()).ok());
    REQUIRE(initiator.take(responder.take_output()).ok());
    const Status took = responder.take(flipped(initiator.take_output(), at, static_cast<unsigned>(at % 8)));
    REQUIRE_FALSE(took.ok());
    CHECK(took.error().code == Code::kHandshakeFailed);
    CHECK(responder.take_output().empty());
    CHECK_FALSE(responder.finish().ok());
  }
}

TEST_CASE("a truncated message waits, and the end of the stream tells the caller that it was refused") {
  Sides sides;
  Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
  const Bytes first = initiator.take_output();
  Responder responder(sides.b, sides.b_random);
  REQUIRE(responder.take(ByteView(first).first(first.size() - 1)).ok());
  CHECK(responder.wanted() == 1);
  CHECK(responder.take_output().empty());
  CHECK_FALSE(responder.greeted());
  CHECK(initiator.ended(Error{Code::kEndOfStream, {}}).code == Code::kHandshakeRefused);
  CHECK(initiator.ended(Error{Code::kTimedOut, {}}).code == Code::kTimedOut);
}

TEST_CASE("more than one message at a time is refused, so nothing else is ever buffered") {
  Sides sides;
  Responder responder(sides.b, sides.b_random);
  CHECK(responder.take(Bytes(kFirstBytes + 1)).error().code == Code::kWrongSize);
  Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
  CHECK(initiator.take(Bytes(proto::bounds::kPreAuthBytes)).error().code == Code::kWrongSize);
  CHECK(sizeof(Inbox) <= proto::bounds::kPreAuthBytes / 8);
}

TEST_CASE("a replayed message 1 earns a message 2 and nothing more") {
  Sides sides;
  Met met = meet(sides);
  REQUIRE(met.b->ok());
  Responder again(sides.b, sides.b_random);
  REQUIRE(again.take(met.first).ok());
  CHECK(again.take_output() != met.second);
  CHECK(again.take(met.third).error().code == Code::kHandshakeFailed);
}

TEST_CASE("a caller with another pre-shared key, or none that is known, gets nothing after message 2") {
  Sides sides;
  Call wrong = sides.call();
  wrong.psk.writable()[0] ^= std::byte{1};
  Met met = meet(sides, std::move(wrong));
  REQUIRE_FALSE(met.b->ok());
  CHECK(met.b->error().code == Code::kHandshakeFailed);

  sides.b.peers.clear();
  Met stranger = meet(sides);
  REQUIRE_FALSE(stranger.b->ok());
  CHECK(stranger.b->error().code == Code::kNoPsk);
}

TEST_CASE(
    "a caller may name the agency that has its key, and no other one; with an invitation it may name any") {
  Sides sides;
  Call other = sides.call();
  other.self.agency = sides.b_random.next<proto::AgencyId>();
  Met met = meet(sides, std::move(other));
  REQUIRE_FALSE(met.b->ok());
  CHECK(met.b->error().code == Code::kHandshakeFailed);

  Call guest = sides.pairing();
  guest.self.agency = sides.b_random.next<proto::AgencyId>();
  CHECK(meet(sides, std::move(guest)).b->ok());
}

TEST_CASE("a caller that expects another key of ours meets silence") {
  Sides sides;
  test::SeededRandom random(99);
  Call wrong = sides.call();
  wrong.remote_static = crypto::X25519KeyPair::generate(random).public_key();
  Met met = meet(sides, std::move(wrong));
  REQUIRE_FALSE(met.b->ok());
  CHECK(met.b->error().code == Code::kHandshakeFailed);
  CHECK(met.second.empty());
}

TEST_CASE("a caller may use the older of two live transport keys, and no third one") {
  Sides sides;
  test::SeededRandom random(5);
  sides.b.own.insert(sides.b.own.begin(), crypto::X25519KeyPair::generate(random));
  Call old = sides.call();
  old.remote_static = sides.b.own[1].public_key();
  CHECK(meet(sides, std::move(old)).b->ok());

  sides.b.own.insert(sides.b.own.begin(), crypto::X25519KeyPair::generate(random));
  Call oldest = sides.call();
  oldest.remote_static = sides.b.own[2].public_key();
  CHECK(meet(sides, std::move(oldest)).b->error().code == Code::kHandshakeFailed);
}

TEST_CASE("an invitation that is not open is not answered") {
  Sides sides;
  Call call = sides.pairing();
  sides.b.invites.clear();
  Met met = meet(sides, std::move(call));
  CHECK(met.second.empty());
  CHECK(met.b->error().code == Code::kInviteUsed);
}

TEST_CASE("a static key of low order is no key to call") {
  Sides sides;
  Call call = sides.call();
  call.remote_static = {};
  CHECK(meet(sides, std::move(call)).a->error().code == Code::kLowOrderPoint);
}

TEST_CASE("an address that speaks something else is recognised by its first bytes") {
  for (const std::string_view said : {"HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n",
                                      "\x15\x03\x01\x00\x02\x02\x46", "220 mail.example ESMTP\r\n"}) {
    Sides sides;
    Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
    REQUIRE(initiator.take(proto::as_bytes(said)).ok());
    CHECK(initiator.ended(Error{Code::kEndOfStream, {}}).code == Code::kNotComity);
  }
  Sides sides;
  Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
  Bytes page = proto::to_bytes("HTTP/1.1 400 Bad Request");
  page.resize(kSecondBytes);
  CHECK(initiator.take(page).error().code == Code::kNotComity);
}

TEST_CASE("layouts come back as they were written, and refuse what no sender of this version writes") {
  const FirstPayload first{Purpose::kPair, kInvite};
  const auto first_bytes = write_first(first);
  CHECK(read_first(first_bytes)->invite == kInvite);
  CHECK(read_first(first_bytes)->purpose == Purpose::kPair);
  CHECK_FALSE(read_first(write_first({Purpose::kPair, {}})).ok());
  CHECK_FALSE(read_first(write_first({Purpose::kPeer, kInvite})).ok());
  CHECK_FALSE(read_first(write_first({static_cast<Purpose>(3), kInvite})).ok());
  CHECK_FALSE(read_first(ByteView(first_bytes).first(31)).ok());

  const auto second = write_second({5, 1, 2});
  CHECK(read_second(second)->features == 5);
  CHECK(read_second(second)->least_minor == 1);
  CHECK(read_second(second)->highest_minor == 2);
  CHECK_FALSE(read_second(write_second({0, 2, 1})).ok());
  CHECK_FALSE(read_second(ByteView(second).first(15)).ok());

  const Claim claim = claim_of(3);
  const auto third = write_third(claim);
  CHECK(read_third(third).value() == claim);
  CHECK_FALSE(read_third(write_third({})).ok());
  CHECK_FALSE(read_third(ByteView(third).first(71)).ok());

  const auto reserved = [](auto bytes, std::size_t from, const auto& read) {
    for (std::size_t at = from; at < bytes.size(); ++at) {
      auto other = bytes;
      other.at(at) = std::byte{1};
      CHECK_FALSE(read(other).ok());
    }
  };
  reserved(first_bytes, 17, read_first);
  reserved(second, 12, read_second);
  reserved(third, 68, read_third);
}

TEST_CASE("a responder that speaks only other minor versions is too old or too new") {
  Sides sides;
  Initiator initiator = Initiator::begin(sides.call(), sides.a_random).value();
  const Bytes first = initiator.take_output();
  crypto::noise::HandshakeSetup setup{crypto::noise::kXKpsk3, crypto::noise::Role::kResponder, {}};
  const Bytes hashed = prologue();
  setup.prologue = hashed;
  setup.local_static = sides.b.own[0].clone();
  crypto::noise::Handshake other(std::move(setup), sides.b_random);
  Bytes room(kFirstBytes);
  REQUIRE(other.read_message(ByteView(first).subspan(kPreambleBytes), room).ok());
  Bytes second(kSecondBytes);
  REQUIRE(other.write_message(write_second({0, kHighestMinor + 1, kHighestMinor + 2}), second).ok());
  CHECK(initiator.take(second).error().code == Code::kProtocolTooOld);
}

}  // namespace comity::peer
