// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/asio/socket_stream.h"

namespace comity::runtime::detail {
namespace {

namespace error = boost::asio::error;
using boost::system::errc::errc_t;

std::string detail_of(const boost::system::error_code& code, const std::string& where) {
  return where.empty() ? code.message() : where + ": " + code.message();
}

}  // namespace

Error connect_error(const boost::system::error_code& code, const std::string& where) {
  if (code == error::operation_aborted) return Error{Code::kCancelled};
  if (code == error::connection_refused) return Error{Code::kConnectionRefused, where};
  if (code == error::timed_out) return Error{Code::kTimedOut, where};
  if (code == error::address_in_use) return Error{Code::kAddressInUse, where};
  if (code == error::network_unreachable || code == error::host_unreachable || code == error::network_down ||
      code == errc_t::address_not_available || code == error::address_family_not_supported) {
    return Error{Code::kUnreachable, detail_of(code, where)};
  }
  if (code == error::access_denied || code == errc_t::operation_not_permitted) {
    return Error{Code::kNotPermitted, where};
  }
  if (code == error::no_descriptors || code == errc_t::too_many_files_open_in_system ||
      code == error::no_buffer_space || code == error::no_memory) {
    return Error{Code::kOutOfSockets, detail_of(code, where)};
  }
  if (code == error::host_not_found || code == error::host_not_found_try_again || code == error::no_data ||
      code == error::service_not_found) {
    return Error{Code::kNameNotFound, detail_of(code, where)};
  }
  if (code == error::connection_reset) return Error{Code::kConnectionReset, where};
  return Error{Code::kTransport, detail_of(code, where)};
}

Error stream_error(const boost::system::error_code& code, bool closed) {
  if (closed) return Error{Code::kStreamClosed};
  if (code == error::operation_aborted) return Error{Code::kCancelled};
  if (code == error::eof) return Error{Code::kEndOfStream};
  if (code == error::connection_reset || code == error::broken_pipe || code == error::connection_aborted ||
      code == error::timed_out || code == error::network_reset || code == error::host_unreachable ||
      code == error::network_unreachable || code == error::not_connected) {
    return Error{Code::kConnectionReset, code.message()};
  }
  return Error{Code::kTransport, code.message()};
}

}  // namespace comity::runtime::detail
