// SPDX-License-Identifier: EUPL-1.2
#include "node/http/parser.h"

#include <algorithm>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace comity::http {
namespace {

namespace beast = boost::beast;
using proto::Code;
using proto::Error;

// "0", an empty line and their ends: no body in chunks has less left before it is whole.
constexpr std::size_t kLeastChunked = 5;

template <class Message>
inline constexpr bool kIsRequest = std::is_same_v<Message, Request>;

Error translate(const beast::error_code& error) {
  using enum beast::http::error;
  if (error == header_limit) return {Code::kHttpHeaderTooLarge, {}};
  if (error == body_limit) return {Code::kHttpBodyTooLarge, {}};
  if (error == bad_version || error == bad_transfer_encoding)
    return {Code::kHttpUnsupported, error.message()};
  return {Code::kHttpMalformed, error.message()};
}

}  // namespace

template <class Message>
struct Parser<Message>::State {
  explicit State(Limits given) : limits(given) {
    beast.header_limit(static_cast<std::uint32_t>(limits.header));
    beast.body_limit(limits.body);
    // Beast then hands over the body without waiting for another call after the header.
    beast.eager(true);
  }

  Limits limits;
  beast::http::parser<kIsRequest<Message>, beast::http::string_body> beast;
  // What Beast could not use yet: it wants a whole header line, or chunk header, in one piece.
  std::string pending;
};

template <class Message>
Parser<Message>::Parser(Limits limits) : state_(std::make_unique<State>(limits)) {}
template <class Message>
Parser<Message>::Parser(Parser&&) noexcept = default;
template <class Message>
Parser<Message>& Parser<Message>::operator=(Parser&&) noexcept = default;
template <class Message>
Parser<Message>::~Parser() = default;

template <class Message>
proto::Result<std::size_t> Parser<Message>::feed(proto::ByteView bytes) {
  State& state = *state_;
  std::size_t taken = 0;
  while (!done()) {
    // No line of a header or of the chunked coding is longer than the header may be: that bounds `pending`.
    const std::size_t room = state.limits.header - state.pending.size();
    const std::string_view more = proto::as_text(bytes.subspan(taken)).substr(0, room);
    state.pending += more;
    taken += more.size();
    if (state.pending.empty()) break;
    // Once it has seen the last chunk begin, Beast asserts that this much is there.
    if (header_done() && state.beast.chunked() && state.pending.size() < kLeastChunked) break;

    beast::error_code error;
    const std::size_t used =
        state.beast.put(boost::asio::buffer(state.pending.data(), state.pending.size()), error);
    state.pending.erase(0, used);
    if (error && error != beast::http::error::need_more) return translate(error);
    if (used == 0) {
      if (state.pending.size() >= state.limits.header) return Error{Code::kHttpHeaderTooLarge, {}};
      if (taken == bytes.size()) break;
    }
  }
  if (done()) {
    // What was kept from earlier calls was part of this message, so all that is left came with this call.
    taken -= state.pending.size();
    state.pending.clear();
  }
  if constexpr (kIsRequest<Message>) {
    if (header_done()) {
      if (state.beast.upgrade()) return Error{Code::kHttpUnsupported, "an upgrade"};
      // Beast would hand over a compressed body as it is, and take a body without length for none.
      const auto coding = state.beast.get().find(beast::http::field::transfer_encoding);
      if (coding != state.beast.get().end() && !beast::iequals(coding->value(), "chunked")) {
        return Error{Code::kHttpUnsupported, "a transfer coding other than chunked"};
      }
    }
  }
  return taken;
}

template <class Message>
proto::Status Parser<Message>::finish() {
  beast::error_code error;
  state_->beast.put_eof(error);
  if (error) return translate(error);
  if (!done()) return Error{Code::kHttpMalformed, "it is cut short"};
  return {};
}

template <class Message>
bool Parser<Message>::started() const noexcept {
  return state_->beast.got_some() || !state_->pending.empty();
}

template <class Message>
bool Parser<Message>::header_done() const noexcept {
  return state_->beast.is_header_done();
}

template <class Message>
bool Parser<Message>::expects_continue() const {
  return header_done() && beast::iequals(state_->beast.get()[beast::http::field::expect], "100-continue");
}

template <class Message>
bool Parser<Message>::done() const noexcept {
  return state_->beast.is_done();
}

template <class Message>
Message Parser<Message>::take() {
  auto whole = state_->beast.release();
  Message message;
  if constexpr (kIsRequest<Message>) {
    message.method = std::string(whole.method_string());
    message.target = std::string(whole.target());
  } else {
    message.status = whole.result_int();
    message.content_type = std::string(whole[beast::http::field::content_type]);
  }
  for (const auto& field : whole)
    message.fields.add(field.name_string(), field.value());
  message.keep_alive = whole.keep_alive();
  message.body = std::move(whole.body());
  return message;
}

template class Parser<Request>;
template class Parser<Response>;

}  // namespace comity::http
