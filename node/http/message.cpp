// SPDX-License-Identifier: EUPL-1.2
#include "node/http/message.h"

#include <algorithm>

#include <fmt/format.h>

namespace comity::http {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  const auto append_clean = [&out](std::string_view text) {
    constexpr std::string_view kUnclean("\r\n\0", 3);
    for (std::size_t at = text.find_first_of(kUnclean); at != std::string_view::npos;
         at = text.find_first_of(kUnclean)) {
      out += text.substr(0, at);
      text.remove_prefix(at + 1);
    }
    out += text;
  };
  append_clean(name);
  out += ": ";
  append_clean(value);
  out += "\r\n";
}

void append_fields(std::string& out, const Fields& fields) {
  for (const auto& [name, value] : fields.rows())
    append_field(out, name, value);
}

}  // namespace

std::optional<std::string_view> Fields::find(std::string_view name) const {
  const auto row =
      std::ranges::find_if(rows_, [&](const auto& field) { return same_name(field.first, name); });
  if (row == rows_.end()) return std::nullopt;
  return row->second;
}

void Fields::erase(std::string_view name) {
  std::erase_if(rows_, [&](const auto& field) { return same_name(field.first, name); });
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 202:
      return "Accepted";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

unsigned status_of(proto::Code code) noexcept {
  switch (code) {
    case proto::Code::kHttpMalformed:
    case proto::Code::kBadArguments:
      return 400;
    case proto::Code::kWebSignInWrong:
    case proto::Code::kWebSignedOut:
      return 401;
    case proto::Code::kNotAllowed:
    case proto::Code::kWebScope:
    case proto::Code::kWebFormStale:
      return 403;
    case proto::Code::kNoSuchCommand:
    case proto::Code::kWebNotThere:
      return 404;
    case proto::Code::kHttpMethod:
      return 405;
    case proto::Code::kHttpTimeout:
      return 408;
    case proto::Code::kHttpBodyTooLarge:
      return 413;
    case proto::Code::kHttpContentType:
      return 415;
    case proto::Code::kWebHost:
      return 421;
    case proto::Code::kWebField:
    case proto::Code::kWebTokenRule:
      return 422;
    case proto::Code::kWebSignInPaced:
      return 429;
    case proto::Code::kHttpHeaderTooLarge:
      return 431;
    case proto::Code::kHttpUnsupported:
      return 501;
    case proto::Code::kNodeDraining:
    case proto::Code::kNodeBusy:
    case proto::Code::kStoreReadOnly:
    case proto::Code::kStoreClosing:
    case proto::Code::kStoreQueueFull:
      return 503;
    case proto::Code::kStoreNoSpace:
      return 507;
    case proto::Code::kUnknown:
    case proto::Code::kStorePermission:
    case proto::Code::kStoreCorrupt:
    case proto::Code::kStoreIncomplete:
    case proto::Code::kStoreBounds:
    case proto::Code::kStoreFailed:
    case proto::Code::kStoreBadKey:
    case proto::Code::kStoreUnknownTable:
      return 500;
    default:
      return 409;
  }
}

std::string to_wire(const Response& response) {
  // Room for the fields that pages have, so that a large body is copied once.
  constexpr std::size_t kFields = 2048;
  std::string out;
  out.reserve(kFields + response.body.size());
  out += fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  if (!response.body.empty() || response.outflow != nullptr)
    append_field(out, "Content-Type", response.content_type);
  append_fields(out, response.fields);
  if (response.outflow != nullptr) {
    append_field(out, "Transfer-Encoding", "chunked");
  } else if (response.status != 204 && response.status != 304) {
    // 204 and 304 have no body by definition and may not announce one (RFC 9110 section 8.6).
    append_field(out, "Content-Length", std::to_string(response.body.size()));
  }
  if (!response.keep_alive) append_field(out, "Connection", "close");
  out += "\r\n";
  out += response.body;
  return out;
}

std::string to_wire(const Request& request) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  append_fields(out, request.fields);
  append_field(out, "Content-Length", std::to_string(request.body.size()));
  if (!request.keep_alive) append_field(out, "Connection", "close");
  out += "\r\n";
  out += request.body;
  return out;
}

}  // namespace comity::http
