// SPDX-License-Identifier: EUPL-1.2
// docs/protocol/transport.md: handshakes token by token, the keys of a pair, the first records.
#include "crypto/noise/peer_psk.h"
#include "crypto/pair_key.h"
#include "node/peer/hello.h"
#include "proto/decode.h"
#include "test/golden/golden.h"
#include "test/golden/worked/agency.h"
#include "test/golden/worked/sheet.h"
#include "test/golden/worked/terms.h"
#include "test/unit/crypto_protocol/scripted_random.h"
#include "test/unit/peer/sides.h"

namespace comity::test::worked {
namespace {

const Bytes kPreambleBytes = concat({as_bytes("CMTY"), proto::from_hex("01010000").value()});

/// What both sides bring.
struct Inputs {
  Bytes caller_static, caller_ephemeral, called_static, called_ephemeral, psk;
  Bytes payload_1, payload_2, payload_3;
};

struct Outcome {
  Bytes message_1, message_2, message_3, hash, caller_key, called_key;
};

/// Noise_XKpsk3_25519_ChaChaPoly_SHA256 as the page tells it.
class Transcript {
 public:
  explicit Transcript(Sheet& sheet) : sheet_(sheet) {}

  Outcome run(const Inputs& in) {
    const Bytes rs = x_public(in.called_static);
    const Bytes e = x_public(in.caller_ephemeral);
    const Bytes re = x_public(in.called_ephemeral);
    const Bytes s = x_public(in.caller_static);
    Outcome out;
    h_ = ck_ = sha({as_bytes("Noise_XKpsk3_25519_ChaChaPoly_SHA256")});
    sheet_.note("0.h", h_);
    const Bytes prologue = sheet_.note("0.prologue", concat({context("noise"), kPreambleBytes}));
    mix_hash(prologue);
    mix_hash(rs);
    sheet_.note("1.h.start", h_);

    mix_hash(e);
    mix_key("1.e", e);
    mix_key("1.es", dh(in.caller_ephemeral, rs));
    const Bytes sealed_1 = encrypt(in.payload_1);
    out.message_1 = concat({kPreambleBytes, e, sealed_1});
    sheet_.note("1.wire", out.message_1);
    sheet_.note("1.h.end", h_);

    mix_hash(re);
    mix_key("2.e", re);
    mix_key("2.ee", dh(in.called_ephemeral, e));
    out.message_2 = concat({re, encrypt(in.payload_2)});
    sheet_.note("2.wire", out.message_2);
    sheet_.note("2.h.end", h_);

    const Bytes sealed_s = encrypt(s);
    mix_key("3.se", dh(in.caller_static, re));
    const auto psk = noise_hkdf(ck_, in.psk, 3);
    ck_ = sheet_.note("3.psk.ck", psk[0]);
    mix_hash(sheet_.note("3.psk.temp_h", psk[1]));
    k_ = sheet_.note("3.psk.k", psk[2]);
    n_ = 0;
    out.message_3 = concat({sealed_s, encrypt(in.payload_3)});
    sheet_.note("3.wire", out.message_3);
    out.hash = sheet_.note("handshake_hash", h_);
    const auto keys = noise_hkdf(ck_, {}, 2);
    out.caller_key = sheet_.note("key.caller_to_called", keys[0]);
    out.called_key = sheet_.note("key.called_to_caller", keys[1]);
    return out;
  }

 private:
  void mix_hash(ByteView bytes) { h_ = sha({h_, bytes}); }
  void mix_key(const std::string& token, ByteView input) {
    const auto keys = noise_hkdf(ck_, input, 2);
    ck_ = sheet_.note(token + ".ck", keys[0]);
    k_ = sheet_.note(token + ".k", keys[1]);
    n_ = 0;
  }
  Bytes encrypt(ByteView plain) {
    const Bytes sealed = seal(k_, chacha_nonce(n_++), h_, plain);
    mix_hash(sealed);
    return sealed;
  }

  Sheet& sheet_;
  Bytes h_, ck_, k_;
  std::uint64_t n_ = 0;
};

void note_inputs(Sheet& sheet, const Inputs& in) {
  sheet.note("caller.static.private", in.caller_static);
  sheet.note("caller.static.public", x_public(in.caller_static));
  sheet.note("caller.ephemeral.private", in.caller_ephemeral);
  sheet.note("caller.ephemeral.public", x_public(in.caller_ephemeral));
  sheet.note("called.static.private", in.called_static);
  sheet.note("called.static.public", x_public(in.called_static));
  sheet.note("called.ephemeral.private", in.called_ephemeral);
  sheet.note("called.ephemeral.public", x_public(in.called_ephemeral));
  sheet.note("psk", in.psk);
  sheet.note("1.payload", in.payload_1);
  sheet.note("2.payload", in.payload_2);
  sheet.note("3.payload", in.payload_3);
}

Bytes payload_1(std::uint8_t purpose, ByteView invite) {
  return concat({same(purpose, 1), invite, same(0, 15)});
}

const Bytes kPayload2 = proto::from_hex("80000000000000000000000000000000").value();

Bytes payload_3(ByteView agency, std::uint32_t version, ByteView hash) {
  return concat({agency, proto::to_be(version), hash, same(0, 4)});
}

Bytes drawn(SeededRandom& random) {
  Bytes out(32);
  random.fill(out);
  return out;
}

}  // namespace

TEST_CASE("worked example: the handshake and first record of test/golden/handshake1") {
  Sheet sheet("handshake-peer");
  peer::Sides sides(2026);
  SeededRandom keys(2028);
  SeededRandom a(2026);
  SeededRandom b(2027);
  Inputs in;
  in.caller_static = drawn(keys);
  in.called_static = drawn(keys);
  in.psk = drawn(keys);
  in.caller_ephemeral = drawn(a);
  in.called_ephemeral = drawn(b);
  in.payload_1 = payload_1(1, same(0, 16));
  in.payload_2 = kPayload2;
  in.payload_3 =
      payload_3(sides.a_claim.agency.view(), sides.a_claim.keydoc, sides.a_claim.keydoc_hash.view());
  note_inputs(sheet, in);
  const Outcome out = Transcript(sheet).run(in);
  const peer::Met met = peer::meet(sides);
  CHECK(met.first == out.message_1);
  CHECK(met.second == out.message_2);
  CHECK(met.third == out.message_3);
  REQUIRE(met.b.has_value());
  REQUIRE(met.b->ok());
  CHECK(proto::equal((*met.b)->contact.handshake_hash.view(), out.hash));
  const auto golden = [](const std::string& name) {
    return golden_bytes(read_file(std::string(COMITY_HANDSHAKE_GOLDEN) + "/" + name + ".hex"));
  };
  CHECK(golden("message-1") == out.message_1);
  CHECK(golden("message-2") == out.message_2);
  CHECK(golden("message-3") == out.message_3);

  v1::Wire wire;
  *wire.mutable_hello() = peer::finished_hello(peer::hello_of(sides.a_claim));
  const Bytes body = sheet.note("record.body", proto::encode(wire));
  const std::size_t frame = (2 + 4 + body.size() + 16 + 255) / 256 * 256;
  const std::size_t padding = frame - 2 - 4 - body.size() - 16;
  const Bytes plain = sheet.note(
      "record.plain", concat({proto::from_hex("0100").value(),
                              proto::to_be(static_cast<std::uint16_t>(padding)), body, same(0, padding)}));
  const Bytes length = to_bytes(proto::to_be(static_cast<std::uint16_t>(frame - 2)));
  const Bytes record =
      sheet.note("record.wire", concat({length, seal(out.caller_key, chacha_nonce(0), {}, plain)}));
  CHECK(golden("hello-of-caller") == record);
  // The step that the key takes after 65,536 records.
  Bytes next = seal(out.caller_key, chacha_nonce(~std::uint64_t{0}), {}, same(0));
  next.resize(32);
  sheet.note("rekey.caller_to_called", next);
  sheet.compare();
}

TEST_CASE("worked example: a pairing handshake, and the keys that the pair keeps") {
  Sheet sheet("handshake-pair");
  const Agency inviter = health();
  const Agency caller = finance();
  Inputs in;
  in.caller_static = caller.transport;
  in.called_static = inviter.transport;
  in.psk = kInvitePsk;
  in.caller_ephemeral = same(0x31);
  in.called_ephemeral = same(0x32);
  in.payload_1 = payload_1(2, kInviteId);
  in.payload_2 = kPayload2;
  in.payload_3 = payload_3(caller.id, 1, caller.keydoc_hash);
  note_inputs(sheet, in);
  const Outcome out = Transcript(sheet).run(in);

  const auto pair_of = [](ByteView key) { return crypto::X25519KeyPair::from_private(key).value(); };
  const auto psk_of = [](ByteView bytes) {
    crypto::Key32 key;
    std::ranges::copy(bytes, key.writable().begin());
    return key;
  };
  peer::Book book;
  book.own.push_back(pair_of(inviter.transport));
  book.invites.emplace(id_from<proto::InviteId>(kInviteId), psk_of(kInvitePsk));
  crypto::ScriptedRandom caller_random(in.caller_ephemeral);
  crypto::ScriptedRandom called_random(in.called_ephemeral);
  peer::Call call{.own_static = pair_of(caller.transport), .psk = psk_of(kInvitePsk)};
  call.purpose = peer::Purpose::kPair;
  call.invite = id_from<proto::InviteId>(kInviteId);
  call.remote_static = pair_of(inviter.transport).public_key();
  call.self = {id_from<proto::AgencyId>(caller.id), 1, id_from<proto::Sha256Digest>(caller.keydoc_hash)};
  auto begun = peer::Initiator::begin(std::move(call), caller_random);
  REQUIRE(begun.ok());
  peer::Responder responder(book, called_random);
  CHECK(begun->take_output() == out.message_1);
  REQUIRE(responder.take(out.message_1).ok());
  CHECK(responder.take_output() == out.message_2);
  REQUIRE(begun->take(out.message_2).ok());
  CHECK(begun->take_output() == out.message_3);
  REQUIRE(responder.take(out.message_3).ok());

  const Bytes extracted = sheet.note("pair.extract", hmac(out.hash, kInvitePsk));
  const Bytes secret = sheet.note("pair.secret", expand(extracted, context("peer-psk"), 32));
  const Bytes noise = sheet.note("pair.psk.noise", expand(secret, context("peer-psk.noise"), 32));
  const Bytes grant = sheet.note("pair.psk.grant", expand(secret, context("peer-psk.grant"), 32));
  const crypto::Key32 derived =
      crypto::noise::peer_psk(psk_of(kInvitePsk), id_from<proto::Sha256Digest>(out.hash));
  CHECK(proto::equal(derived.view(), secret));
  crypto::PairKey pair;
  std::ranges::copy(secret, pair.bytes.writable().begin());
  CHECK(proto::equal(pair.for_noise().view(), noise));
  CHECK(proto::equal(pair.for_grants().view(), grant));
  sheet.compare();
}

}  // namespace comity::test::worked
