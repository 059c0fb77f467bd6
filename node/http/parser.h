// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <memory>

#include "node/http/message.h"
#include "proto/bounds.h"
#include "proto/bytes.h"

namespace comity::http {

/// What a parser takes at most, in bytes.
struct Limits {
  std::size_t header = proto::bounds::kHttpHeaderBytes;  ///< start line and all fields
  std::size_t body = proto::bounds::kRequestBytes;       ///< after removing the chunked coding
};

/// Reads one HTTP/1.1 message out of bytes that come in pieces (RFC 9112, by Boost.Beast). Sans-I/O: it waits
/// for nothing and knows no time. After an error it is not used again. One thread at a time.
template <class Message>
class Parser {
 public:
  explicit Parser(Limits limits = {});
  Parser(Parser&& other) noexcept;
  Parser& operator=(Parser&& other) noexcept;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser();

  /// Takes the next bytes and keeps what is incomplete. Returns how many were taken: fewer than given once
  /// the message is whole, the rest being the next message. Errors: kHttpMalformed, kHttpHeaderTooLarge,
  /// kHttpBodyTooLarge, kHttpUnsupported (another version of HTTP, an unknown transfer coding, an upgrade).
  [[nodiscard]] proto::Result<std::size_t> feed(proto::ByteView bytes);

  /// Says that no more bytes come: makes an answer without a length whole. Error kHttpMalformed when the
  /// message is cut short.
  [[nodiscard]] proto::Status finish();

  /// Whether any byte has arrived.
  [[nodiscard]] bool started() const noexcept;
  /// Whether all header fields have arrived.
  [[nodiscard]] bool header_done() const noexcept;
  /// Whether the sender waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const;
  [[nodiscard]] bool done() const noexcept;

  /// The whole message. Precondition: done(). Leaves the parser empty of it.
  [[nodiscard]] Message take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using RequestParser = Parser<Request>;
using ResponseParser = Parser<Response>;

extern template class Parser<Request>;
extern template class Parser<Response>;

}  // namespace comity::http
