// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include "comity/v1/identity.pb.h"

#include "crypto/keydoc/key_chain.h"
#include "proto/decode.h"
#include "test/golden/worked/rules.h"

namespace comity::test::worked {

inline constexpr std::uint64_t kNowMs = 1'803'859'200'000;  // 2027-03-01T00:00:00Z
inline constexpr std::uint64_t kDayMs = 86'400'000;

[[nodiscard]] inline std::string text(ByteView bytes) {
  return std::string(proto::as_text(bytes));
}

/// An agency of the examples: every private key is one byte repeated.
struct Agency {
  Agency(std::uint8_t first, std::string short_name, std::string legal_name)
      : root(same(first)),
        next_root(same(static_cast<std::uint8_t>(first + 1))),
        node(same(static_cast<std::uint8_t>(first + 2))),
        transport(same(static_cast<std::uint8_t>(first + 3))),
        witness(same(static_cast<std::uint8_t>(first + 4))),
        encryption(same(static_cast<std::uint8_t>(first + 5))),
        nonce(same(static_cast<std::uint8_t>(first + 6))) {
    v1::KeyDoc doc;
    doc.set_version(1);
    put_key(*doc.add_root(), v1::ALG_ED25519, ed_public(root), 0, 0);
    doc.set_threshold(1);
    doc.set_next_root_commit(text(commitment(next_root)));
    put_key(*doc.add_node_sign(), v1::ALG_ED25519, ed_public(node), kNowMs - kDayMs, kNowMs + 365 * kDayMs);
    put_key(*doc.add_transport(), v1::ALG_X25519, x_public(transport), kNowMs - kDayMs,
            kNowMs + 365 * kDayMs);
    doc.set_expires(kNowMs + 300 * kDayMs);
    doc.set_short_name(short_name);
    doc.set_legal_name(legal_name);
    doc.set_nonce(text(nonce));
    put_key(*doc.add_witness(), v1::ALG_ED25519, ed_public(witness), kNowMs - kDayMs, kNowMs + 365 * kDayMs);
    keydoc = proto::encode(doc);
    message = doc;
    id = hash("agency", keydoc);
    keydoc_hash = hash("keydoc", keydoc);
    signed_keydoc = signed_by_root(keydoc);
  }

  /// What commits to a root set of one key with threshold 1.
  static Bytes commitment(ByteView root_seed) {
    const Bytes one = to_bytes(proto::to_be(std::uint32_t{1}));
    return hash("next-root", concat({one, key_id(1, ed_public(root_seed))}));
  }

  static void put_key(v1::Key& out, v1::Alg alg, ByteView pk, std::uint64_t not_before,
                      std::uint64_t not_after) {
    out.set_alg(alg);
    out.set_pk(text(pk));
    out.set_not_before(not_before);
    out.set_not_after(not_after);
  }

  [[nodiscard]] Bytes signed_by_root(ByteView doc) const {
    v1::SignedKeyDoc out;
    out.set_doc(text(doc));
    v1::Sig& sig = *out.add_sigs();
    sig.set_key_id(text(key_id(1, ed_public(root))));
    sig.set_sig(text(sign(root, "keydoc-sig", doc)));
    sig.set_alg(v1::ALG_ED25519);
    return proto::encode(out);
  }

  [[nodiscard]] crypto::KeyChain chain() const {
    return crypto::KeyChain::start(signed_keydoc, id_from<proto::AgencyId>(id)).value();
  }

  Bytes root, next_root, node, transport, witness, encryption, nonce;
  v1::KeyDoc message;
  Bytes keydoc;
  Bytes id;
  Bytes keydoc_hash;
  Bytes signed_keydoc;
};

/// The two agencies of all examples.
[[nodiscard]] inline Agency health() {
  return Agency(0x01, "health", "Ministry of Health");
}
[[nodiscard]] inline Agency finance() {
  return Agency(0x11, "finance", "Ministry of Finance");
}

}  // namespace comity::test::worked
