// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/chains.h"

#include <fmt/format.h>

#include "node/federation/tables.h"
#include "node/feed/chain_signers.h"
#include "node/feed/row.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::federation {
namespace {

using crypto::KeyChain;

std::size_t bytes_of(const KeyChain& chain) {
  std::size_t bytes = 0;
  for (std::uint32_t version = 1; version <= chain.version(); ++version)
    bytes += chain.signed_bytes(version).size();
  return bytes;
}

Bytes row_of(const KeyChain& chain, std::uint32_t version) {
  const Bytes key = kKeyDocs.key(chain.agency(), version);
  return checked_row(key, {chain.signed_bytes(version)});
}

Status add_version(std::optional<KeyChain>& chain, const AgencyId& agency, ByteView signed_doc,
                   bool& replaced) {
  if (!chain) {
    COMITY_TRY(chain, KeyChain::start(signed_doc, agency));
    return {};
  }
  COMITY_TRY(const KeyChain::Appended appended, chain->append(signed_doc));
  replaced = replaced || appended == KeyChain::Appended::kReplaced;
  return {};
}

}  // namespace

ChainBook::ChainBook(KeyChain own) : self_(own.agency()), chains_(std::make_shared<Map>()) {
  set_own(std::move(own));
}

void ChainBook::set_own(KeyChain own) {
  if (own.agency() != self_) throw std::logic_error("the chain of another agency as our own");
  put(self_, std::make_shared<const KeyChain>(std::move(own)));
}

void ChainBook::put(const AgencyId& agency, std::shared_ptr<const KeyChain> chain) {
  auto next = std::make_shared<Map>(*chains_);
  if (chain) {
    (*next)[agency] = std::move(chain);
  } else {
    next->erase(agency);
  }
  chains_ = std::move(next);
}

Status ChainBook::load(const storage::View& view) {
  auto loaded = std::make_shared<Map>();
  (*loaded)[self_] = chains_->at(self_);
  bytes_ = 0;
  std::optional<KeyChain> chain;
  Status failed;
  const auto keep = [&] {
    if (!chain) return;
    bytes_ += bytes_of(*chain);
    const AgencyId agency = chain->agency();
    (*loaded)[agency] = std::make_shared<const KeyChain>(*std::move(chain));
    chain.reset();
  };
  COMITY_CHECK(view.walk(kKeyDocs.range(), false, [&](ByteView key, ByteView value) {
    const auto parsed = kKeyDocs.parse(key);
    auto row = feed::RowReader::open(kKeyDocs.info(), key, value);
    if (!parsed.ok() || !row.ok()) {
      failed = parsed.ok() ? row.error() : parsed.error();
      return false;
    }
    const AgencyId agency = std::get<0>(*parsed);
    if (chain && chain->agency() != agency) keep();
    bool replaced = false;
    const Status added = add_version(chain, agency, row->rest(), replaced);
    if (!added.ok()) failed = feed::damaged(kKeyDocs.info(), key, proto::to_string(added.error()));
    return added.ok();
  }));
  COMITY_CHECK(failed);
  keep();
  chains_ = std::move(loaded);
  return {};
}

const KeyChain* ChainBook::find(const AgencyId& agency) const {
  const auto at = chains_->find(agency);
  return at == chains_->end() ? nullptr : at->second.get();
}

Result<ChainBook::Taken> ChainBook::take(const v1::KeyDocs& message, bool may_start, std::size_t most) {
  COMITY_TRY(const AgencyId agency, AgencyId::from(view_of(message.agency())));
  const KeyChain* const held = find(agency);
  if (agency == self_ || (held == nullptr && !may_start)) return Taken{};
  std::optional<KeyChain> chain;
  if (held != nullptr) chain = *held;
  const std::size_t bytes_before = held == nullptr ? 0 : bytes_of(*held);
  const Sha256Digest hash_before = held == nullptr ? Sha256Digest() : held->current_hash();
  const std::uint32_t version_before = held == nullptr ? 0 : held->version();

  Taken taken;
  for (const v1::SignedKeyDoc& doc : message.doc()) {
    COMITY_TRY(const Bytes bytes, proto::encode_checked(doc));
    COMITY_CHECK(add_version(chain, agency, bytes, taken.replaced));
  }
  if (!chain || chain->current_hash() == hash_before) return Taken{};
  const std::size_t bytes_after = bytes_of(*chain);
  if (bytes_after > most)
    return Error{Code::kKeyChainFull,
                 fmt::format("{} bytes of one chain, {} are the most", bytes_after, most)};
  if ((held == nullptr && chains_->size() >= kMostChains) ||
      bytes_ - bytes_before + bytes_after > kMostChainBytes) {
    return Error{Code::kKeyChainFull, "the chains of all agencies together"};
  }
  // Where versions fell away every row may be another one.
  const std::uint32_t first = taken.replaced ? 1 : version_before + 1;
  for (std::uint32_t version = first; version <= chain->version(); ++version)
    taken.rows.put(kKeyDocs.key(agency, version), row_of(*chain, version));
  for (std::uint32_t version = chain->version() + 1; version <= version_before; ++version)
    taken.rows.erase(kKeyDocs.key(agency, version));
  for (std::uint32_t version = 1; version <= chain->version(); ++version) {
    for (const crypto::Revocation& each : chain->at(version)->revoked) {
      const crypto::Revocation* const before = held == nullptr ? nullptr : held->revocation(each.key);
      const crypto::Revocation& now = *chain->revocation(each.key);
      if (before == nullptr || *before != now) taken.revoked.push_back(now);
    }
  }
  taken.changed = true;
  bytes_ = bytes_ - bytes_before + bytes_after;
  put(agency, std::make_shared<const KeyChain>(*std::move(chain)));
  return taken;
}

Rows ChainBook::forget(const AgencyId& agency) {
  Rows rows;
  const KeyChain* const held = find(agency);
  if (held == nullptr || agency == self_) return rows;
  for (std::uint32_t version = 1; version <= held->version(); ++version)
    rows.erase(kKeyDocs.key(agency, version));
  bytes_ -= bytes_of(*held);
  put(agency, nullptr);
  return rows;
}

std::vector<v1::KeyDocs> ChainBook::serve(const v1::KeyDocWant& want) const {
  constexpr int kMostDocs = 64;
  std::vector<v1::KeyDocs> out;
  const KeyChain* const chain = find(id_of<AgencyId>(want.agency()));
  if (chain == nullptr) return out;
  std::size_t bytes = 0;
  for (std::uint32_t version = std::max(want.from_version(), 1U); version <= chain->version(); ++version) {
    const ByteView signed_doc = chain->signed_bytes(version);
    auto doc = proto::decode<v1::SignedKeyDoc>(signed_doc, proto::bounds::kSignedKeyDocBytes);
    if (!doc.ok()) throw std::logic_error("a held key document that does not decode");
    if (out.empty() || out.back().doc_size() == kMostDocs || bytes + signed_doc.size() > kServedBytes) {
      out.emplace_back().set_agency(want.agency());
      bytes = 0;
    }
    bytes += signed_doc.size();
    *out.back().add_doc() = *std::move(doc);
  }
  return out;
}

std::unique_ptr<feed::Signers> ChainBook::signers() const {
  return std::make_unique<feed::ChainSigners>([chains = chains_](const AgencyId& agency) -> const KeyChain* {
    const auto at = chains->find(agency);
    return at == chains->end() ? nullptr : at->second.get();
  });
}

}  // namespace comity::federation
