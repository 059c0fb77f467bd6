// SPDX-License-Identifier: EUPL-1.2
// How a space presents itself: the card in its steward's manifest.
#include <algorithm>

#include "node/community/spaces/guarded.h"
#include "node/community/spaces/spaces.h"
#include "node/community/spaces/turns.h"
#include "node/community/text.h"

namespace comity::community {
namespace {

constexpr std::size_t kDescriptionBytes = 4096;
constexpr std::size_t kTitleBytes = 256;

}  // namespace

Status check_card_texts(const v1::SpaceCard& card) {
  COMITY_CHECK(check_title(card.title()));
  if (card.title().size() > kTitleBytes) return Error{Code::kTitleRule, "at most 256 bytes"};
  return check_optional_text(card.description(), kDescriptionBytes);
}

std::vector<EntryRef> pins_of(const v1::SpaceCard& card) {
  std::vector<EntryRef> out;
  for (const std::string& pin : card.pin()) {
    const auto ref = id_in<EntryRef>(pin);
    if (std::find(out.begin(), out.end(), ref) == out.end()) out.push_back(ref);
  }
  return out;
}

void Spaces::change_card(const SpaceId& id, const CardChange& change, Done done) {
  in_turn(work_, id, done, [this, id, change, done] {
    const auto space = stewarded(id);
    if (!space.ok()) return answer(done, space.error());
    if ((*space)->directory())
      return answer(done, Error{Code::kSpaceKindRule, "a directory presents people and nothing else"});
    if (!(*space)->card) return answer(done, Error{Code::kFeedNoKey, "its card cannot be read"});
    v1::SpaceCard card = *(*space)->card;
    if (const Status fits = change(card); !fits.ok()) return answer(done, fits);
    work_[id].busy = true;
    publish(id, (*space)->manifest.message, std::move(card), [this, id, done](const Status& status) {
      answer(done, status);
      settle(id, {});
    });
  });
}

void Spaces::describe(const SpaceId& id, const NewDescription& what, Done done) {
  const CardChange change = [what](v1::SpaceCard& card) {
    if (what.title) card.set_title(*what.title);
    if (what.description) card.set_description(with_line_feeds(*what.description));
    return check_card_texts(card);
  };
  change_card(id, change, std::move(done));
}

void Spaces::pin(const SpaceId& id, const EntryRef& ref, Done done) {
  const CardChange change = [ref](v1::SpaceCard& card) -> Status {
    const auto pins = pins_of(card);
    if (std::find(pins.begin(), pins.end(), ref) != pins.end())
      return Error{Code::kPinRule, "it is pinned already"};
    if (pins.size() >= kMostPins) return Error{Code::kPinRule, "at most 16; unpin another one first"};
    card.add_pin(field(ref.view()));
    return {};
  };
  change_pins(id, change, std::move(done));
}

void Spaces::unpin(const SpaceId& id, const EntryRef& ref, Done done) {
  const CardChange change = [ref](v1::SpaceCard& card) -> Status {
    auto pins = pins_of(card);
    if (std::erase(pins, ref) == 0) return Error{Code::kPinRule, "it is not pinned"};
    card.clear_pin();
    for (const EntryRef& pin : pins)
      card.add_pin(field(pin.view()));
    return {};
  };
  change_pins(id, change, std::move(done));
}

void Spaces::change_pins(const SpaceId& id, const CardChange& change, Done done) {
  const Space* const space = find(id);
  if (space != nullptr && space->circle())
    return answer(done, Error{Code::kSpaceKindRule, "nothing is pinned in a circle"});
  change_card(id, change, std::move(done));
}

}  // namespace comity::community
