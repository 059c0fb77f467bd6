// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/mark.h"

#include "storage/rocks/status.h"
#include "storage/sum.h"

namespace comity::storage {
namespace {

using proto::Code;
using proto::Error;

constexpr std::string_view kMagic = "CMYMARK1";
constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kCleanOffset = 16;
constexpr std::size_t kSumOffset = 17;
constexpr std::size_t kMarkBytes = 21;

std::string file_name(const std::string& path) {
  return path + "/" + std::string(DurableMark::kFileName);
}

Bytes encode(const DurableMark::Content& content) {
  Bytes out;
  out.reserve(kMarkBytes);
  proto::append(out, proto::as_bytes(kMagic));
  proto::append(out, proto::to_be(proto::raw(content.version)));
  out.push_back(content.clean ? std::byte{1} : std::byte{0});
  proto::append(out, proto::to_be(sum_of({out})));
  return out;
}

}  // namespace

proto::Result<DurableMark::Content> DurableMark::read(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  const std::string name = file_name(path);
  const auto opened = files.NewSequentialFile(name, {}, &file, nullptr);
  if (opened.IsPathNotFound() || opened.IsNotFound()) {
    return Error{Code::kStoreIncomplete, "there is no file " + name};
  }
  COMITY_CHECK(to_status(opened, "opening " + name));
  std::array<char, kMarkBytes + 1> buffer{};
  rocksdb::Slice got;
  COMITY_CHECK(to_status(file->Read(buffer.size(), {}, &got, buffer.data(), nullptr), "reading " + name));
  const ByteView bytes = to_view(got);
  if (bytes.size() != kMarkBytes) return Error{Code::kStoreIncomplete, name + " has another size"};
  if (!proto::equal(bytes.first(kMagic.size()), proto::as_bytes(kMagic)) ||
      proto::from_be<std::uint32_t>(bytes.subspan(kSumOffset)) != sum_of({bytes.first(kSumOffset)})) {
    return Error{Code::kStoreCorrupt, "the file " + name};
  }
  return Content{Version{proto::from_be<std::uint64_t>(bytes.subspan(kVersionOffset))},
                 bytes[kCleanOffset] == std::byte{1}};
}

proto::Status DurableMark::create(rocksdb::FileSystem& files, const std::string& path,
                                  const Content& content) {
  const std::string name = file_name(path);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  COMITY_CHECK(to_status(files.NewWritableFile(name, {}, &file, nullptr), "creating " + name));
  const Bytes bytes = encode(content);
  COMITY_CHECK(to_status(file->Append(to_slice(bytes), {}, nullptr), "writing " + name));
  COMITY_CHECK(to_status(file->Fsync({}, nullptr), "syncing " + name));
  COMITY_CHECK(to_status(file->Close({}, nullptr), "closing " + name));
  std::unique_ptr<rocksdb::FSDirectory> directory;
  COMITY_CHECK(to_status(files.NewDirectory(path, {}, &directory, nullptr), "opening " + path));
  return to_status(directory->Fsync({}, nullptr), "syncing " + path);
}

proto::Result<std::unique_ptr<DurableMark>> DurableMark::open(rocksdb::FileSystem& files,
                                                              const std::string& path) {
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  const std::string name = file_name(path);
  COMITY_CHECK(to_status(files.NewRandomRWFile(name, {}, &file, nullptr), "opening " + name));
  return std::unique_ptr<DurableMark>(new DurableMark(std::move(file)));
}

proto::Status DurableMark::write(const Content& content, bool synced) {
  const Bytes bytes = encode(content);
  COMITY_CHECK(to_status(file_->Write(0, to_slice(bytes), {}, nullptr), "writing the durable mark"));
  if (!synced) return {};
  return to_status(file_->Sync({}, nullptr), "syncing the durable mark");
}

}  // namespace comity::storage
