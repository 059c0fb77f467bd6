// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/bearer.h"

#include "crypto/base32.h"

namespace comity::community {
namespace {

constexpr std::string_view kTokenPrefix = "comity_";

}  // namespace

std::string bearer_text(BearerUse use, const Bearer& bearer) {
  const std::string text = crypto::base32_encode(proto::concat({bearer.user.view(), bearer.secret.view()}));
  return use == BearerUse::kToken ? std::string(kTokenPrefix) + text : text;
}

std::optional<Bearer> parse_bearer(BearerUse use, std::string_view text) {
  if (use == BearerUse::kToken) {
    if (!text.starts_with(kTokenPrefix)) return std::nullopt;
    text.remove_prefix(kTokenPrefix.size());
  }
  const auto bytes = crypto::base32_decode(text);
  if (!bytes || bytes->size() != UserId::kSize + SecretHash::kSize) return std::nullopt;
  const ByteView view(*bytes);
  return Bearer{UserId::from(view.first(UserId::kSize)).value(),
                SecretHash::from(view.subspan(UserId::kSize)).value()};
}

SecretHash bearer_hash(BearerUse use, const Bearer& bearer) {
  const std::string_view word = use == BearerUse::kToken ? "token" : "session";
  return crypto::tagged_hash("web-bearer", {proto::as_bytes(word), bearer.user.view(), bearer.secret.view()});
}

}  // namespace comity::community
