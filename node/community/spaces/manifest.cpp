// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/manifest.h"

#include <algorithm>

#include "crypto/sha256.h"
#include "node/community/text.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::size_t kGenesisBytes = 256;
constexpr std::size_t kCardBytes = 16384;
constexpr std::size_t kSlugBytes = 64;

Error bad(std::string_view what) {
  return {Code::kFeedBodyRule, "manifest: " + std::string(what)};
}

bool ascends(const auto& ids) {
  return std::adjacent_find(ids.begin(), ids.end(), [](const auto& a, const auto& b) { return !(a < b); }) ==
         ids.end();
}

}  // namespace

SpaceId space_id(ByteView genesis) {
  return SpaceId(crypto::tagged_hash("space", {genesis}).bytes());
}

Result<Manifest> read_manifest(ByteView body) {
  Manifest out;
  COMITY_TRY(out.message, proto::decode<v1::SpaceManifest>(body, proto::bounds::kSealedBodyBytes));
  const v1::SpaceManifest& message = out.message;
  const ByteView genesis = proto::as_bytes(message.genesis());
  COMITY_TRY(out.genesis, proto::decode<v1::SpaceGenesis>(genesis, kGenesisBytes));
  if (out.genesis.v() != 1) return bad("another version");
  out.space = space_id(genesis);
  out.steward = id_in<AgencyId>(out.genesis.steward());
  COMITY_TRY(out.ceiling, policy::label_from(message.ceiling()));

  std::vector<AgencyId> members;
  for (const v1::Member& member : message.member())
    members.push_back(id_in<AgencyId>(member.agency()));
  if (!ascends(members)) return bad("members do not ascend");
  if (!std::binary_search(members.begin(), members.end(), out.steward))
    return bad("its steward is no member");
  std::vector<AgencyId> relays;
  for (const std::string& relay : message.relay())
    relays.push_back(id_in<AgencyId>(relay));
  if (!ascends(relays)) return bad("relays do not ascend");
  if ((message.history() == v1::HISTORY_RULE_SINCE) != (message.history_since() != 0)) {
    return bad("a start of history without its rule, or the rule without it");
  }
  if (out.genesis.kind() == v1::SPACE_KIND_INSIDE && (members.size() != 1 || !relays.empty())) {
    return bad("an inside space with others in it");
  }
  return out;
}

const v1::Member* find_member(const v1::SpaceManifest& manifest, const AgencyId& agency) {
  for (const v1::Member& member : manifest.member()) {
    if (proto::equal(proto::as_bytes(member.agency()), agency.view())) return &member;
  }
  return nullptr;
}

void put_member(v1::SpaceManifest& manifest, const AgencyId& agency, v1::MemberRole role) {
  erase_member(manifest, agency);
  v1::Member* added = manifest.add_member();
  added->set_agency(field(agency.view()));
  added->set_role(role);
  std::sort(manifest.mutable_member()->begin(), manifest.mutable_member()->end(),
            [](const v1::Member& a, const v1::Member& b) { return a.agency() < b.agency(); });
}

bool erase_member(v1::SpaceManifest& manifest, const AgencyId& agency) {
  auto* members = manifest.mutable_member();
  const auto at = std::find_if(members->begin(), members->end(), [&](const v1::Member& member) {
    return proto::equal(proto::as_bytes(member.agency()), agency.view());
  });
  if (at == members->end()) return false;
  members->erase(at);
  return true;
}

policy::SpaceRules rules_of(const Manifest& manifest) {
  policy::SpaceRules rules{.id = manifest.space,
                           .kind = manifest.genesis.kind(),
                           .ceiling = manifest.ceiling,
                           .closed = manifest.message.closed()};
  for (const v1::Member& member : manifest.message.member())
    rules.members.push_back(id_in<AgencyId>(member.agency()));
  return rules;
}

bool is_slug(std::string_view text) noexcept {
  if (text.empty() || text.size() > kSlugBytes || text.back() == '/') return false;
  bool begins = true;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (begins ? !letter : !letter && c != '-' && c != '/') return false;
    begins = c == '/';
  }
  return true;
}

Result<v1::SpaceCard> read_card(ByteView bytes) {
  COMITY_TRY(auto card, proto::decode<v1::SpaceCard>(bytes, kCardBytes));
  if (!is_slug(card.slug())) return Error{Code::kSlugRule, {}};
  if (!proto::is_plain_line(proto::as_bytes(card.title()))) return Error{Code::kTextRule, "the title"};
  COMITY_CHECK(check_optional_text(card.description(), kCardBytes));
  return card;
}

std::vector<Person> people_of(const v1::SpaceCard& card) {
  std::vector<Person> out;
  for (const v1::UserRef& ref : card.people())
    out.push_back({id_in<AgencyId>(ref.agency()), id_in<UserId>(ref.user())});
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string_view kind_text(v1::SpaceKind kind) noexcept {
  switch (kind) {
    case v1::SPACE_KIND_INSIDE:
      return "inside";
    case v1::SPACE_KIND_SHARED:
      return "shared";
    case v1::SPACE_KIND_CIRCLE:
      return "circle";
    case v1::SPACE_KIND_DIRECTORY:
      return "directory";
    default:
      return "unknown";
  }
}

}  // namespace comity::community
