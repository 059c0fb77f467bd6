// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/space.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "storage/rocks/status.h"

namespace comity::storage {
namespace {

// 64 groups of kStoreGroupBytes are less than this.
constexpr std::uint64_t kPlentyBytes = std::uint64_t{1024} * 1024 * 1024;
// Enough to bring an open write buffer to its end.
constexpr std::uint64_t kWorkingBytes = 4 * 1024 * 1024;
constexpr std::size_t kPieceBytes = 1024 * 1024;
// What opening writes at most: manifest, options, the beginnings of a log. Nothing is flushed by it.
constexpr std::uint64_t kOpeningBytes = 2 * 1024 * 1024;

}  // namespace

Space::Space(rocksdb::FileSystem& files, std::string path, std::uint64_t ballast_bytes,
             std::uint64_t reserve_bytes)
    : files_(files),
      path_(std::move(path)),
      ballast_(path_ + "/" + std::string(kBallastName)),
      ballast_bytes_(ballast_bytes),
      reserve_bytes_(reserve_bytes) {}

std::optional<std::uint64_t> Space::free_bytes() const {
  std::uint64_t bytes = 0;
  if (!files_.GetFreeSpace(path_, {}, &bytes, nullptr).ok()) return std::nullopt;
  return bytes;
}

bool Space::below_reserve() const {
  if (reserve_bytes_ == 0) return false;
  const auto bytes = free_bytes();
  return bytes && *bytes < reserve_bytes_;
}

bool Space::has_plenty() const {
  const auto bytes = free_bytes();
  return bytes && *bytes >= reserve_bytes_ + kPlentyBytes;
}

bool Space::has_room() const {
  const auto bytes = free_bytes();
  const std::uint64_t ballast = ballast_kept() ? 0 : ballast_bytes_;
  return !bytes || *bytes >= reserve_bytes_ + ballast + kWorkingBytes;
}

bool Space::ballast_kept() const {
  std::uint64_t size = 0;
  return files_.GetFileSize(ballast_, {}, &size, nullptr).ok() && size >= ballast_bytes_;
}

proto::Status Space::keep_ballast() {
  if (ballast_bytes_ == 0 || ballast_kept()) return {};
  const auto write = [&]() -> proto::Status {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    COMITY_CHECK(to_status(files_.NewWritableFile(ballast_, {}, &file, nullptr), "creating the ballast"));
    // Written, not only reserved: some file systems promise room that they do not have.
    const std::string piece(kPieceBytes, '\0');
    for (std::uint64_t written = 0; written < ballast_bytes_;) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, ballast_bytes_ - written));
      COMITY_CHECK(to_status(file->Append({piece.data(), size}, {}, nullptr), "writing the ballast"));
      written += size;
    }
    COMITY_CHECK(to_status(file->Sync({}, nullptr), "syncing the ballast"));
    return to_status(file->Close({}, nullptr), "closing the ballast");
  };
  auto written = write();
  if (!written.ok()) release_ballast();
  return written;
}

void Space::release_ballast() {
  if (ballast_bytes_ != 0) (void)files_.DeleteFile(ballast_, {}, nullptr);
}

proto::Status Space::make_way() {
  auto bytes = free_bytes();
  if (!bytes || *bytes >= kOpeningBytes) return {};
  release_ballast();
  bytes = free_bytes();
  if (!bytes || *bytes >= kOpeningBytes) return {};
  return proto::Error{proto::Code::kStoreNoSpace,
                      fmt::format("{}: {} bytes are free, opening takes {}", path_, *bytes, kOpeningBytes)};
}

}  // namespace comity::storage
