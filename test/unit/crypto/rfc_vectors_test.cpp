// SPDX-License-Identifier: EUPL-1.2
// The examples of the RFCs, and the signatures that the authors of Ed25519 published.
#include <map>
#include <sstream>
#include <vector>

#include <doctest/doctest.h>

#include "crypto/ed25519.h"
#include "crypto/hkdf.h"
#include "crypto/x25519.h"
#include "test/unit/crypto/hostile.h"
#include "test/unit/vectors.h"

namespace comity::crypto {
namespace {

using proto::Bytes;

using Record = std::map<std::string, std::string>;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

// Records of `name = value` lines; a line that begins with `last` closes its record.
std::vector<Record> records(const std::string& text, const std::string& last) {
  std::vector<Record> found;
  Record record;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string::npos) continue;
    const std::string name = trimmed(line.substr(0, equals));
    record[name] = trimmed(line.substr(equals + 1));
    if (name == last) found.push_back(std::exchange(record, {}));
  }
  return found;
}

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> found;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ':');)
    found.push_back(field);
  return found;
}

}  // namespace

TEST_CASE("HMAC-SHA-256 gives the examples of RFC 4231") {
  test::with_vectors("rfc/rfc4231_hmac_sha256.txt", [](const std::string& text, test::VectorCount& count) {
    for (const Record& record : records(text, "MD")) {
      count.add(hmac_sha256_verify(hex(record.at("Key")), hex(record.at("Msg")), hex(record.at("MD"))),
                record.at("Msg"));
    }
  });
}

TEST_CASE("HKDF-SHA-256 gives the examples of RFC 5869") {
  test::with_vectors("rfc/rfc5869_hkdf_sha256.txt", [](const std::string& text, test::VectorCount& count) {
    for (const Record& record : records(text, "OKM")) {
      const Bytes secret = hex(record.at("IKM"));
      const Bytes info = hex(record.at("info"));
      const Key32 key = hkdf_extract(hex(record.at("salt")), {secret});
      Bytes out(std::stoul(record.at("L")));
      const bool expanded = hkdf_expand(key.view(), {info}, out).ok();
      count.add(expanded && equal_ct(key.view(), hex(record.at("PRK"))) && out == hex(record.at("OKM")),
                "example " + record.at("COUNT"));
    }
  });
}

TEST_CASE("X25519 gives the examples of RFC 7748") {
  test::with_vectors("rfc/rfc7748_x25519.txt", [](const std::string& text, test::VectorCount& count) {
    for (const Record& record : records(text, "OUTPUT_U")) {
      const auto pair = X25519KeyPair::from_private(hex(record.at("INPUT_SCALAR")));
      const auto point = X25519PublicKey::from(hex(record.at("INPUT_U")));
      REQUIRE(pair.ok());
      REQUIRE(point.ok());
      const auto shared = pair->shared_secret(*point);
      count.add(shared.ok() && equal_ct(shared->view(), hex(record.at("OUTPUT_U"))),
                "example " + record.at("COUNT"));
    }
  });
}

TEST_CASE("Ed25519 signs as its authors published") {
  test::with_vectors(
      "ed25519_sign_input/sign.input.even.txt", [](const std::string& text, test::VectorCount& count) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
          const auto parts = fields(line);
          REQUIRE(parts.size() == 4);
          const Bytes seed = hex(std::string_view(parts[0]).substr(0, 64));
          const Bytes message = hex(parts[2]);
          const auto pair = Ed25519KeyPair::from_seed(seed).value();
          const Ed25519Signature signature = pair.sign(message);
          count.add(pair.public_key().hex() == parts[1] && signature.hex() + parts[2] == parts[3] &&
                        ed25519_verify(pair.public_key(), message, signature),
                    parts[1]);
        }
      });
}

}  // namespace comity::crypto
