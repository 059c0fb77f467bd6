// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/asio/local.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/runtime/asio/socket_stream.h"

namespace comity::runtime {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;
using LocalStream = detail::SocketStream<stream_protocol::socket>;

Error local_error(const error_code& failure, const std::filesystem::path& path) {
  if (failure == boost::system::errc::no_such_file_or_directory) {
    return Error{Code::kConnectionRefused, path.string()};
  }
  return detail::connect_error(failure, path.string());
}

Status check_path(const std::filesystem::path& path) {
  if (path.empty() || path.native().size() >= sizeof(sockaddr_un::sun_path) ||
      path.native().find('\0') != std::string::npos) {
    return Error{Code::kBadSocketPath, path.string()};
  }
  return {};
}

/// Which file stands at a path: two paths name the same file when both numbers agree.
struct FileId {
  dev_t device;
  ino_t inode;
  friend bool operator==(const FileId&, const FileId&) = default;
};

class UnixListener final : public LocalListener {
 public:
  UnixListener(stream_protocol::acceptor acceptor, std::filesystem::path path, FileId file)
      : acceptor_(std::move(acceptor)), path_(std::move(path)), file_(file) {}

  ~UnixListener() override {
    // Another process may have replaced the file by its own meanwhile; that one stays.
    struct stat now {};
    if (::lstat(path_.c_str(), &now) == 0 && FileId{now.st_dev, now.st_ino} == file_) ::unlink(path_.c_str());
  }

  Task<Result<LocalConnection>> accept() override {
    COMITY_CO_CHECK(co_await detail::check_cancelled());
    if (closed_) co_return Error{Code::kStreamClosed};
    auto [failure, socket] = co_await acceptor_.async_accept(detail::kAsTuple);
    if (closed_) co_return Error{Code::kStreamClosed};
    if (failure) co_return detail::connect_error(failure, path_.string());
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
      co_return Error{Code::kTransport, "the kernel does not tell who is calling"};
    }
    LocalConnection connection;
    connection.stream = std::make_unique<LocalStream>(std::move(socket), Endpoint());
    connection.peer = PeerCredentials{credentials.uid, credentials.gid, credentials.pid};
    co_return connection;
  }

  void close() noexcept override {
    closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  stream_protocol::acceptor acceptor_;
  std::filesystem::path path_;
  FileId file_;
  bool closed_ = false;
};

/// Makes room for a new socket file, unless a living listener or something else is there.
Status clear_stale(const Executor& executor, const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode))
    return Error{Code::kBadSocketPath, path.string() + " is another kind of file"};
  error_code failure;
  stream_protocol::socket probe(executor);
  probe.connect(stream_protocol::endpoint(path.native()), failure);
  if (!failure) return Error{Code::kAddressInUse, path.string()};
  if (failure != boost::asio::error::connection_refused) return local_error(failure, path);
  ::unlink(path.c_str());
  return {};
}

}  // namespace

Result<std::unique_ptr<LocalListener>> listen_local(Executor executor, const std::filesystem::path& path,
                                                    LocalAccess access) {
  COMITY_CHECK(check_path(path));
  COMITY_CHECK(clear_stale(executor, path));
  const mode_t mode = access == LocalAccess::kOwner ? 0600 : 0660;
  error_code failure;
  stream_protocol::acceptor acceptor(executor);
  acceptor.open(stream_protocol(), failure);
  // Linux gives the socket file the mode of the unbound socket, so nobody can slip in before a chmod; the
  // umask may still take bits away, hence the second call.
  if (!failure && ::fchmod(acceptor.native_handle(), mode) != 0) {
    failure = error_code(errno, boost::system::system_category());
  }
  if (!failure) acceptor.bind(stream_protocol::endpoint(path.native()), failure);
  if (failure) return local_error(failure, path);
  struct stat made {};
  if (::chmod(path.c_str(), mode) != 0 || ::lstat(path.c_str(), &made) != 0) {
    failure = error_code(errno, boost::system::system_category());
  }
  if (!failure) acceptor.listen(boost::asio::socket_base::max_listen_connections, failure);
  if (failure) return local_error(failure, path);
  return std::unique_ptr<LocalListener>(
      std::make_unique<UnixListener>(std::move(acceptor), path, FileId{made.st_dev, made.st_ino}));
}

Task<Result<std::unique_ptr<Stream>>> dial_local(std::filesystem::path path) {
  COMITY_CO_CHECK(check_path(path));
  COMITY_CO_CHECK(co_await detail::check_cancelled());
  stream_protocol::socket socket(co_await this_executor);
  const auto [failure] =
      co_await socket.async_connect(stream_protocol::endpoint(path.native()), detail::kAsTuple);
  if (failure) co_return local_error(failure, path);
  co_return std::make_unique<LocalStream>(std::move(socket), Endpoint());
}

}  // namespace comity::runtime
