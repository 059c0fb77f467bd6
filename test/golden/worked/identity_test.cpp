// SPDX-License-Identifier: EUPL-1.2
// docs/protocol/identities.md and pairing.md: a key document, its ids, its successor, an invitation.
#include "comity/v1/peering.pb.h"

#include "crypto/armour.h"
#include "crypto/base32.h"
#include "crypto/bech32m.h"
#include "crypto/invite.h"
#include "crypto/words.h"
#include "test/golden/worked/agency.h"
#include "test/golden/worked/sheet.h"
#include "test/golden/worked/terms.h"

namespace comity::test::worked {

TEST_CASE("worked example: key document, AgencyID, words, rotation") {
  Sheet sheet("identity");
  const Agency agency = health();
  sheet.note("root.seed", agency.root);
  sheet.note("root.public", ed_public(agency.root));
  sheet.note("root.key_id", key_id(1, ed_public(agency.root)));
  sheet.note("next_root.seed", agency.next_root);
  sheet.note("next_root.public", ed_public(agency.next_root));
  sheet.note("next_root.key_id", key_id(1, ed_public(agency.next_root)));
  sheet.note("next_root.commitment", Agency::commitment(agency.next_root));
  sheet.note("node.seed", agency.node);
  sheet.note("node.public", ed_public(agency.node));
  sheet.note("node.key_id", key_id(1, ed_public(agency.node)));
  sheet.note("transport.private", agency.transport);
  sheet.note("transport.public", x_public(agency.transport));
  sheet.note("transport.key_id", key_id(2, x_public(agency.transport)));
  sheet.note("witness.seed", agency.witness);
  sheet.note("witness.public", ed_public(agency.witness));
  sheet.note("nonce", agency.nonce);
  sheet.note("keydoc", agency.keydoc);
  sheet.note("agency_id", agency.id);
  const auto id = id_from<proto::AgencyId>(agency.id);
  sheet.note_text("agency_id.text", crypto::agency_id_text(id));
  sheet.note_text("words", crypto::words_text(crypto::words_of(id)));
  sheet.note("keydoc.hash", agency.keydoc_hash);
  sheet.note("keydoc.signature", sign(agency.root, "keydoc-sig", agency.keydoc));
  sheet.note("signed_keydoc", agency.signed_keydoc);

  crypto::KeyChain chain = agency.chain();
  CHECK(proto::equal(chain.agency().view(), agency.id));
  CHECK(proto::equal(chain.current_hash().view(), agency.keydoc_hash));
  CHECK(proto::equal(chain.current().node_sign[0].id().view(), key_id(1, ed_public(agency.node))));
  CHECK(proto::equal(chain.current().next_root_commit.view(), Agency::commitment(agency.next_root)));
  CHECK(crypto::parse_agency_id(crypto::agency_id_text(id)).value() == id);

  // Version 2: another signing key, the first one revoked.
  v1::KeyDoc next = agency.message;
  const Bytes other = same(0x0f);
  next.set_version(2);
  next.set_prev(text(agency.keydoc_hash));
  next.set_agency(text(agency.id));
  next.clear_nonce();
  next.mutable_node_sign(0)->set_pk(text(ed_public(other)));
  v1::Revoked& revoked = *next.add_revoked();
  revoked.set_key_id(text(key_id(1, ed_public(agency.node))));
  revoked.set_reason(v1::REVOCATION_REASON_ROUTINE);
  revoked.set_since(kNowMs + kDayMs);
  const Bytes second = sheet.note("keydoc.2", proto::encode(next));
  sheet.note("keydoc.2.hash", hash("keydoc", second));
  sheet.note("keydoc.2.signature", sign(agency.root, "keydoc-sig", second));
  const Bytes signed_second = sheet.note("signed_keydoc.2", agency.signed_by_root(second));
  CHECK(chain.append(signed_second).value() == crypto::KeyChain::Appended::kExtended);
  CHECK(proto::equal(chain.current_hash().view(), hash("keydoc", second)));
  sheet.compare();
}

TEST_CASE("worked example: an invitation and its armour") {
  Sheet sheet("invite");
  const Agency agency = health();
  const Bytes terms = sheet.note("terms", proto::encode(example_terms()));
  const Bytes digest = sheet.note("terms.digest", hash("terms", terms));
  v1::Invite invite;
  invite.set_v(1);
  invite.set_agency(text(agency.id));
  invite.set_keydoc_hash(text(agency.keydoc_hash));
  invite.set_transport_key(text(x_public(agency.transport)));
  invite.set_node_key(text(ed_public(agency.node)));
  invite.add_endpoint("health-node.gov.example:7443");
  invite.set_invite_id(text(sheet.note("invite_id", kInviteId)));
  invite.set_psk(text(sheet.note("psk", kInvitePsk)));
  invite.set_terms_digest(text(digest));
  invite.set_expires(kNowMs + 3 * kDayMs);
  invite.set_legal_name("Ministry of Health");
  const Bytes inner = sheet.note("invite", proto::encode(invite));
  const Bytes signature = sheet.note("signature", sign(agency.node, "invite", inner));
  v1::SignedInvite outer;
  outer.set_invite(text(inner));
  outer.set_sig(text(signature));
  const Bytes bytes = sheet.note("signed_invite", proto::encode(outer));

  const std::string data = crypto::base32_encode(bytes);
  sheet.note_text("base32", data);
  std::string armoured = "-----BEGIN COMITY INVITATION-----\n";
  const std::size_t lines = (data.size() + 63) / 64;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::string part = data.substr(64 * i, 64);
    const std::string label = "INVITATION";
    const Bytes last = same(i + 1 == lines ? 1 : 0, 1);
    const Bytes covered = concat({proto::to_be(static_cast<std::uint32_t>(label.size())), as_bytes(label),
                                  proto::to_be(static_cast<std::uint32_t>(i)), last, as_bytes(part)});
    const Bytes check = hash("armour-line", covered);
    // 30 bits are six characters: of 32 bits of base32 the first 30 are whole.
    const std::string line = part + crypto::base32_encode(ByteView(check).first(5)).substr(0, 6);
    if (i == 0) sheet.note("line.1.covered", covered);
    if (i == 0) sheet.note("line.1.hash", check);
    sheet.note_text("line." + std::to_string(i + 1), line);
    armoured += line + "\n";
  }
  armoured += "-----END COMITY INVITATION-----\n";
  CHECK(armoured == crypto::armour("INVITATION", bytes));
  const crypto::Moment now{std::chrono::milliseconds(kNowMs)};
  const auto read = crypto::read_invite(armoured, now);
  REQUIRE_MESSAGE(read.ok(), (read.ok() ? std::string() : proto::to_string(read.error())));
  CHECK(crypto::check_invite(*read, agency.chain(), now).ok());
  sheet.compare();
}

}  // namespace comity::test::worked
