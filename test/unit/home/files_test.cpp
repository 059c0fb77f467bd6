// SPDX-License-Identifier: EUPL-1.2
#include "node/home/files.h"

#include <cerrno>

#include <doctest/doctest.h>
#include <unistd.h>
#include <sys/stat.h>

#include "node/home/lock.h"
#include "test/unit/home/folder.h"

namespace comity::home {

using proto::Code;

TEST_CASE("a new file is private and never replaces one") {
  Folder folder;
  const auto file = folder.path / "secret";
  REQUIRE(write_new_file(file, proto::as_bytes("first")).ok());
  struct stat about {};
  REQUIRE(::stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777U) == 0600);
  CHECK(write_new_file(file, proto::as_bytes("second")).error().code == Code::kHomeExists);
  CHECK(proto::as_text(read_file(file, 100)->view()) == "first");
}

TEST_CASE("replacing leaves the new bytes and nothing else") {
  Folder folder;
  const auto file = folder.path / "boots";
  REQUIRE(write_new_file(file.string() + ".new", proto::as_bytes("left by a crash")).ok());
  REQUIRE(replace_file(file, proto::as_bytes("one")).ok());
  REQUIRE(replace_file(file, proto::as_bytes("two")).ok());
  CHECK(proto::as_text(read_file(file, 100)->view()) == "two");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("what is too large, no file, or absent is refused by name") {
  Folder folder;
  REQUIRE(write_new_file(folder.path / "large", proto::Bytes(11)).ok());
  CHECK(read_file(folder.path / "large", 11).ok());
  CHECK(read_file(folder.path / "large", 10).error().code == Code::kHomeDamaged);
  CHECK(read_file(folder.path, 10).error().code == Code::kHomeDamaged);
  REQUIRE(::mkfifo((folder.path / "pipe").c_str(), 0600) == 0);
  CHECK(read_file(folder.path / "pipe", 10).error().code == Code::kHomeDamaged);
  const auto absent = read_file(folder.path / "absent", 10);
  CHECK(absent.error() == proto::Error{Code::kHomeMissing, (folder.path / "absent").string()});
}

TEST_CASE("the system's reasons have codes of their own") {
  CHECK(file_error(EACCES, "/x").code == Code::kHomePermission);
  CHECK(file_error(EROFS, "/x").code == Code::kHomePermission);
  CHECK(file_error(ENOSPC, "/x").code == Code::kHomeNoSpace);
  CHECK(file_error(EDQUOT, "/x").code == Code::kHomeNoSpace);
  CHECK(file_error(EIO, "/x").code == Code::kHomeFailed);
  CHECK(file_error(EIO, "/x").detail == "/x: Input/output error");
}

TEST_CASE("one process works on a directory at a time") {
  Folder folder;
  {
    const auto lock = DirectoryLock::take(folder.path / "lock");
    REQUIRE(lock.ok());
    // flock belongs to the open file, so a second take is refused within one process as well.
    const auto second = DirectoryLock::take(folder.path / "lock");
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == Code::kHomeBusy);
    CHECK(second.error().detail == folder.path.string() + ", process " + std::to_string(::getpid()));
  }
  CHECK(DirectoryLock::take(folder.path / "lock").ok());
}

}  // namespace comity::home
