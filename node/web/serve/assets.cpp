// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/assets.h"

#include "node/http/encoding.h"

namespace comity::web {

void Assets::add(std::string_view name, std::string_view hashed_name, std::string_view type,
                 std::string_view bytes) {
  Kept kept{.type = type, .bytes = bytes};
  // Pictures and fonts are compressed already.
  if (type.starts_with("text/") || type.ends_with("javascript") || type.ends_with("+xml") ||
      type.ends_with("json")) {
    auto zipped = http::gzip(bytes, http::Effort::kOnce);
    if (zipped.ok() && zipped->size() < bytes.size()) kept.zipped = *std::move(zipped);
  }
  addresses_.insert_or_assign(std::string(name), std::string(hashed_name));
  kept_.insert_or_assign(std::string(hashed_name), std::move(kept));
}

std::string Assets::address(std::string_view name) const {
  const auto found = addresses_.find(name);
  return found == addresses_.end() ? std::string() : found->second;
}

http::Response Assets::answer(std::string_view hashed_name, const http::Request& request) const {
  const auto found = kept_.find(hashed_name);
  if (found == kept_.end())
    return {.status = 404, .content_type = "text/plain; charset=utf-8", .body = "There is no such file.\n"};
  const Kept& kept = found->second;
  http::Response out{.content_type = std::string(kept.type)};
  out.fields.add("Cache-Control", "public, max-age=31536000, immutable");
  out.fields.add("Vary", "Accept-Encoding");
  const std::string etag = "\"" + std::string(hashed_name) + "\"";
  out.fields.add("ETag", etag);
  if (const auto held = request.fields.find("If-None-Match"); held && http::none_match_holds(*held, etag)) {
    out.status = 304;
    return out;
  }
  const auto taken = request.fields.find("Accept-Encoding");
  if (!kept.zipped.empty() && taken && http::takes_gzip(*taken)) {
    out.fields.add("Content-Encoding", "gzip");
    out.body = kept.zipped;
  } else {
    out.body = std::string(kept.bytes);
  }
  return out;
}

}  // namespace comity::web
