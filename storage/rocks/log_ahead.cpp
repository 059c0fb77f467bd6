// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/log_ahead.h"

#include <algorithm>
#include <string>

namespace comity::storage {
namespace {

constexpr std::uint64_t kStep = 1024U * 1024;
constexpr std::size_t kLargeWrite = 64U * 1024;
constexpr std::size_t kZeros = 64U * 1024;

class LogFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::unique_ptr<rocksdb::FSRandomRWFile> ahead)
      : FSWritableFileOwnerWrapper(std::move(file)), ahead_(std::move(ahead)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    auto status = FSWritableFileOwnerWrapper::Append(data, options, debug);
    if (status.ok()) grown(data.size(), options, debug);
    return status;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification,
                           rocksdb::IODebugContext* debug) override {
    auto status = FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
    if (status.ok()) grown(data.size(), options, debug);
    return status;
  }
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (zeros_end_ > end_) {
      const auto cut = FSWritableFileOwnerWrapper::Truncate(end_, options, debug);
      if (!cut.ok()) return cut;
    }
    return FSWritableFileOwnerWrapper::Close(options, debug);
  }

 private:
  void grown(std::size_t bytes, const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) {
    end_ += bytes;
    if (bytes > kLargeWrite || end_ <= zeros_end_ || ahead_ == nullptr) return;
    static const std::string zeros(kZeros, '\0');
    const std::uint64_t upto = end_ + kStep;
    for (std::uint64_t at = end_; at < upto; at += kZeros) {
      if (!ahead_->Write(at, zeros, options, debug).ok()) {
        // A full disk is told by the writes that matter.
        ahead_.reset();
        break;
      }
      zeros_end_ = at + kZeros;
    }
  }

  std::unique_ptr<rocksdb::FSRandomRWFile> ahead_;
  std::uint64_t end_ = 0;        // of what was appended
  std::uint64_t zeros_end_ = 0;  // of the zeros behind it
};

class LogAhead final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  [[nodiscard]] const char* Name() const override { return "ComityLogAhead"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    auto status = target()->NewWritableFile(name, options, file, debug);
    if (!status.ok() || !name.ends_with(".log")) return status;
    std::unique_ptr<rocksdb::FSRandomRWFile> ahead;
    if (!target()->NewRandomRWFile(name, options, &ahead, debug).ok()) return status;
    *file = std::make_unique<LogFile>(std::move(*file), std::move(ahead));
    return status;
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_log_ahead_env(const std::shared_ptr<rocksdb::FileSystem>& files) {
  return rocksdb::NewCompositeEnv(std::make_shared<LogAhead>(files));
}

rocksdb::Env& log_ahead_env() {
  static rocksdb::Env* const env = make_log_ahead_env(rocksdb::FileSystem::Default()).release();
  return *env;
}

}  // namespace comity::storage
