// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/control.h"

#include <charconv>
#include <cstring>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/api/control.h"

namespace comity::benchmark {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::size_t kRead = 256U * 1024;

Error broken(std::string_view what) {
  return {Code::kUnknown, "the control socket: " + std::string(what)};
}

}  // namespace

Result<Control> Control::open(const std::filesystem::path& directory) {
  const std::string path = (directory / api::kControlSocket).string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return broken("its path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Control control(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  if (::connect(control.socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return broken("nobody listens on " + path);
  return control;
}

Control::Control(Control&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

Control& Control::operator=(Control&& other) noexcept {
  std::swap(socket_, other.socket_);
  buffer_ = std::move(other.buffer_);
  return *this;
}

Control::~Control() {
  if (socket_ >= 0) ::close(socket_);
}

std::string Control::request(std::string_view command, std::string_view arguments) {
  return fmt::format(
      "POST {}{} HTTP/1.1\r\nHost: control\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      api::kCommandPath, command, arguments.size(), arguments);
}

Result<std::string_view> Control::exchange(std::string_view request) {
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t count = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return broken("it takes no more");
    sent += static_cast<std::size_t>(count);
  }
  buffer_.clear();
  std::size_t filled = 0;
  std::size_t body = 0;
  std::size_t end = 0;
  while (end == 0 || filled < end) {
    if (buffer_.size() < filled + kRead) buffer_.resize(filled + kRead);
    const ssize_t count = ::recv(socket_, buffer_.data() + filled, buffer_.size() - filled, 0);
    if (count <= 0) return broken("it ended");
    filled += static_cast<std::size_t>(count);
    if (end != 0) continue;
    const std::string_view so_far(buffer_.data(), filled);
    const std::size_t blank = so_far.find("\r\n\r\n");
    if (blank == std::string_view::npos) continue;
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t length = so_far.substr(0, blank).find(kLength);
    std::size_t bytes = 0;
    if (length == std::string_view::npos) return broken("an answer without a length");
    std::from_chars(so_far.data() + length + kLength.size(), so_far.data() + blank, bytes);
    body = blank + 4;
    end = body + bytes;
  }
  const std::string_view answer(buffer_.data() + body, end - body);
  if (!std::string_view(buffer_).starts_with("HTTP/1.1 200")) return broken(answer);
  return answer;
}

Result<boost::json::object> Control::ask(std::string_view command, const boost::json::object& arguments) {
  COMITY_TRY(const std::string_view answer, exchange(request(command, boost::json::serialize(arguments))));
  boost::system::error_code failure;
  auto value = boost::json::parse(answer, failure);
  if (failure || !value.is_object()) return broken("an answer that is no object");
  return std::move(value.get_object());
}

}  // namespace comity::benchmark
