// SPDX-License-Identifier: EUPL-1.2
// Writes the seeds of the targets whose inputs only a holder of keys can make:
//   build/test/fuzz/make_seeds test/fuzz/corpus
// Everything in them comes from fixed seeds, so a second run writes the same files. To be run again when a
// format changes.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "crypto/armour.h"
#include "crypto/invite.h"
#include "crypto/padme.h"
#include "crypto/sealed_body.h"
#include "proto/decode.h"
#include "test/fuzz/noise_sides.h"
#include "test/fuzz/pieces.h"
#include "test/unit/crypto_protocol/agency_fixture.h"
#include "test/unit/peer/sides.h"

namespace comity::fuzz {
namespace {

using crypto::following;
using crypto::KeyChain;
using crypto::KeyDoc;
using crypto::TestAgency;
using proto::as_bytes;
using proto::Bytes;
using proto::ByteView;

constexpr std::size_t kMostSeedBytes = 4096;

class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void write(const std::string& target, const std::string& name, ByteView bytes) const {
    if (bytes.size() > kMostSeedBytes) throw std::length_error("a seed is too large: " + name);
    std::filesystem::create_directories(folder_ / target);
    std::ofstream out(folder_ / target / name, std::ios::binary);
    out << proto::as_text(bytes);
    if (!out.flush()) throw std::runtime_error("cannot write " + name);
  }

 private:
  std::filesystem::path folder_;
};

void write_chains(const Corpus& corpus) {
  TestAgency agency(1);
  const Bytes first = agency.sign(agency.doc);
  KeyChain chain = KeyChain::start(first, std::nullopt).value();
  const Bytes rotation = agency.sign_by_both(agency.with_next_roots(following(chain)));
  KeyDoc revoking = following(chain);
  revoking.revoked = {{revoking.node_sign[0].id(), crypto::RevocationReason::kCompromised, 3, crypto::kNow}};
  revoking.node_sign = {agency.signing_key()};
  const Bytes second = agency.sign(revoking);
  KeyDoc competing = revoking;
  competing.short_name = "wealth";
  const Bytes fork = agency.sign(competing);
  (void)chain.append(second).value();
  const Bytes third = agency.sign(following(chain));

  const auto write = [&](const std::string& name, std::uint8_t mode, ByteView rest) {
    const auto choice = static_cast<std::byte>(mode);
    corpus.write("keydoc_chain", name, proto::concat({{&choice, 1}, rest}));
  };
  const auto stranger = [&](const std::string& name, const std::vector<Bytes>& pieces) {
    write(name, 0, from_pieces(pieces));
  };
  stranger("first", {first});
  stranger("three", {first, second, third});
  stranger("roots-replaced", {first, rotation});
  stranger("thief-loses", {first, second, third, rotation});
  stranger("thief-late", {first, rotation, second});
  stranger("fork", {first, second, fork});
  stranger("gap", {first, third});
  TestAgency other(2, 3, 2);
  stranger("threshold", {other.sign(other.doc)});
  stranger("foreign", {other.sign(other.doc), second});

  // Pairs of an operation and its argument, as the target reads them; 14 signs and appends, 13 does so with
  // the next roots as well.
  const auto holder = [&](const std::string& name, std::string_view instructions) {
    write(name, 1, as_bytes(instructions));
  };
  holder("edit-revoke", {"\x02\x01\x0c\x01\x0e\x01\x01\x02\x03\x01\x0e\x01", 12});
  holder("edit-rotate", {"\x08\x01\x0d\x01\x02\x01\x0e\x01", 8});
  holder("edit-thief-loses", {"\x02\x01\x0e\x01\x01\x02\x08\x01\x0d\x01", 10});
  holder("edit-roles", {"\x04\x01\x0e\x01\x01\x01\x05\x01\x0e\x01", 10});
  holder("edit-window", {"\x06\x05\x0e\x01\x01\x01\x07\x05\x0e\x01", 10});
}

void write_invites(const Corpus& corpus) {
  TestAgency agency(3);
  crypto::Invite invite;
  invite.agency = agency.random().next<proto::AgencyId>();
  invite.keydoc_hash = agency.random().next<proto::Sha256Digest>();
  invite.transport_key = agency.doc.transport[0].key;
  invite.endpoints = {"health-node.gov.example:7443"};
  invite.id = agency.random().next<proto::InviteId>();
  agency.random().fill(invite.psk.writable());
  invite.terms_digest = agency.random().next<proto::Sha256Digest>();
  invite.expires = crypto::kNow;
  invite.legal_name = "Ministry of Health";
  const std::string text = write_invite(invite, agency.pair_of(agency.doc.node_sign[0].key)).value();
  corpus.write("invite_text", "whole", as_bytes(text));
  corpus.write("invite_text", "quoted", as_bytes("As promised:\r\n> " + text + "\r\n-- \r\nRegards"));
  corpus.write("invite_text", "twice", as_bytes(text + text));
  corpus.write("invite_text", "cut", as_bytes(text.substr(0, text.size() / 2)));
  std::string damaged = text;
  damaged[200] = damaged[200] == 'a' ? 'b' : 'a';
  corpus.write("invite_text", "damaged", as_bytes(damaged));
  std::string missing = text;
  missing.erase(150, 1);
  corpus.write("invite_text", "missing-character", as_bytes(missing));
  corpus.write("invite_text", "bare-message", crypto::dearmour("INVITATION", text).value());
}

Bytes read_payload(crypto::noise::Handshake& side, const Bytes& message,
                   const crypto::noise::PskLookup& find) {
  Bytes payload(message.size());
  (void)side.read_message(message, payload, find).value();
  return payload;
}

Bytes record_of(crypto::noise::CipherState cipher, std::string_view body) {
  crypto::noise::RecordSealer sealer(std::move(cipher));
  Bytes frame(crypto::noise::record_bytes(body.size()));
  (void)sealer.seal({crypto::noise::Lane::kLive, true, false}, as_bytes(body), frame).value();
  return frame;
}

void write_handshakes(const Corpus& corpus) {
  NoiseSides sides;
  crypto::noise::Handshake initiator = sides.initiator();
  crypto::noise::Handshake responder = sides.responder();
  const Bytes first = written(initiator, kFirstPayload);
  (void)read_payload(responder, first, {});
  const Bytes second = written(responder, kSecondPayload);
  (void)read_payload(initiator, second, {});
  const Bytes third = written(initiator, kThirdPayload);
  (void)read_payload(responder, third, sides.find_psk());
  const Bytes from_initiator = record_of(initiator.split().value().send, "a question");
  const Bytes from_responder = record_of(responder.split().value().send, "an answer");

  corpus.write("noise_initiator", "answer", from_pieces({second}));
  corpus.write("noise_initiator", "answer-and-record", from_pieces({second, from_responder}));
  corpus.write("noise_initiator", "wrong-direction", from_pieces({second, from_initiator}));
  corpus.write("noise_initiator", "own-message", from_pieces({first}));
  corpus.write("noise_initiator", "low-order", from_pieces({Bytes(second.size())}));
  corpus.write("noise_responder", "call", from_pieces({first}));
  corpus.write("noise_responder", "call-and-proof", from_pieces({first, third}));
  corpus.write("noise_responder", "whole", from_pieces({first, third, from_initiator}));
  corpus.write("noise_responder", "repeated-call", from_pieces({first, first}));
  corpus.write("noise_responder", "low-order", from_pieces({Bytes(first.size())}));
}

void write_records(const Corpus& corpus) {
  using crypto::noise::kRecordLengthBytes;
  const std::size_t size = 256 - kRecordLengthBytes - crypto::kAeadTagBytes;
  Bytes plain(size);
  corpus.write("record", "all-body", plain);
  plain[0] = std::byte{3};
  plain[1] = std::byte{2};
  plain[3] = std::byte{200};
  corpus.write("record", "padded", plain);
  plain.back() = std::byte{1};
  corpus.write("record", "padding-not-zero", plain);
  plain[2] = std::byte{1};
  corpus.write("record", "too-much-padding", plain);
  plain[0] = std::byte{0x80};
  corpus.write("record", "unknown-flag", plain);
  corpus.write("record", "short", Bytes(3));
}

void write_bodies(const Corpus& corpus) {
  test::SeededRandom random(1);
  const crypto::FeedKey key = crypto::FeedKey::generate(random);
  const auto with = [](std::uint8_t choice, ByteView rest) {
    const auto first = static_cast<std::byte>(choice);
    return proto::concat({{&first, 1}, rest});
  };
  const Bytes body = seal_body(key, {}, as_bytes("words of a body"), random).value();
  corpus.write("sealed_body", "body", with(0, body));
  corpus.write("sealed_body", "empty-body", with(0, seal_body(key, {}, {}, random).value()));
  corpus.write("sealed_body", "other-slot",
               with(0, seal_body(key, {{}, {}, proto::Seq{1}, {}}, {}, random).value()));
  corpus.write("sealed_body", "cut", with(0, ByteView(body).first(80)));
  Bytes padded(crypto::padme_size(101));
  crypto::padme_pad(Bytes(100), padded);
  corpus.write("sealed_body", "padding", with(1, padded));
  corpus.write("sealed_body", "no-padding", with(1, Bytes(100)));
  corpus.write("sealed_body", "content", with(2, as_bytes("words of a body")));
}

void write_sessions(const Corpus& corpus) {
  // Lane and flags of a record as the target reads them, then its body.
  const auto piece = [](std::uint8_t control, const v1::Wire& wire) {
    const auto first = static_cast<std::byte>(control);
    return proto::concat({{&first, 1}, proto::encode(wire)});
  };
  constexpr std::uint8_t kControl = 0;
  constexpr std::uint8_t kLive = 1;
  constexpr std::uint8_t kUnfinished = 4;
  constexpr std::uint8_t kClose = 8;
  constexpr std::uint8_t kNotTaken = 16;
  v1::Wire hello;
  *hello.mutable_hello() = peer::hello_of(peer::Sides().a_claim);
  v1::Wire batch;
  batch.mutable_batch()->set_feed(std::string(32, 'f'));
  batch.mutable_batch()->add_entry()->set_header(std::string(100, 'h'));
  v1::Wire ping;
  ping.mutable_ping()->set_token(7);
  v1::Wire pong;
  pong.mutable_pong()->set_token(1);
  v1::Wire credit;
  credit.mutable_credit()->set_lane(v1::LANE_LIVE);
  credit.mutable_credit()->set_entries(5);
  credit.mutable_credit()->set_bytes(5000);
  v1::Wire vector;
  vector.mutable_vector()->set_full(true);
  vector.mutable_vector()->add_feed()->set_feed(std::string(32, 'f'));
  v1::Wire bye;
  bye.mutable_bye()->set_reason(v1::REASON_DRAINING);
  bye.mutable_bye()->set_retry_after(30);

  v1::Wire want;
  want.mutable_call_back_want()->set_token(7);
  want.mutable_call_back_want()->set_endpoints_serial(1);
  v1::Wire back;
  back.mutable_call_back()->set_token(7);
  back.mutable_call_back()->add_reached(0);
  back.mutable_call_back()->set_tried(1);

  const Bytes greeting = piece(kControl, hello);
  const Bytes whole = piece(kLive, batch);
  Bytes head(whole.begin(), whole.begin() + 50);
  head[0] = static_cast<std::byte>(kLive | kUnfinished);
  Bytes tail(whole.begin() + 49, whole.end());
  tail[0] = static_cast<std::byte>(kLive);
  const auto write = [&](const std::string& name, const std::vector<Bytes>& pieces) {
    corpus.write("session", name, from_pieces(pieces));
  };
  write("conversation", {greeting, piece(kControl, credit), piece(kControl, ping), whole,
                         piece(kControl, vector), piece(kControl | kClose, bye)});
  write("in-two-records", {greeting, head, piece(kControl, ping), tail});
  write("too-many", {greeting, whole, whole, whole, whole, whole, whole, whole, whole, whole});
  write("no-hello", {whole});
  write("two-hellos", {greeting, greeting});
  write("unasked-pong", {greeting, piece(kControl, pong)});
  write("not-reading", {greeting, piece(kControl | kNotTaken, ping), piece(kControl | kNotTaken, vector)});
  write("close-without-bye", {greeting, piece(kControl | kClose, vector)});
  write("call-back", {greeting, piece(kControl, want), piece(kControl, back), piece(kControl, back)});
  write("empty", {greeting, piece(kControl, v1::Wire()), Bytes(1)});
}

}  // namespace
}  // namespace comity::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s test/fuzz/corpus\n", argv[0]);
    return 2;
  }
  const comity::fuzz::Corpus corpus(argv[1]);
  comity::fuzz::write_chains(corpus);
  comity::fuzz::write_invites(corpus);
  comity::fuzz::write_handshakes(corpus);
  comity::fuzz::write_records(corpus);
  comity::fuzz::write_bodies(corpus);
  comity::fuzz::write_sessions(corpus);
  return 0;
}
