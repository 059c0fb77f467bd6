// SPDX-License-Identifier: EUPL-1.2
#include "crypto/invite.h"

#include <doctest/doctest.h>

#include "comity/v1/peering.pb.h"

#include "crypto/armour.h"
#include "proto/decode.h"
#include "test/unit/crypto_protocol/agency_fixture.h"
#include "test/unit/crypto_protocol/low_order.h"

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::Code;
using std::chrono::hours;

struct Fixture {
  Fixture() : agency(1), chain(KeyChain::start(agency.sign(agency.doc), std::nullopt).value()) {
    invite.agency = chain.agency();
    invite.keydoc_hash = chain.current_hash();
    invite.transport_key = agency.doc.transport[0].key;
    invite.node_key = agency.doc.node_sign[0].key;
    invite.endpoints = {"health-node.gov.example:7443", "[2001:db8::7]:7443"};
    invite.id = agency.random().next<proto::InviteId>();
    agency.random().fill(invite.psk.writable());
    invite.terms_digest = agency.random().next<proto::Sha256Digest>();
    invite.expires = kNow + hours(72);
    invite.legal_name = "Ministry of Health";
  }
  const Ed25519KeyPair& node() const { return agency.pair_of(agency.doc.node_sign[0].key); }
  std::string text() const { return write_invite(invite, node()).value(); }
  Code write_code() const {
    const auto written = write_invite(invite, node());
    return written.ok() ? Code::kUnknown : written.error().code;
  }
  // The signed message with one change, in new armour: damage that no checksum shows.
  template <class Change>
  std::string rearmoured(Change change) const {
    const Bytes outer = dearmour("INVITATION", text()).value();
    auto message = proto::decode<v1::SignedInvite>(outer, outer.size()).value();
    change(message);
    return armour("INVITATION", proto::encode(message));
  }

  TestAgency agency;
  KeyChain chain;
  Invite invite;
};

Code read_code(std::string_view text, Moment now = kNow) {
  const auto read = read_invite(text, now);
  return read.ok() ? Code::kUnknown : read.error().code;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an invitation comes back as it was and fits a mail") {
  const std::string written = text();
  CHECK(written.size() < 1400);
  const Invite read = read_invite("> " + written, kNow).value();
  CHECK(read.agency == invite.agency);
  CHECK(read.keydoc_hash == invite.keydoc_hash);
  CHECK(read.transport_key == invite.transport_key);
  CHECK(read.node_key == invite.node_key);
  CHECK(read.endpoints == invite.endpoints);
  CHECK(read.id == invite.id);
  CHECK(proto::equal(read.psk.view(), invite.psk.view()));
  CHECK(read.terms_digest == invite.terms_digest);
  CHECK(read.expires == invite.expires);
  CHECK(read.legal_name == invite.legal_name);
}

TEST_CASE_FIXTURE(Fixture, "an expired invitation says until when it was for use") {
  CHECK(read_code(text(), invite.expires) == Code::kUnknown);
  const auto late = read_invite(text(), invite.expires + std::chrono::milliseconds(1));
  REQUIRE_FALSE(late.ok());
  CHECK(to_string(late.error()) ==
        "CMY-1201: the invitation has expired (it was for use until 2027-03-04T00:00:00Z). Ask the other "
        "agency for a "
        "new one.");
}

TEST_CASE_FIXTURE(Fixture, "a damaged invitation names line and character") {
  std::string changed = text();
  std::size_t line_4 = 0;
  for (unsigned i = 0; i < 3; ++i)
    line_4 = changed.find('\n', line_4) + 1;
  changed[line_4 + 16] = changed[line_4 + 16] == 'a' ? 'b' : 'a';
  const auto read = read_invite(changed, kNow);
  REQUIRE_FALSE(read.ok());
  CHECK(to_string(read.error())
            .starts_with("CMY-1203: the text was damaged on its way (line 4, character 17). "));
}

TEST_CASE_FIXTURE(Fixture, "each single bit flip under whole armour is refused") {
  const Bytes outer = dearmour("INVITATION", text()).value();
  for (std::size_t bit = 0; bit < outer.size() * 8; ++bit) {
    Bytes changed = outer;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE(read_code(armour("INVITATION", changed)) != Code::kUnknown);
  }
  for (std::size_t size = 1; size < outer.size(); ++size)
    REQUIRE(read_code(armour("INVITATION", proto::ByteView(outer).first(size))) != Code::kUnknown);
}

TEST_CASE_FIXTURE(Fixture, "the signature is by the named key, over the exact bytes, in its context") {
  const auto signed_by = [&](const Ed25519KeyPair& pair, std::string_view prefix) {
    return read_code(rearmoured([&](v1::SignedInvite& message) {
      const Bytes over = proto::concat({proto::as_bytes(prefix), proto::as_bytes(message.invite())});
      message.set_sig(std::string(proto::as_text(pair.sign(over).view())));
    }));
  };
  constexpr std::string_view kContext{"comity.v1.invite\0", 17};
  CHECK(signed_by(node(), kContext) == Code::kUnknown);
  CHECK(signed_by(node(), "") == Code::kInviteSignature);
  CHECK(signed_by(node(), std::string_view("comity.v1.endpoints\0", 20)) == Code::kInviteSignature);
  CHECK(signed_by(agency.new_pair(), kContext) == Code::kInviteSignature);
}

TEST_CASE_FIXTURE(Fixture, "fields that no invitation has are neither written nor read") {
  SUBCASE("zeros") {
    for (unsigned field = 0; field < 5; ++field) {
      Fixture fresh;
      if (field == 0) fresh.invite.agency = {};
      if (field == 1) fresh.invite.keydoc_hash = {};
      if (field == 2) fresh.invite.id = {};
      if (field == 3) fresh.invite.psk = {};
      if (field == 4) fresh.invite.terms_digest = {};
      CHECK(fresh.write_code() == Code::kInviteRule);
    }
  }
  SUBCASE("keys of low order") {
    for (const std::string_view point : kLowOrderX25519) {
      invite.transport_key = X25519PublicKey::from(proto::from_hex(point).value()).value();
      CHECK(write_code() == Code::kLowOrderPoint);
    }
  }
  SUBCASE("endpoints") {
    for (const char* endpoint : {"no-port", "with space:1", "n\xc3\xb6n:1", "line\n:1"}) {
      invite.endpoints = {endpoint};
      CHECK(write_code() != Code::kUnknown);
    }
    invite.endpoints = {"a:"};
    CHECK(write_code() == Code::kFieldTooShort);
    invite.endpoints.assign(9, "host:1");
    CHECK(write_code() == Code::kTooManyElements);
    invite.endpoints.clear();
    CHECK(write_code() == Code::kUnknown);
  }
  SUBCASE("name") {
    invite.legal_name = "two\nlines";
    CHECK(write_code() == Code::kInviteRule);
    invite.legal_name = "of \xe2\x80\xaehtlaeH";
    CHECK(write_code() == Code::kInviteRule);
    invite.legal_name = std::string(257, 'x');
    CHECK(write_code() == Code::kFieldTooLong);
  }
  SUBCASE("time") {
    invite.expires = Moment(std::chrono::milliseconds(-1));
    CHECK(write_code() == Code::kInviteRule);
    invite.expires = Moment();
    CHECK(write_code() == Code::kMissingField);
  }
  SUBCASE("another version of the form, or a low-order node key") {
    const auto edited = [&](auto change) {
      return read_code(rearmoured([&](v1::SignedInvite& outer) {
        auto inner = proto::decode<v1::Invite>(proto::as_bytes(outer.invite()), 8192).value();
        change(inner);
        outer.set_invite(std::string(proto::as_text(proto::encode(inner))));
        const Bytes over =
            proto::concat({proto::as_bytes({"comity.v1.invite\0", 17}), proto::as_bytes(outer.invite())});
        outer.set_sig(std::string(proto::as_text(node().sign(over).view())));
      }));
    };
    CHECK(edited([](v1::Invite&) {}) == Code::kUnknown);
    CHECK(edited([](v1::Invite& inner) { inner.set_v(2); }) == Code::kInviteRule);
    CHECK(edited([](v1::Invite& inner) {
            inner.set_node_key(std::string(1, '\1') + std::string(31, '\0'));
          }) == Code::kLowOrderPoint);
  }
}

TEST_CASE_FIXTURE(Fixture, "the chain of the agency bears the invitation out, or not") {
  const auto code = [&](Moment now = kNow) {
    const auto status = check_invite(invite, chain, now);
    return status.ok() ? Code::kUnknown : status.error().code;
  };
  CHECK(code() == Code::kUnknown);
  CHECK(code(agency.doc.node_sign[0].not_after + hours(1)) == Code::kKeyOutsideWindow);
  KeyDoc short_lived = following(chain);
  short_lived.expires = kNow + hours(1);
  KeyChain stale = chain;
  REQUIRE(stale.append(agency.sign(short_lived)).ok());
  CHECK(check_invite(invite, stale, kNow + hours(1)).ok());
  CHECK(check_invite(invite, stale, kNow + hours(2)).error().code == Code::kKeyDocStale);
  const Invite kept = read_invite(text(), kNow).value();
  invite.agency = agency.random().next<proto::AgencyId>();
  CHECK(code() == Code::kKeyDocAgency);
  invite.agency = kept.agency;
  invite.keydoc_hash = agency.random().next<proto::Sha256Digest>();
  CHECK(code() == Code::kKeyDocNewer);
  invite.keydoc_hash = kept.keydoc_hash;
  invite.transport_key = agency.transport_key().key;
  CHECK(code() == Code::kUnknownKey);
  invite.transport_key = kept.transport_key;
  // A key of the agency, but not one that signs for the node.
  invite.node_key = agency.doc.witness[0].key;
  CHECK(code() == Code::kUnknownKey);
  invite.node_key = kept.node_key;

  // The chain went on: the hash is an earlier version's, the keys still hold.
  REQUIRE(chain.append(agency.sign(following(chain))).ok());
  CHECK(code() == Code::kUnknown);
  KeyDoc rotated = following(chain);
  rotated.node_sign = {agency.signing_key()};
  REQUIRE(chain.append(agency.sign(rotated)).ok());
  CHECK(code() == Code::kUnknownKey);
}

}  // namespace comity::crypto
