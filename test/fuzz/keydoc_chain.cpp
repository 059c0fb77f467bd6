// SPDX-License-Identifier: EUPL-1.2
// A chain of key documents, from a stranger or from the holder of the root keys. After a first byte of 0 the
// pieces of the input are the documents. Else the input edits documents of a fixed agency, which are then
// signed: that reaches the rules behind the signatures, which no stranger's bytes do.
#include "crypto/keydoc/key_chain.h"
#include "test/fuzz/pieces.h"
#include "test/fuzz/target.h"
#include "test/unit/crypto_protocol/agency_fixture.h"

namespace {

using comity::crypto::KeyChain;
using comity::fuzz::require;

using comity::crypto::KeyDoc;
using comity::crypto::kNow;
using comity::crypto::RevocationReason;
using comity::crypto::TestAgency;
using comity::proto::Bytes;
using comity::proto::ByteView;

void check(KeyChain& chain) {
  require(chain.current().version == chain.version(), "versions are dense");
  require(chain.current().roots.threshold >= 1, "a threshold is never zero");
  for (std::uint32_t version = 1; version <= chain.version(); ++version) {
    const auto again = chain.append(comity::proto::to_bytes(chain.signed_bytes(version)));
    require(again.ok() && again.value() == KeyChain::Appended::kKnown, "what is held is known");
    for (const auto& revoked : chain.at(version)->revoked) {
      require(chain.revocation(revoked.key) != nullptr, "a revocation stays in force");
      require(!chain.current_signing_key(revoked.key, kNow).ok(), "a revoked key signs nothing more");
    }
  }
}

void append(KeyChain& chain, ByteView bytes) {
  const std::uint32_t before = chain.version();
  const auto hash = chain.current_hash();
  const auto agency = chain.agency();
  const auto appended = chain.append(bytes);
  const bool changed = chain.version() != before || chain.current_hash() != hash;
  require(changed == (appended.ok() && appended.value() != KeyChain::Appended::kKnown),
          "a refusal changes nothing");
  require(chain.agency() == agency, "a chain stays one agency's");
}

void stranger(ByteView input) {
  const auto pieces = comity::fuzz::pieces_of(input);
  if (pieces.empty()) return;
  auto chain = KeyChain::start(pieces.front(), std::nullopt);
  if (!chain.ok()) return;
  for (std::size_t i = 1; i < pieces.size(); ++i)
    append(chain.value(), pieces[i]);
  check(chain.value());
}

// One change of a document; `argument` says which or how much.
void edit(KeyDoc& doc, unsigned operation, unsigned argument, const KeyChain& chain, TestAgency& agency) {
  const KeyDoc& base = *chain.at(1 + argument % chain.version());
  const auto uses = comity::crypto::key_uses(base);
  const std::chrono::days days(argument);
  switch (operation) {
    case 0:
      doc = following(chain);
      break;
    case 1:
      doc = next_version(base, comity::crypto::encode_keydoc(base).value());
      break;
    case 2:
      doc.node_sign = {agency.signing_key()};
      break;
    case 3:
      doc.node_sign.push_back(agency.doc.node_sign[0]);
      break;
    case 4:
      doc.witness.clear();
      break;
    case 5:
      doc.node_sign[0].key = agency.doc.witness[0].key;
      break;
    case 6:
      doc.node_sign[0].not_after += days;
      break;
    case 7:
      doc.expires -= days;
      break;
    case 8:
      doc = agency.with_next_roots(doc);
      break;
    case 9:
      doc.roots.threshold = argument;
      break;
    case 10:
      doc.version = argument;
      break;
    case 11:
      doc.short_name += static_cast<char>(argument);
      break;
    default:
      doc.revoked.push_back({uses[argument % uses.size()].id, static_cast<RevocationReason>(1 + argument % 3),
                             argument, kNow - days});
  }
}

void holder(ByteView input) {
  constexpr unsigned kOperations = 15;
  constexpr std::size_t kMostInstructions = 64;
  TestAgency agency(1);
  KeyChain chain = KeyChain::start(agency.sign(agency.doc), std::nullopt).value();
  KeyDoc doc = following(chain);
  input = input.first(std::min(input.size(), 2 * kMostInstructions));
  for (; input.size() >= 2; input = input.subspan(2)) {
    const auto operation = std::to_integer<unsigned>(input[0]) % kOperations;
    const auto argument = std::to_integer<unsigned>(input[1]);
    if (operation < kOperations - 2) {
      edit(doc, operation, argument, chain, agency);
    } else if (comity::crypto::encode_keydoc(doc).ok()) {
      append(chain, operation == kOperations - 1 ? agency.sign(doc) : agency.sign_by_both(doc));
    }
    if (doc.node_sign.empty()) return;
  }
  check(chain);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = comity::fuzz::view(data, size);
  if (input.empty()) return 0;
  if (input[0] == std::byte{0}) {
    stranger(input.subspan(1));
  } else {
    holder(input.subspan(1));
  }
  return 0;
}
