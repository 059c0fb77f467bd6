// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/drafts.h"

#include <algorithm>

#include "crypto/aead.h"
#include "node/community/people/drafts_table.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

using Nonce = std::array<std::byte, crypto::kXChaChaNonceBytes>;

crypto::Key32 draft_key(const crypto::Key32& storage_key) {
  constexpr std::string_view kInfo = "comity drafts 1";
  return crypto::hkdf_expand_key(storage_key.view(), {proto::as_bytes(kInfo)});
}

Result<Draft> open_row(const crypto::Key32& key, proto::ByteView at, proto::ByteView value) {
  COMITY_TRY(const auto place, kDrafts.parse(at));
  COMITY_TRY(auto row, feed::RowReader::open(kDrafts.info(), at, value));
  Draft out{.key = std::get<1>(place), .written = from_millis(row.number<std::uint64_t>())};
  const proto::ByteView nonce = row.bytes(crypto::kXChaChaNonceBytes);
  const proto::ByteView sealed = row.rest();
  if (!row.done() || sealed.size() < crypto::kAeadTagBytes)
    return feed::damaged(kDrafts.info(), at, "the layout is another one");
  out.text.resize(sealed.size() - crypto::kAeadTagBytes);
  const auto into = std::as_writable_bytes(std::span(out.text));
  if (!crypto::xchacha20poly1305_open(key.view(), nonce, at, sealed, into).ok())
    return feed::damaged(kDrafts.info(), at, "it is sealed under another key");
  return out;
}

}  // namespace

Result<storage::Batch> keep_draft(const storage::View& view, const crypto::Key32& storage_key,
                                  crypto::Random& random, const UserId& user, const Draft& draft) {
  if (draft.key.empty() || draft.key.size() > kMostDraftKeyBytes)
    return Error{Code::kTextRule, "a draft's key has 1 to 200 bytes"};
  if (draft.text.size() > kMostDraftBytes) return Error{Code::kTextTooLong, "a draft of more than 280 KiB"};
  const crypto::Key32 key = draft_key(storage_key);
  const Bytes at = kDrafts.key(user, draft.key);
  Nonce nonce;
  random.fill(nonce);
  Bytes sealed(draft.text.size() + crypto::kAeadTagBytes);
  COMITY_CHECK(crypto::xchacha20poly1305_seal(key.view(), nonce, at, proto::as_bytes(draft.text), sealed));
  feed::RowWriter row;
  row.number(millis(draft.written)).bytes(nonce).bytes(sealed);
  storage::Batch rows;
  rows.put(at, std::move(row).finish(at));
  COMITY_TRY(const auto there, drafts_of(view, storage_key, user));
  std::size_t kept = 1;
  for (const Draft& one : there) {
    if (one.key == draft.key) continue;
    if (++kept > kMostDrafts) rows.erase(kDrafts.key(user, one.key));
  }
  return rows;
}

storage::Batch drop_draft(const UserId& user, std::string_view key) {
  storage::Batch rows;
  rows.erase(kDrafts.key(user, std::string(key)));
  return rows;
}

Result<std::vector<Draft>> drafts_of(const storage::View& view, const crypto::Key32& storage_key,
                                     const UserId& user) {
  const crypto::Key32 key = draft_key(storage_key);
  std::vector<Draft> out;
  Status status;
  COMITY_CHECK(view.walk(kDrafts.range(user), false, [&](proto::ByteView at, proto::ByteView value) {
    auto draft = open_row(key, at, value);
    if (!draft.ok()) {
      status = draft.error();
      return false;
    }
    out.push_back(*std::move(draft));
    return out.size() < 2 * kMostDrafts;
  }));
  COMITY_CHECK(status);
  std::stable_sort(out.begin(), out.end(),
                   [](const Draft& a, const Draft& b) { return a.written > b.written; });
  return out;
}

}  // namespace comity::community
