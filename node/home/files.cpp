// SPDX-License-Identifier: EUPL-1.2
#include "node/home/files.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace comity::home {
namespace {

using proto::Code;
using proto::Error;
using proto::Status;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] bool open() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

Status write_all(int descriptor, proto::ByteView bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error(errno, file);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  if (::fsync(descriptor) != 0) return file_error(errno, file);
  return {};
}

}  // namespace

Error file_error(int number, const std::filesystem::path& path) {
  const std::string what = fmt::format("{}: {}", path.string(), std::generic_category().message(number));
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return {Code::kHomePermission, what};
    case ENOSPC:
    case EDQUOT:
      return {Code::kHomeNoSpace, what};
    case ENOENT:
    case ENOTDIR:
      return {Code::kHomeMissing, path.string()};
    case EEXIST:
      return {Code::kHomeExists, path.string()};
    default:
      return {Code::kHomeFailed, what};
  }
}

proto::Result<crypto::Secret> read_file(const std::filesystem::path& file, std::size_t most) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in.open()) return file_error(errno, file);
  struct stat about {};
  if (::fstat(in.get(), &about) != 0) return file_error(errno, file);
  if (!S_ISREG(about.st_mode)) return Error{Code::kHomeDamaged, file.string() + " is not a plain file"};
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > most) return Error{Code::kHomeDamaged, fmt::format("{}: {} bytes", file.string(), size)};
  crypto::Secret bytes(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::read(in.get(), bytes.writable().data() + filled, size - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error(errno, file);
    if (count == 0) return Error{Code::kHomeDamaged, file.string() + " became shorter while it was read"};
    filled += static_cast<std::size_t>(count);
  }
  return bytes;
}

Status write_new_file(const std::filesystem::path& file, proto::ByteView bytes) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out.open()) return file_error(errno, file);
  Status written = write_all(out.get(), bytes, file);
  if (!written.ok()) ::unlink(file.c_str());
  return written;
}

Status replace_file(const std::filesystem::path& file, proto::ByteView bytes) {
  const std::filesystem::path fresh = file.string() + ".new";
  ::unlink(fresh.c_str());  // left behind by a crash, or absent
  COMITY_CHECK(write_new_file(fresh, bytes));
  if (::rename(fresh.c_str(), file.c_str()) != 0) return file_error(errno, file);
  return sync_directory(file.parent_path());
}

Status sync_directory(const std::filesystem::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open()) return file_error(errno, directory);
  if (::fsync(opened.get()) != 0) return file_error(errno, directory);
  return {};
}

Status make_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0) return file_error(errno, directory);
  return {};
}

Status check_private(const std::filesystem::path& path, unsigned allowed) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return file_error(errno, path);
  const unsigned others = about.st_mode & 077U & ~allowed;
  if (others == 0) return {};
  return Error{Code::kHomeTooOpen, fmt::format("{} has mode {:04o}", path.string(), about.st_mode & 07777U)};
}

}  // namespace comity::home
