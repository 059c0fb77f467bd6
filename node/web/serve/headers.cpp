// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/headers.h"

namespace comity::web {
namespace {

constexpr std::string_view kContentSecurity =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src "
    "'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

}  // namespace

void add_security_headers(http::Response& response, bool secure) {
  http::Fields& fields = response.fields;
  fields.add("Content-Security-Policy", kContentSecurity);
  fields.add("X-Content-Type-Options", "nosniff");
  fields.add("X-Frame-Options", "DENY");
  fields.add("Referrer-Policy", "same-origin");
  fields.add("Cross-Origin-Opener-Policy", "same-origin");
  fields.add("Cross-Origin-Resource-Policy", "same-origin");
  fields.add("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  if (secure) fields.add("Strict-Transport-Security", "max-age=31536000");
}

}  // namespace comity::web
