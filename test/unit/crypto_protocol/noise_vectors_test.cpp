// SPDX-License-Identifier: EUPL-1.2
// The published vectors name more patterns than the product uses. The state machine is driven by a table, so
// the others run here from a table of the test.
#include <sstream>

#include <doctest/doctest.h>

#include "crypto/noise/handshake.h"
#include "test/unit/crypto_protocol/json.h"
#include "test/unit/crypto_protocol/scripted_random.h"
#include "test/unit/vectors.h"

namespace comity::crypto::noise {
namespace {

using boost::json::value;
using proto::Bytes;

constexpr std::string_view kSuite = "_25519_ChaChaPoly_SHA256";

struct PatternText {
  std::string_view name;
  bool initiator_known;
  bool responder_known;
  const char* messages;  // tokens; '|' ends a message
};

// Noise specification, sections 7.4, 7.5 and 18.1; the psk modifiers are those of section 9.
constexpr PatternText kOthers[] = {
    {"N", false, true, "e es"},
    {"K", true, true, "e es ss"},
    {"Xpsk1", false, true, "e es s ss psk"},
    {"NN", false, false, "e | e ee"},
    {"NNpsk2", false, false, "e | e ee psk"},
    {"NK1", false, true, "e | e ee es"},
    {"NKpsk0", false, true, "psk e es | e ee"},
    {"NX", false, false, "e | e ee s es"},
    {"XN", false, false, "e | e ee | s se"},
    {"X1N", false, false, "e | e ee | s | se"},
    {"X1K1", false, true, "e | e ee es | s | se"},
    {"X1X", false, false, "e | e ee s es | s | se"},
    {"XX1", false, false, "e | e ee s | es s se"},
    {"XXpsk3", false, false, "e | e ee s es | s se psk"},
    {"KN", true, false, "e | e ee se"},
    {"KNpsk2", true, false, "e | e ee se psk"},
    {"K1K", true, true, "e es | e ee | se"},
    {"KK1", true, true, "e | e ee se es"},
    {"KKpsk0", true, true, "psk e es ss | e ee se"},
    {"KX", true, false, "e | e ee se s es"},
    {"K1X1", true, false, "e | e ee s | se es"},
    {"I1N", false, false, "e s | e ee | se"},
    {"INpsk1", false, false, "e s psk | e ee se"},
    {"I1K1", false, true, "e s | e ee es | se"},
    {"IKpsk2", false, true, "e es s ss | e ee se psk"},
    {"I1X", false, false, "e s | e ee s es | se"},
    {"IX1", false, false, "e s | e ee se s | es"},
    {"IXpsk2", false, false, "e s | e ee se s es psk"},
};

Token token_of(std::string_view word) {
  constexpr std::pair<std::string_view, Token> kWords[] = {
      {"e", Token::kE},   {"s", Token::kS},   {"ee", Token::kEe},  {"es", Token::kEs},
      {"se", Token::kSe}, {"ss", Token::kSs}, {"psk", Token::kPsk}};
  for (const auto& [text, token] : kWords) {
    if (text == word) return token;
  }
  throw std::invalid_argument("no such token");
}

Pattern build(const PatternText& text) {
  Pattern pattern{text.name, text.initiator_known, text.responder_known, {}};
  MessagePattern message;
  std::istringstream words(text.messages);
  for (std::string word; words >> word;) {
    if (word == "|") {
      pattern.messages.push_back(message);
      message = {};
    } else {
      message.push_back(token_of(word));
    }
  }
  pattern.messages.push_back(message);
  return pattern;
}

Pattern find_pattern(std::string_view name) {
  for (const Pattern& ours : {kXKpsk3, kXK, kXX, kIK}) {
    if (ours.name == name) return ours;
  }
  for (const PatternText& other : kOthers) {
    if (other.name == name) return build(other);
  }
  throw std::invalid_argument("no pattern " + std::string(name));
}

Handshake side(const value& vector, const Pattern& pattern, Role role, Random& random) {
  const std::string prefix = role == Role::kInitiator ? "init_" : "resp_";
  const Bytes prologue = bytes_of(vector, prefix + "prologue");
  HandshakeSetup setup{pattern, role, prologue};
  const boost::json::object& members = vector.as_object();
  if (members.contains(prefix + "static")) {
    setup.local_static = X25519KeyPair::from_private(bytes_of(vector, prefix + "static")).value();
  }
  if (members.contains(prefix + "remote_static")) {
    setup.remote_static = X25519PublicKey::from(bytes_of(vector, prefix + "remote_static")).value();
  }
  if (const value* psks = members.if_contains(prefix + "psks")) {
    const Bytes psk = proto::from_hex(std::string_view(psks->as_array().at(0).as_string())).value();
    setup.psk.emplace();
    std::ranges::copy(psk, setup.psk->writable().begin());
  }
  return Handshake(std::move(setup), random);
}

bool same_transport(CipherState& send, CipherState& receive, const Bytes& payload, const Bytes& expected) {
  Bytes sealed(payload.size() + kAeadTagBytes);
  Bytes opened(payload.size());
  return send.encrypt({}, payload, sealed).ok() && sealed == expected &&
         receive.decrypt({}, sealed, opened).ok() && opened == payload;
}

Bytes ephemeral_of(const value& vector, std::string_view name) {
  return vector.as_object().contains(name) ? bytes_of(vector, name) : Bytes();
}

bool passes(const value& vector, const Pattern& pattern) {
  ScriptedRandom initiator_random(ephemeral_of(vector, "init_ephemeral"));
  ScriptedRandom responder_random(ephemeral_of(vector, "resp_ephemeral"));
  Handshake initiator = side(vector, pattern, Role::kInitiator, initiator_random);
  Handshake responder = side(vector, pattern, Role::kResponder, responder_random);

  std::optional<Session> first;
  std::optional<Session> second;
  const bool one_way = pattern.messages.size() == 1;
  const auto& messages = vector.at("messages").as_array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Bytes payload = bytes_of(messages[i], "payload");
    const Bytes expected = bytes_of(messages[i], "ciphertext");
    const bool from_initiator = one_way || i % 2 == 0;
    if (i < pattern.messages.size()) {
      Handshake& writer = from_initiator ? initiator : responder;
      Handshake& reader = from_initiator ? responder : initiator;
      Bytes message(payload.size() + writer.overhead());
      Bytes read(payload.size());
      if (!writer.write_message(payload, message).ok() || message != expected) return false;
      if (!reader.read_message(message, read).ok() || read != payload) return false;
      continue;
    }
    if (!first) {
      first = initiator.split().value();
      second = responder.split().value();
      const Bytes hash = bytes_of(vector, "handshake_hash");
      if (!proto::equal(first->handshake_hash.view(), hash) ||
          first->handshake_hash != second->handshake_hash) {
        return false;
      }
    }
    Session& writer = from_initiator ? *first : *second;
    Session& reader = from_initiator ? *second : *first;
    if (!same_transport(writer.send, reader.receive, payload, expected)) return false;
  }
  return first.has_value();
}

}  // namespace

TEST_CASE("handshakes and transport messages agree with the published vectors of our suite") {
  test::with_vectors(
      "noise/cacophony_25519_ChaChaPoly.json", [](const std::string& file, test::VectorCount& count) {
        const value root = boost::json::parse(file);
        unsigned product_patterns = 0;
        for (const value& vector : root.at("vectors").as_array()) {
          const std::string name = text_of(vector, "protocol_name");
          if (!name.ends_with(kSuite)) continue;
          const std::string_view pattern = std::string_view(name).substr(6, name.size() - 6 - kSuite.size());
          product_patterns += pattern == "XKpsk3" || pattern == "XK" || pattern == "XX" || pattern == "IK";
          count.add(passes(vector, find_pattern(pattern)), name);
        }
        CHECK(product_patterns == 4);
      });
}

}  // namespace comity::crypto::noise
