// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/local.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/runtime/asio/local.h"
#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"

namespace comity::runtime {
namespace {

namespace fs = std::filesystem;

/// A folder that goes away with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "comity-local-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { fs::remove_all(path_); }
  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// A socket file whose process is gone.
void leave_stale_socket(const fs::path& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  ::close(descriptor);
}

mode_t mode_of(const fs::path& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

Task<void> call(fs::path path) {
  auto stream = co_await dial_local(path);
  REQUIRE(stream.ok());
  CHECK((*stream)->peer().empty());
  const Status written = co_await write_all(**stream, proto::as_bytes("who am I"));
  CHECK(written.ok());
}

Task<void> check_caller(LocalListener* listener, fs::path path) {
  Nursery nursery(co_await this_executor);
  nursery.spawn("call", call(path));
  auto connection = co_await listener->accept();
  REQUIRE(connection.ok());
  CHECK(connection->peer.uid == ::getuid());
  CHECK(connection->peer.gid == ::getgid());
  CHECK(connection->peer.pid == ::getpid());
  proto::Bytes text(8);
  const Status read = co_await read_exactly(*connection->stream, text);
  CHECK(read.ok());
  CHECK(proto::as_text(text) == "who am I");
  const Status end = co_await read_exactly(*connection->stream, text);
  CHECK(end.error().code == Code::kEndOfStream);
  co_await nursery.join();
}

Task<Code> dial_code(fs::path path) {
  const auto stream = co_await dial_local(path);
  co_return stream.ok() ? Code::kUnknown : stream.error().code;
}

Task<void> accept_code(LocalListener* listener, Code* code) {
  const auto connection = co_await listener->accept();
  if (!connection.ok()) *code = connection.error().code;
}

Task<void> close_under_accept(LocalListener* listener) {
  Nursery nursery(co_await this_executor);
  Code code = Code::kUnknown;
  nursery.spawn("accept", accept_code(listener, &code));
  for (int i = 0; i < 5; ++i)
    co_await yield_now();
  listener->close();
  co_await nursery.join();
  CHECK(code == Code::kStreamClosed);
}

}  // namespace

TEST_CASE("a local socket tells who calls, and is open to its owner only") {
  Loop loop;
  const TemporaryFolder folder;
  const fs::path path = folder / "control.sock";
  {
    const auto listener = listen_local(loop.executor(), path, LocalAccess::kOwner);
    REQUIRE(listener.ok());
    CHECK(mode_of(path) == 0600);
    loop.run(check_caller(listener->get(), path));
    loop.run(close_under_accept(listener->get()));
  }
  CHECK_FALSE(fs::exists(path));
  CHECK(loop.run(dial_code(path)) == Code::kConnectionRefused);
}

TEST_CASE("a socket file that somebody answers is not taken over") {
  Loop loop;
  const TemporaryFolder folder;
  const fs::path path = folder / "control.sock";
  const auto listener = listen_local(loop.executor(), path, LocalAccess::kOwner);
  REQUIRE(listener.ok());
  CHECK(listen_local(loop.executor(), path, LocalAccess::kOwner).error().code == Code::kAddressInUse);
  CHECK(fs::exists(path));
}

TEST_CASE("a local socket may be open to its group") {
  Loop loop;
  const TemporaryFolder folder;
  const mode_t before = ::umask(0077);
  const auto listener = listen_local(loop.executor(), folder / "group.sock", LocalAccess::kOwnerAndGroup);
  ::umask(before);
  REQUIRE(listener.ok());
  CHECK(mode_of(folder / "group.sock") == 0660);
}

TEST_CASE("a stale socket file is replaced, any other file is left alone") {
  Loop loop;
  const TemporaryFolder folder;
  const fs::path stale = folder / "stale.sock";
  leave_stale_socket(stale);
  CHECK(loop.run(dial_code(stale)) == Code::kConnectionRefused);
  const auto listener = listen_local(loop.executor(), stale, LocalAccess::kOwner);
  REQUIRE(listener.ok());
  loop.run(check_caller(listener->get(), stale));

  const fs::path file = folder / "file";
  std::ofstream(file) << "precious";
  CHECK(listen_local(loop.executor(), file, LocalAccess::kOwner).error().code == Code::kBadSocketPath);
  CHECK(fs::file_size(file) == 8);
}

TEST_CASE("a listener removes its own socket file only") {
  Loop loop;
  const TemporaryFolder folder;
  const fs::path path = folder / "control.sock";
  auto listener = listen_local(loop.executor(), path, LocalAccess::kOwner);
  REQUIRE(listener.ok());
  fs::remove(path);
  std::ofstream(path) << "another";
  std::move(listener).value().reset();
  CHECK(fs::exists(path));
}

TEST_CASE("paths that cannot be sockets are refused") {
  Loop loop;
  const TemporaryFolder folder;
  const fs::path too_long = folder / std::string(120, 'x').c_str();
  CHECK(listen_local(loop.executor(), too_long, LocalAccess::kOwner).error().code == Code::kBadSocketPath);
  CHECK(listen_local(loop.executor(), {}, LocalAccess::kOwner).error().code == Code::kBadSocketPath);
  const fs::path nul(std::string("a\0b", 3));
  CHECK(listen_local(loop.executor(), nul, LocalAccess::kOwner).error().code == Code::kBadSocketPath);
  CHECK(loop.run(dial_code(too_long)) == Code::kBadSocketPath);
}

}  // namespace comity::runtime
