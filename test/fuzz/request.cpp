// SPDX-License-Identifier: EUPL-1.2
// What a browser, a program or an attacker sends to the pages' address: from bytes to what a page is given.
// The input is read as one stream of requests, and once more in small pieces, which may change nothing.
#include <algorithm>
#include <array>

#include "node/http/encoding.h"
#include "node/http/parser.h"
#include "node/web/serve/cookies.h"
#include "node/web/serve/origin.h"
#include "node/web/serve/router.h"
#include "proto/utf8.h"
#include "test/fuzz/target.h"

namespace comity::fuzz {
namespace {

using http::Request;
using proto::ByteView;

constexpr http::Limits kLimits{.header = 2048, .body = 4096};
constexpr std::size_t kPiece = 7;
constexpr std::size_t kMostRequests = 8;

bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_text(const std::string& text) {
  return proto::is_utf8(proto::as_bytes(text)) && text.find('\0') == std::string::npos;
}

web::Router filled() {
  web::Router router;
  for (const char* pattern :
       {"/", "/spaces", "/spaces/new", "/s/{space}", "/s/{space}/new", "/t/{id}", "/people/{who}",
        "/w/{space}/{page*}", "/atom/{token}/tags/{space}/{tag}", "/settings/tokens"})
    router.get(pattern, web::Access::kPerson, {});
  for (const char* pattern :
       {"/s/{space}/posts", "/t/{id}/reply", "/w/{space}/{page*}", "/settings/tokens/{id}/end"})
    router.post(pattern, web::Access::kPerson, {}, web::Sending::kOnce);
  return router;
}

/// Every request that the bytes hold, fed in pieces of that size; an error ends them, as it ends a
/// connection.
std::vector<Request> requests_in(ByteView bytes, std::size_t piece) {
  std::vector<Request> out;
  http::RequestParser parser(kLimits);
  while (!bytes.empty() && out.size() < kMostRequests) {
    const ByteView next = bytes.first(std::min(piece, bytes.size()));
    const auto taken = parser.feed(next);
    if (!taken.ok()) return out;
    require(*taken <= next.size(), "no more is taken than was given");
    require(parser.done() || *taken == next.size(), "what is not whole takes everything");
    bytes = bytes.subspan(*taken);
    if (!parser.done()) continue;
    out.push_back(parser.take());
    parser = http::RequestParser(kLimits);
  }
  return out;
}

bool same(const Request& a, const Request& b) {
  return a.method == b.method && a.target == b.target && a.body == b.body && a.keep_alive == b.keep_alive &&
         a.fields.rows() == b.fields.rows();
}

void check_message(const Request& request) {
  require(request.body.size() <= kLimits.body, "a body is bounded");
  require(!request.target.empty() && !has_controls(request.target), "a target is one line of something");
  std::size_t size = 0;
  for (const auto& [name, value] : request.fields.rows()) {
    size += name.size() + value.size();
    require(!name.empty() && !has_controls(name) && name.find_first_of(" :") == std::string::npos,
            "a name is a token");
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "a value is one line");
  }
  require(size <= kLimits.header, "a header is bounded");
  // Passed on, it would be read as the same one request: nothing is smuggled behind it.
  Request plain = request;
  for (const char* name :
       {"Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Expect", "Proxy-Connection"})
    plain.fields.erase(name);
  const auto again = requests_in(proto::as_bytes(http::to_wire(plain)), kPiece * 1000);
  if (again.empty()) return;  // the length that was added made the header too large
  require(again.size() == 1 && again.front().body == request.body && again.front().target == request.target,
          "what was read is one request and no more");
}

void check_form(std::string_view text) {
  const auto form = web::Form::parse(text);
  if (!form.ok()) return;
  require(form->rows().size() <= web::kMostFields, "fields are bounded");
  std::string written;
  for (const auto& [name, value] : form->rows()) {
    require(is_text(name) && is_text(value), "a field is text");
    written += (written.empty() ? "" : "&") + web::percent_encode(name) + "=" + web::percent_encode(value);
  }
  const auto again = web::Form::parse(written);
  require(again.ok() && again->rows() == form->rows(), "a form that is written is read as it was");
}

void check_path(const web::Router& router, const std::string& method, const std::string& path) {
  const auto found = router.find(method, path);
  if (found.route == nullptr) return;
  for (const auto& [name, value] : found.parts) {
    require(!value.empty() && is_text(value) && !has_controls(value), "a part is text");
    for (std::string_view rest = value; !rest.empty();) {
      const std::string_view piece = rest.substr(0, rest.find('/'));
      require(!piece.empty() && piece != "." && piece != "..", "a part leads nowhere else");
      rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
    }
  }
  const auto decoded = web::percent_decode(path, false);
  require(decoded && web::percent_decode(web::percent_encode(*decoded), false) == decoded,
          "a path that is written is read as it was");
}

void check_origin(const Request& request, const config::Settings& settings) {
  const http::Caller caller{.address = "192.0.2.1"};
  const auto origin = web::origin_of(request, caller, false, settings);
  if (!origin.ok()) return;
  require(origin->proxied || (origin->address == caller.address && !origin->secure),
          "only a proxy is believed");
  require(!has_controls(origin->host) && origin->host.find_first_of("/\\@ \"<>") == std::string::npos,
          "a host is a name");
  const auto person = web::proxy_person(request, *origin, settings);
  require(!person || origin->proxied, "only a proxy signs anybody in");
  (void)web::comes_from_elsewhere(request, *origin);
}

void check_fields(const Request& request) {
  const auto field = [&](std::string_view name) {
    return request.fields.find(name).value_or(std::string_view());
  };
  (void)http::takes_gzip(field("Accept-Encoding"));
  (void)http::none_match_holds(field("If-None-Match"), "\"0123456789abcdef\"");
  for (const std::string_view name :
       {web::kSessionCookie, web::kFormCookie, std::string_view("comity_zone")}) {
    const auto value = web::find_cookie(field("Cookie"), name, false);
    if (!value) continue;
    require(value->find(';') == std::string::npos, "a cookie ends where the next begins");
    const std::string plain = web::plain_value(value, 64, "UTC");
    require(!plain.empty() && plain.size() <= 64 && plain.find_first_of(".<>&\"' \\;%") == std::string::npos,
            "what a reader chose is plain words");
  }
  const std::string next = web::safe_next(request.target);
  require(next.starts_with('/') && !next.starts_with("//") && !has_controls(next) &&
              next.find('\\') == std::string::npos,
          "after signing in one is here");
}

void check(const Request& request) {
  static const web::Router router = filled();
  static const auto settings = [] {
    std::array<config::Settings, 2> out{};
    out[1].web.hosts = {"comity.health.example"};
    out[1].web.proxies = {"192.0.2.1", "2001:db8::1"};
    out[1].web.sign_in_header = "X-Remote-User";
    return out;
  }();
  check_message(request);
  const std::size_t question = request.target.find('?');
  check_path(router, request.method, request.target.substr(0, question));
  if (question != std::string::npos) check_form(std::string_view(request.target).substr(question + 1));
  check_form(request.body);
  for (const auto& each : settings)
    check_origin(request, each);
  check_fields(request);
}

}  // namespace
}  // namespace comity::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace comity::fuzz;
  const auto bytes = view(data, size);
  const auto whole = requests_in(bytes, size);
  const auto pieces = requests_in(bytes, kPiece);
  require(std::ranges::equal(whole, pieces, same), "pieces of any size are the same requests");
  for (const auto& request : whole)
    check(request);
  return 0;
}
