// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "proto/result.h"

namespace comity::benchmark {

/// One connection to the control socket of a node, kept open. It does as little as it can with the bytes,
/// since whoever measures shares the processors with whom it measures. Blocks. One thread at a time.
class Control {
 public:
  /// Error kUnknown when nobody listens.
  [[nodiscard]] static proto::Result<Control> open(const std::filesystem::path& directory);
  Control(Control&& other) noexcept;
  Control& operator=(Control&& other) noexcept;
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;
  ~Control();

  /// The bytes of a request, to be sent as often as one likes.
  [[nodiscard]] static std::string request(std::string_view command, std::string_view arguments);
  /// Sends one and gives the body of the answer, valid until the next call. Errors: kUnknown with the problem
  /// that the node states, or when the connection ends.
  [[nodiscard]] proto::Result<std::string_view> exchange(std::string_view request);
  /// The same for one that is asked for once, and read as a whole.
  [[nodiscard]] proto::Result<boost::json::object> ask(std::string_view command,
                                                       const boost::json::object& arguments);

 private:
  explicit Control(int socket) : socket_(socket) {}
  int socket_;
  std::string buffer_;
};

/// Calls `each` with the id of every entry in an answer, in their order. Ids stand first in their rows, and
/// no text can hold their frame, since quotation marks within texts are escaped.
template <class Each>
std::size_t each_id(std::string_view answer, Each each) {
  constexpr std::string_view kFrame = "{\"id\":\"";
  std::size_t count = 0;
  for (std::size_t at = answer.find(kFrame); at != std::string_view::npos; at = answer.find(kFrame, at)) {
    at += kFrame.size();
    const std::size_t end = answer.find('"', at);
    if (end == std::string_view::npos) break;
    each(answer.substr(at, end - at));
    ++count;
  }
  return count;
}

}  // namespace comity::benchmark
