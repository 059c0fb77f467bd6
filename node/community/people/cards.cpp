// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/cards.h"

#include "crypto/secret.h"
#include "node/community/people/people.h"
#include "node/community/people/profile.h"
#include "node/community/tables.h"
#include "node/feed/reader.h"
#include "node/feed/row.h"
#include "node/feed/withdraw.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

constexpr std::size_t kMostNamesakes = 16;
// Rows of one handle that are looked at: a handle that goes from person to person costs no more.
constexpr std::size_t kMostLooked = 256;

}  // namespace

void put_card(storage::Batch& rows, const CardPlace& place, const v1::ProfileCard& card) {
  const Bytes key = kNames.key(place.space, place.agency, place.user, place.order, place.feed, place.seq);
  feed::RowWriter row;
  row.bytes(proto::encode(card));
  rows.put(key, std::move(row).finish(key));
  rows.put(kToldHandles.key(place.space, place.agency, card.handle(), place.user), {});
}

Result<v1::ProfileCard> decode_card_row(ByteView key, ByteView value) {
  COMITY_TRY(auto row, feed::RowReader::open(kNames.info(), key, value));
  auto card = proto::decode<v1::ProfileCard>(row.rest(), kProfileCardBytes);
  if (!card.ok()) return feed::damaged(kNames.info(), key, "it holds no card");
  return card;
}

Result<std::optional<ToldCard>> told_card(const storage::View& view, const SpaceId& space,
                                          const AgencyId& agency, const UserId& user) {
  std::optional<ToldCard> out;
  Status status;
  COMITY_CHECK(view.walk(kNames.range(space, agency, user), true, [&](ByteView key, ByteView value) {
    const auto place = kNames.parse(key);
    auto card = decode_card_row(key, value);
    if (place.ok() && card.ok()) {
      out = ToldCard{*std::move(card), std::get<4>(*place), std::get<5>(*place)};
    } else {
      status = place.ok() ? card.error() : place.error();
    }
    return false;
  }));
  COMITY_CHECK(status);
  return out;
}

Result<bool> card_stands(const storage::View& view, const ToldCard& card) {
  // Nothing that is opened here: the storage key stays where it is.
  const crypto::Key32 no_key;
  const feed::FeedReader reader(view, no_key);
  COMITY_TRY(const auto withheld, reader.withheld(card.feed, card.seq));
  if (withheld.why != feed::Withholding::kNone) return false;
  COMITY_TRY(const auto stored, reader.header(card.feed, card.seq));
  COMITY_TRY(const auto word, feed::withdrawn(view, stored.header, [](const AgencyId&) { return false; }));
  return !word.has_value();
}

Result<std::vector<UserId>> told_users(const storage::View& view, const SpaceId& space,
                                       const AgencyId& agency, std::string_view handle,
                                       const std::optional<UserId>& known) {
  std::vector<UserId> told;
  if (!is_handle(handle)) return told;
  const storage::Range range = kToldHandles.range(space, agency, std::string(handle));
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView) {
    if (const auto place = kToldHandles.parse(key); place.ok()) told.push_back(std::get<3>(*place));
    return told.size() < kMostLooked;
  }));
  std::vector<UserId> out;
  for (const UserId& user : told) {
    if (user == known) {
      out.push_back(user);
      continue;
    }
    COMITY_TRY(const auto card, told_card(view, space, agency, user));
    if (!card || card->card.handle() != handle) continue;
    COMITY_TRY(const bool stands, card_stands(view, *card));
    if (stands) out.push_back(user);
    if (out.size() == kMostNamesakes) break;
  }
  return out;
}

}  // namespace comity::community
