// SPDX-License-Identifier: EUPL-1.2
// docs/protocol/feeds.md: one feed from its opening to a sealed post, with every value in between.
#include "comity/v1/content.pb.h"
#include "comity/v1/session.pb.h"

#include "crypto/grant.h"
#include "node/feed/chain_signers.h"
#include "node/feed/check_batch.h"
#include "node/feed/pack.h"
#include "proto/decode.h"
#include "test/golden/worked/agency.h"
#include "test/golden/worked/sheet.h"
#include "test/unit/crypto_protocol/scripted_random.h"

namespace comity::test::worked {
namespace {

constexpr std::string_view kFrame =
    "28b52ffd601c0195010074024e6f626f647920616e737765727320666f7220612072756c652074686174206e77726f74652e2002"
    "00ec50290381a927";

/// Writes entries one after the other.
class Feed {
 public:
  Feed(Sheet& sheet, const Agency& author, Bytes id) : sheet_(sheet), author_(author), id_(std::move(id)) {}

  [[nodiscard]] Bytes slot() const {
    return concat({author_.id, id_, proto::to_be(seq_ + 1), prev_.empty() ? same(0) : prev_});
  }

  void add(const std::string& name, v1::Kind kind, ByteView body, std::uint64_t epoch, v1::Tlp tlp) {
    v1::EntryHeader header;
    header.set_v(1);
    header.set_agency(text(author_.id));
    header.set_feed(text(id_));
    header.set_seq(++seq_);
    header.set_prev(text(prev_));
    header.set_hlc(((kNowMs + seq_) << 16U) | seq_);
    header.set_signer(text(key_id(1, ed_public(author_.node))));
    header.set_keydoc(1);
    header.set_kind(kind);
    header.set_body_hash(text(hash("body", body)));
    header.set_body_size(static_cast<std::uint32_t>(body.size()));
    header.set_key_epoch(epoch);
    header.set_audience_seq(audience_seq_);
    header.set_audience_id(text(audience_id_));
    header.mutable_label()->set_tlp(tlp);
    if (kind == v1::KIND_CONTENT) header.set_release(text(same(0x5a)));
    header.set_blind(text(same(static_cast<std::uint8_t>(0x60 + seq_), 16)));
    sheet_.note(name + ".body", body);
    sheet_.note(name + ".body_hash", hash("body", body));
    const Bytes bytes = sheet_.note(name + ".header", proto::encode(header));
    prev_ = sheet_.note(name + ".entry_id", hash("entry", bytes));
    if (kind == v1::KIND_AUDIENCE) {
      audience_seq_ = seq_;
      audience_id_ = prev_;
    }
    v1::Entry& entry = *batch.add_entry();
    entry.set_header(text(bytes));
    entry.set_body(text(body));
  }
  void sign_run(const std::string& name) {
    v1::Entry& last = *batch.mutable_entry(batch.entry_size() - 1);
    last.set_sig(text(sheet_.note(name, sign(author_.node, "entry-sig", as_bytes(last.header())))));
  }

  v1::EntryBatch batch;

 private:
  Sheet& sheet_;
  const Agency& author_;
  Bytes id_;
  std::uint64_t seq_ = 0;
  Bytes prev_;
  std::uint64_t audience_seq_ = 0;
  Bytes audience_id_;
};

/// Padmé: the next size with as many significant bits as the exponent has.
std::size_t padded_size(std::size_t size) {
  if (size < 2) return size;
  unsigned exponent = 0;
  while ((size >> (exponent + 1)) != 0)
    ++exponent;
  unsigned kept = 0;
  while ((exponent >> kept) != 0)
    ++kept;
  const std::size_t mask = (std::size_t{1} << (exponent - kept)) - 1;
  return (size + mask) & ~mask;
}

Bytes sealed_body(Sheet& sheet, const std::string& name, ByteView feed_key, ByteView slot, ByteView nonce,
                  ByteView packed) {
  sheet.note(name + ".packed", packed);
  Bytes padded = concat({packed, same(0x80, 1)});
  padded.resize(padded_size(padded.size()));
  sheet.note(name + ".padded", padded);
  sheet.note(name + ".slot", slot);
  sheet.note(name + ".n", nonce);
  const Bytes cek = sheet.note(name + ".cek", expand(feed_key, concat({context("cek"), nonce, slot}), 32));
  const Bytes both = expand(cek, context("body-key"), 64);
  const Bytes key = sheet.note(name + ".key", ByteView(both).first(32));
  const Bytes commitment = sheet.note(name + ".commitment", ByteView(both).subspan(32));
  return sheet.note(name + ".sealed", concat({commitment, nonce, xseal(key, nonce, slot, padded)}));
}

/// HPKE of RFC 9180 with DHKEM(X25519), HKDF-SHA256 and ChaCha20-Poly1305, one message.
Bytes hpke(Sheet& sheet, const std::string& name, ByteView ephemeral, ByteView recipient, ByteView info,
           ByteView psk, ByteView psk_id, ByteView plain) {
  const Bytes kem = concat({as_bytes("KEM"), proto::from_hex("0020").value()});
  const Bytes suite = concat({as_bytes("HPKE"), proto::from_hex("002000010003").value()});
  const auto extract = [](ByteView id, ByteView salt, std::string_view label, ByteView ikm) {
    return hmac(salt, concat({as_bytes("HPKE-v1"), id, as_bytes(label), ikm}));
  };
  const auto derive = [](ByteView id, ByteView prk, std::string_view label, ByteView with, std::size_t size) {
    return expand(prk,
                  concat({proto::to_be(static_cast<std::uint16_t>(size)), as_bytes("HPKE-v1"), id,
                          as_bytes(label), with}),
                  size);
  };
  const Bytes eae = extract(kem, {}, "eae_prk", sheet.note(name + ".dh", dh(ephemeral, recipient)));
  const Bytes shared =
      sheet.note(name + ".shared_secret",
                 derive(kem, eae, "shared_secret", concat({x_public(ephemeral), recipient}), 32));
  const Bytes schedule = concat({same(psk.empty() ? 0 : 1, 1), extract(suite, {}, "psk_id_hash", psk_id),
                                 extract(suite, {}, "info_hash", info)});
  sheet.note(name + ".key_schedule_context", schedule);
  const Bytes secret = sheet.note(name + ".secret", extract(suite, shared, "secret", psk));
  const Bytes key = sheet.note(name + ".key", derive(suite, secret, "key", schedule, 32));
  const Bytes nonce = sheet.note(name + ".base_nonce", derive(suite, secret, "base_nonce", schedule, 12));
  return sheet.note(name + ".ct", seal(key, nonce, {}, plain));
}

}  // namespace

TEST_CASE("worked example: a feed with its audience, a granted key, a manifest and a sealed post") {
  Sheet sheet("feed");
  const Agency author = health();
  const Agency reader = finance();

  v1::SpaceGenesis genesis;
  genesis.set_v(1);
  genesis.set_steward(text(author.id));
  genesis.set_kind(v1::SPACE_KIND_SHARED);
  genesis.set_nonce(text(same(0x41)));
  genesis.set_created(kNowMs);
  const Bytes genesis_bytes = sheet.note("genesis", proto::encode(genesis));
  const Bytes space = sheet.note("space_id", hash("space", genesis_bytes));
  const Bytes incarnation = sheet.note("incarnation", same(0x42, 8));
  const Bytes feed_id = sheet.note("feed_id", hash("feed", concat({author.id, space, incarnation})));
  Feed feed(sheet, author, feed_id);

  v1::FeedOpen open;
  open.set_agency(text(author.id));
  open.set_space(text(space));
  open.set_incarnation(text(incarnation));
  open.set_reason(v1::FEED_OPEN_REASON_FIRST);
  feed.add("1.open", v1::KIND_FEED_OPEN, proto::encode(open), 0, v1::TLP_AMBER);

  v1::Audience audience;
  audience.add_member()->set_agency(text(reader.id));
  audience.mutable_member(0)->set_from_seq(1);
  audience.set_readers(v1::READER_RULE_OPEN);
  audience.set_reader_count(40);
  feed.add("2.audience", v1::KIND_AUDIENCE, proto::encode(audience), 0, v1::TLP_AMBER);
  feed.sign_run("2.signature");

  const Bytes feed_key = sheet.note("feed_key", same(0x43));
  const Bytes ephemeral = sheet.note("grant.ephemeral.private", same(0x44));
  const Bytes recipient = sheet.note("grant.recipient.public", x_public(reader.encryption));
  const Bytes psk = sheet.note("grant.psk", same(0x45));
  const Bytes psk_id = sheet.note("grant.psk_id", context("grant-psk"));
  const Bytes info =
      sheet.note("grant.info",
                 concat({context("grant"), author.id, feed_id, proto::to_be(std::uint64_t{1}), reader.id}));
  v1::KeyGrant grant;
  grant.set_key_epoch(1);
  v1::Wrap& wrap = *grant.add_wrap();
  wrap.set_to(text(reader.id));
  wrap.set_key_id(text(sheet.note("grant.key_id", key_id(2, recipient))));
  wrap.set_enc(text(sheet.note("grant.enc", x_public(ephemeral))));
  const Bytes ct = hpke(sheet, "grant.psk_mode", ephemeral, recipient, info, psk, psk_id, feed_key);
  wrap.set_ct(text(ct));
  const Bytes base_ct = hpke(sheet, "grant.base_mode", ephemeral, recipient, info, {}, {}, feed_key);
  feed.add("3.grant", v1::KIND_KEY_GRANT, proto::encode(grant), 0, v1::TLP_AMBER);

  v1::SpaceCard card;
  card.set_slug("hr/travel");
  card.set_title("Travel rules");
  const Bytes card_bytes = sheet.note("4.card", proto::encode(card));
  v1::SpaceManifest manifest;
  manifest.set_genesis(text(genesis_bytes));
  manifest.set_term(1);
  manifest.set_revision(1);
  for (const Agency* const each : {&author, &reader}) {
    v1::Member& member = *manifest.add_member();
    member.set_agency(text(each->id));
    member.set_role(each == &author ? v1::MEMBER_ROLE_MODERATOR : v1::MEMBER_ROLE_WRITER);
  }
  if (manifest.member(1).agency() < manifest.member(0).agency())
    manifest.mutable_member()->SwapElements(0, 1);
  manifest.mutable_ceiling()->set_tlp(v1::TLP_AMBER);
  manifest.set_history(v1::HISTORY_RULE_ALL);
  manifest.set_sealed_card(text(
      sealed_body(sheet, "4.card", feed_key, feed.slot(), same(0x46, 24), concat({same(0, 1), card_bytes}))));
  feed.add("4.manifest", v1::KIND_SPACE_MANIFEST, proto::encode(manifest), 1, v1::TLP_AMBER);

  v1::Post post;
  post.set_title("Who has them?");
  post.set_text("The travel rules of 2026, in *any* format.");
  v1::Content content;
  content.mutable_author()->set_agency(text(author.id));
  content.mutable_author()->set_user(text(same(0x47, 16)));
  content.set_type("post");
  content.set_data(text(sheet.note("5.post", proto::encode(post))));
  const Bytes content_bytes = sheet.note("5.content", proto::encode(content));
  const Bytes slot = feed.slot();
  const Bytes body =
      sealed_body(sheet, "5.post", feed_key, slot, same(0x48, 24), concat({same(0, 1), content_bytes}));
  feed.add("5.post", v1::KIND_CONTENT, body, 1, v1::TLP_GREEN);
  feed.sign_run("5.signature");
  sheet.note("batch", [&] {
    feed.batch.set_feed(text(feed_id));
    return proto::encode(feed.batch);
  }());

  // The program takes all of it.
  const crypto::KeyChain chain = author.chain();
  const feed::ChainSigners signers([&](const proto::AgencyId&) { return &chain; });
  feed::FeedState state;
  state.end.agency = id_from<proto::AgencyId>(author.id);
  state.end.feed = id_from<proto::FeedId>(feed_id);
  state.space = id_from<proto::SpaceId>(space);
  state.incarnation = id_from<proto::Incarnation>(incarnation);
  std::vector<feed::WireEntry> entries;
  for (const v1::Entry& entry : feed.batch.entry())
    entries.push_back(feed::view_of(entry));
  const feed::IngestContext judged{.self = id_from<proto::AgencyId>(reader.id),
                                   .sender = id_from<proto::AgencyId>(author.id),
                                   .now = feed::from_millis(kNowMs + 1000),
                                   .ceiling = {.tlp = v1::TLP_AMBER},
                                   .signers = signers};
  const feed::Checked checked = feed::check_batch(state, std::nullopt, entries, judged);
  REQUIRE_MESSAGE(!checked.refusal, (checked.refusal ? proto::to_string(checked.refusal->error) : ""));
  REQUIRE(checked.entries.size() == 5);
  for (const feed::CheckedEntry& entry : checked.entries)
    CHECK(entry.withheld == feed::Withholding::kNone);

  const crypto::GrantContext granted{id_from<proto::AgencyId>(author.id), id_from<proto::FeedId>(feed_id),
                                     proto::KeyEpoch{1}, id_from<proto::AgencyId>(reader.id)};
  const auto own = crypto::X25519KeyPair::from_private(reader.encryption).value();
  crypto::Key32 shared;
  std::ranges::copy(psk, shared.writable().begin());
  const crypto::Key32* const held[] = {&shared};
  for (const Bytes& sealed : {ct, base_ct}) {
    crypto::WrappedFeedKey wrapped{id_from<crypto::X25519PublicKey>(x_public(ephemeral)), {}};
    std::ranges::copy(sealed, wrapped.ciphertext.begin());
    const auto unwrapped = crypto::unwrap_feed_key(wrapped, granted, own, held);
    REQUIRE(unwrapped.ok());
    CHECK(proto::equal(unwrapped->key.bytes.view(), feed_key));
    CHECK(unwrapped->with_psk == (sealed == ct));
  }
  crypto::FeedKey key;
  std::ranges::copy(feed_key, key.bytes.writable().begin());
  const auto packed = crypto::open_body(key, checked.entries[4].header.slot(), body);
  REQUIRE(packed.ok());
  CHECK(feed::unpack(*packed).value() == content_bytes);
  sheet.compare();
}

TEST_CASE("worked example: a packed content that zstd made smaller") {
  // Made once by zstd 1.5.4; every version of zstd unpacks it, others may pack in other words.
  Sheet sheet("packed");
  std::string prose;
  for (int i = 0; i < 12; ++i)
    prose += "Nobody answers for a rule that nobody wrote. ";
  const Bytes frame = proto::from_hex(kFrame).value();
  const Bytes packed = sheet.note("packed", concat({same(1, 1), frame}));
  sheet.note("content", as_bytes(prose));
  const auto unpacked = feed::unpack(packed);
  REQUIRE_MESSAGE(unpacked.ok(), (unpacked.ok() ? std::string() : proto::to_string(unpacked.error())));
  CHECK(*unpacked == to_bytes(prose));
  CHECK(feed::unpack(feed::pack(as_bytes(prose)).value()).value() == to_bytes(prose));
  sheet.compare();
}

}  // namespace comity::test::worked
