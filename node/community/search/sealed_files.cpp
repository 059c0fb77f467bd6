// SPDX-License-Identifier: EUPL-1.2
// A shim over SQLite's own file system: https://www.sqlite.org/vfs.html, section 2.1.
#include "node/community/search/sealed_files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

#include <sqlite3.h>

#include "crypto/sha256.h"

namespace comity::community::search {
namespace {

constexpr auto kSector = static_cast<sqlite3_int64>(crypto::kSectorBytes);
constexpr std::size_t kSumBytes = SealedFiles::kSumBytes;
using Buffer = std::array<std::byte, crypto::kSectorBytes>;

/// One open file; the handle of the file system below follows it in memory, where SQLite made room for both.
struct File {
  sqlite3_file base;
  crypto::SectorCipher* cipher;
  std::uint64_t first_number;  ///< so that database and log never seal under one number
  bool is_database;            ///< its pages end in a sum

  [[nodiscard]] sqlite3_file* below() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
  [[nodiscard]] const sqlite3_io_methods& methods() noexcept { return *below()->pMethods; }
};

File& file_of(sqlite3_file* file) noexcept {
  return *reinterpret_cast<File*>(file);
}

sqlite3_int64 whole_sectors(sqlite3_int64 size) noexcept {
  return (size + kSector - 1) / kSector * kSector;
}

// A hole in the file reads as zeros.
bool is_hole(const Buffer& sector) noexcept {
  return std::ranges::all_of(sector, [](std::byte byte) { return byte == std::byte{0}; });
}

// SQLITE_IOERR_SHORT_READ, and zeros, for a sector that is not there.
int read_sector(File& file, sqlite3_int64 number, Buffer& out) noexcept {
  const int read =
      file.methods().xRead(file.below(), out.data(), static_cast<int>(kSector), number * kSector);
  if (read == SQLITE_IOERR_SHORT_READ) out.fill(std::byte{0});
  if (read != SQLITE_OK || is_hole(out)) return read;
  file.cipher->open(file.first_number + static_cast<std::uint64_t>(number), out);
  return SQLITE_OK;
}

int write_sector(File& file, sqlite3_int64 number, Buffer& sector) noexcept {
  file.cipher->seal(file.first_number + static_cast<std::uint64_t>(number), sector);
  return file.methods().xWrite(file.below(), sector.data(), static_cast<int>(kSector), number * kSector);
}

int close_file(sqlite3_file* handle) noexcept {
  File& file = file_of(handle);
  const int closed = file.methods().xClose(file.below());
  delete file.cipher;
  file.cipher = nullptr;
  return closed;
}

// The sum is the last bytes of a page, which SQLite leaves alone (SQLITE_FCNTL_RESERVE_BYTES). It stands
// within the seal, so that a damaged or exchanged sector does not come out as another page.
void put_sum(Buffer& page) noexcept {
  const auto bytes = proto::ByteView(page).first(crypto::kSectorBytes - kSumBytes);
  const auto digest = crypto::sha256({bytes});
  std::memcpy(page.data() + bytes.size(), digest.view().data(), kSumBytes);
}

bool sum_is_right(const std::byte* page) noexcept {
  const proto::ByteView bytes(page, crypto::kSectorBytes - kSumBytes);
  const auto digest = crypto::sha256({bytes});
  return std::memcmp(page + bytes.size(), digest.view().data(), kSumBytes) == 0;
}

int read_file(sqlite3_file* handle, void* to, int amount, sqlite3_int64 from) noexcept {
  File& file = file_of(handle);
  auto* out = static_cast<std::byte*>(to);
  const bool whole = amount == static_cast<int>(kSector) && from % kSector == 0;
  int result = SQLITE_OK;
  Buffer sector;
  while (amount > 0) {
    const auto within = static_cast<std::size_t>(from % kSector);
    const std::size_t step = std::min(crypto::kSectorBytes - within, static_cast<std::size_t>(amount));
    const int read = read_sector(file, from / kSector, sector);
    if (read == SQLITE_IOERR_SHORT_READ) {
      result = read;
    } else if (read != SQLITE_OK) {
      return read;
    }
    std::memcpy(out, sector.data() + within, step);
    out += step;
    from += static_cast<sqlite3_int64>(step);
    amount -= static_cast<int>(step);
  }
  crypto::wipe(sector);
  if (file.is_database && result == SQLITE_OK && whole && !sum_is_right(static_cast<const std::byte*>(to)))
    return SQLITE_CORRUPT;
  return result;
}

int write_file(sqlite3_file* handle, const void* bytes, int amount, sqlite3_int64 to) noexcept {
  File& file = file_of(handle);
  const auto* in = static_cast<const std::byte*>(bytes);
  Buffer sector;
  while (amount > 0) {
    const auto within = static_cast<std::size_t>(to % kSector);
    const std::size_t step = std::min(crypto::kSectorBytes - within, static_cast<std::size_t>(amount));
    if (step != crypto::kSectorBytes) {
      const int read = read_sector(file, to / kSector, sector);
      if (read != SQLITE_OK && read != SQLITE_IOERR_SHORT_READ) return read;
    }
    std::memcpy(sector.data() + within, in, step);
    if (file.is_database) put_sum(sector);
    const int written = write_sector(file, to / kSector, sector);
    if (written != SQLITE_OK) return written;
    in += step;
    to += static_cast<sqlite3_int64>(step);
    amount -= static_cast<int>(step);
  }
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* handle, sqlite3_int64 size) noexcept {
  File& file = file_of(handle);
  return file.methods().xTruncate(file.below(), whole_sectors(size));
}

int sync_file(sqlite3_file* handle, int flags) noexcept {
  File& file = file_of(handle);
  return file.methods().xSync(file.below(), flags);
}

int file_size(sqlite3_file* handle, sqlite3_int64* size) noexcept {
  File& file = file_of(handle);
  return file.methods().xFileSize(file.below(), size);
}

int lock_file(sqlite3_file* handle, int level) noexcept {
  File& file = file_of(handle);
  return file.methods().xLock(file.below(), level);
}

int unlock_file(sqlite3_file* handle, int level) noexcept {
  File& file = file_of(handle);
  return file.methods().xUnlock(file.below(), level);
}

int check_lock(sqlite3_file* handle, int* held) noexcept {
  File& file = file_of(handle);
  return file.methods().xCheckReservedLock(file.below(), held);
}

int file_control(sqlite3_file* handle, int what, void* argument) noexcept {
  File& file = file_of(handle);
  // Neither maps nor preallocates: both would go around the seal.
  if (what == SQLITE_FCNTL_MMAP_SIZE || what == SQLITE_FCNTL_SIZE_HINT || what == SQLITE_FCNTL_CHUNK_SIZE)
    return SQLITE_NOTFOUND;
  return file.methods().xFileControl(file.below(), what, argument);
}

int sector_size(sqlite3_file* /*handle*/) noexcept {
  return static_cast<int>(kSector);
}

int device_characteristics(sqlite3_file* /*handle*/) noexcept {
  return 0;
}

int map_shared(sqlite3_file* handle, int region, int bytes, int extend, void volatile** at) noexcept {
  File& file = file_of(handle);
  return file.methods().xShmMap(file.below(), region, bytes, extend, at);
}

int lock_shared(sqlite3_file* handle, int offset, int count, int flags) noexcept {
  File& file = file_of(handle);
  return file.methods().xShmLock(file.below(), offset, count, flags);
}

void barrier_shared(sqlite3_file* handle) noexcept {
  File& file = file_of(handle);
  file.methods().xShmBarrier(file.below());
}

int unmap_shared(sqlite3_file* handle, int remove) noexcept {
  File& file = file_of(handle);
  return file.methods().xShmUnmap(file.below(), remove);
}

constexpr sqlite3_io_methods kMethods{.iVersion = 2,
                                      .xClose = close_file,
                                      .xRead = read_file,
                                      .xWrite = write_file,
                                      .xTruncate = truncate_file,
                                      .xSync = sync_file,
                                      .xFileSize = file_size,
                                      .xLock = lock_file,
                                      .xUnlock = unlock_file,
                                      .xCheckReservedLock = check_lock,
                                      .xFileControl = file_control,
                                      .xSectorSize = sector_size,
                                      .xDeviceCharacteristics = device_characteristics,
                                      .xShmMap = map_shared,
                                      .xShmLock = lock_shared,
                                      .xShmBarrier = barrier_shared,
                                      .xShmUnmap = unmap_shared};

std::uint64_t first_number_of(int flags) noexcept {
  constexpr int kPlace = 60;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) return 0;
  if ((flags & SQLITE_OPEN_WAL) != 0) return std::uint64_t{1} << kPlace;
  if ((flags & SQLITE_OPEN_MAIN_JOURNAL) != 0) return std::uint64_t{2} << kPlace;
  return std::uint64_t{3} << kPlace;
}

}  // namespace

struct SealedFiles::Registered {
  explicit Registered(crypto::SectorCipher::Key own) : key(std::move(own)) {
    static std::atomic<unsigned> count{0};
    name = "comity-sealed-" + std::to_string(++count);
    below = sqlite3_vfs_find(nullptr);
    if (below == nullptr) throw std::runtime_error("SQLite has no file system");
    vfs = {
        .iVersion = 2,
        .szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile,
        .mxPathname = below->mxPathname,
        .zName = name.c_str(),
        .pAppData = this,
        .xOpen = open,
        .xDelete = [](sqlite3_vfs* self, const char* path,
                      int sync) { return of(self).xDelete(&of(self), path, sync); },
        .xAccess = [](sqlite3_vfs* self, const char* path, int flags,
                      int* out) { return of(self).xAccess(&of(self), path, flags, out); },
        .xFullPathname = [](sqlite3_vfs* self, const char* path, int size,
                            char* out) { return of(self).xFullPathname(&of(self), path, size, out); },
        .xRandomness = [](sqlite3_vfs* self, int size,
                          char* out) { return of(self).xRandomness(&of(self), size, out); },
        .xSleep = [](sqlite3_vfs* self, int time) { return of(self).xSleep(&of(self), time); },
        .xCurrentTime = [](sqlite3_vfs* self, double* out) { return of(self).xCurrentTime(&of(self), out); },
        .xGetLastError = [](sqlite3_vfs* self, int size,
                            char* out) { return of(self).xGetLastError(&of(self), size, out); },
        .xCurrentTimeInt64 = [](sqlite3_vfs* self,
                                sqlite3_int64* out) { return of(self).xCurrentTimeInt64(&of(self), out); }};
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::bad_alloc();
  }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  ~Registered() { sqlite3_vfs_unregister(&vfs); }

  static sqlite3_vfs& of(sqlite3_vfs* self) { return *static_cast<Registered*>(self->pAppData)->below; }

  static int open(sqlite3_vfs* self, sqlite3_filename path, sqlite3_file* handle, int flags, int* out) {
    auto& own = *static_cast<Registered*>(self->pAppData);
    File& file = file_of(handle);
    file = {};
    try {
      file.cipher = new crypto::SectorCipher(own.key);
    } catch (const std::exception&) {
      return SQLITE_NOMEM;
    }
    file.first_number = first_number_of(flags);
    file.is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    const int opened = own.below->xOpen(own.below, path, file.below(), flags, out);
    if (opened != SQLITE_OK || file.below()->pMethods == nullptr || file.methods().iVersion < 2) {
      if (file.below()->pMethods != nullptr) (void)file.methods().xClose(file.below());
      delete file.cipher;
      return opened == SQLITE_OK ? SQLITE_CANTOPEN : opened;
    }
    file.base.pMethods = &kMethods;
    return SQLITE_OK;
  }

  crypto::SectorCipher::Key key;
  std::string name;
  sqlite3_vfs* below = nullptr;
  sqlite3_vfs vfs{};
};

SealedFiles::SealedFiles(crypto::SectorCipher::Key key)
    : registered_(std::make_unique<Registered>(std::move(key))) {}
SealedFiles::~SealedFiles() = default;

const char* SealedFiles::name() const noexcept {
  return registered_->name.c_str();
}

}  // namespace comity::community::search
