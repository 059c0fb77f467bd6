// SPDX-License-Identifier: EUPL-1.2
#include "node/home/create.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>

#include "node/config/write.h"
#include "node/home/files.h"
#include "node/home/identity.h"
#include "node/home/open.h"
#include "node/home/paths.h"
#include "node/home/store.h"
#include "proto/bounds.h"

namespace comity::home {
namespace {

namespace fs = std::filesystem;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

// The system's bound for the path of a socket, less "/control.sock".
constexpr std::size_t kMostPath = 94;

Status move_path(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return file_error(errno, to);
  return {};
}

/// Whether there is a directory already, which must then be empty.
Result<bool> look_at_target(const fs::path& directory) {
  if (directory.string().size() > kMostPath) {
    return Error{Code::kHomePath,
                 fmt::format("{} has {} bytes", directory.string(), directory.string().size())};
  }
  std::error_code failure;
  if (!fs::is_directory(directory.parent_path(), failure)) {
    return Error{Code::kHomePath, directory.parent_path().string() + " is not a directory"};
  }
  const auto type = fs::symlink_status(directory, failure).type();
  if (type == fs::file_type::not_found) return false;
  if (fs::exists(Paths(directory).marker(), failure)) return Error{Code::kHomeExists, directory.string()};
  if (failure || !fs::is_directory(directory, failure)) {
    return Error{Code::kHomeNotEmpty, directory.string() + " is not a directory"};
  }
  const bool empty = fs::is_empty(directory, failure);
  if (failure) return file_error(failure.value(), directory);
  if (!empty) return Error{Code::kHomeNotEmpty, directory.string()};
  return true;
}

/// The place where the directory grows. Whatever is not moved into place is removed.
class Staging {
 public:
  /// Beside the target, or inside when the target is there and only its parent refuses.
  [[nodiscard]] static Result<Staging> make(const fs::path& target, bool target_exists,
                                            crypto::Random& random) {
    std::array<std::byte, 4> bytes{};
    random.fill(bytes);
    const std::string suffix = ".init-" + proto::to_hex(bytes);
    Staging staging(target, target.string() + suffix, false);
    Status made = make_directory(staging.path_);
    if (!made.ok() && made.error().code == Code::kHomePermission && target_exists) {
      staging.path_ = target / suffix;
      staging.inside_ = true;
      made = make_directory(staging.path_);
    }
    if (!made.ok()) {
      staging.path_.clear();
      return made.error();
    }
    return staging;
  }

  Staging(Staging&& other) noexcept
      : target_(std::move(other.target_)), path_(std::exchange(other.path_, {})), inside_(other.inside_) {}
  Staging& operator=(Staging&&) = delete;
  ~Staging() {
    std::error_code ignored;  // what cannot be removed shows its purpose by its name
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  [[nodiscard]] Paths paths() const { return Paths(path_); }

  [[nodiscard]] Status move_into_place() {
    if (!inside_) {
      COMITY_CHECK(move_path(path_, target_));
      path_.clear();
      return sync_directory(target_.parent_path());
    }
    const fs::path marker = Paths(path_).marker();
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path() != marker) COMITY_CHECK(move_path(entry.path(), target_ / entry.path().filename()));
    }
    // Last: a directory with the marker is whole.
    COMITY_CHECK(move_path(marker, Paths(target_).marker()));
    return sync_directory(target_);
  }

 private:
  Staging(fs::path target, fs::path path, bool inside)
      : target_(std::move(target)), path_(std::move(path)), inside_(inside) {}
  fs::path target_;
  fs::path path_;
  bool inside_;
};

/// A root key file outside the directory, taken back when the rest fails.
class OutsideFile {
 public:
  explicit OutsideFile(fs::path file) : file_(std::move(file)) {}
  OutsideFile(const OutsideFile&) = delete;
  OutsideFile& operator=(const OutsideFile&) = delete;
  ~OutsideFile() {
    if (!file_.empty()) std::remove(file_.c_str());
  }
  void keep() { file_.clear(); }

 private:
  fs::path file_;
};

Status write_text(const fs::path& file, std::string_view text) {
  return write_new_file(file, proto::as_bytes(text));
}

struct Target {
  fs::path directory;
  bool exists = false;
  fs::path root_file;
  bool outside = false;  // the root key file is
};

Result<Target> resolve(const Plan& plan) {
  fs::path directory = fs::absolute(plan.directory).lexically_normal();
  if (!directory.has_filename()) directory = directory.parent_path();
  COMITY_TRY(const bool exists, look_at_target(directory));
  const bool outside = !plan.root_key_file.empty();
  const fs::path root_file = outside ? fs::absolute(plan.root_key_file) : Paths(directory).root_keys();
  std::error_code failure;
  if (outside && fs::exists(root_file, failure)) {
    return Error{Code::kFileUnusable, root_file.string() + " exists already"};
  }
  return Target{directory, exists, root_file, outside};
}

}  // namespace

Status check_target(const Plan& plan) {
  const auto target = resolve(plan);
  if (!target.ok()) return target.error();
  return {};
}

Result<Created> create_home(const Plan& plan, Moment now, crypto::Random& random) {
  COMITY_TRY(const Target found, resolve(plan));
  const auto& [target, exists, root_file, outside] = found;
  const NodeKeys keys = NodeKeys::generate(random);
  const RootKeys roots = RootKeys::generate(random);
  const config::Settings& settings = plan.settings;
  COMITY_TRY(const crypto::KeyChain chain,
             first_key_chain(keys, roots, settings.agency.short_name, settings.agency.name, now, random));
  const Marker marker{chain.agency(), random.next<proto::InstanceId>(), now};

  COMITY_TRY(Staging staging, Staging::make(target, exists, random));
  const Paths paths = staging.paths();
  COMITY_CHECK(make_directory(paths.keys()));
  COMITY_CHECK(save_keys(paths.node_keys(), encode_keys(keys).view(), plan.passphrase, random));
  COMITY_CHECK(
      save_keys(outside ? root_file : paths.root_keys(), encode_keys(roots).view(), plan.passphrase, random));
  OutsideFile outside_file(outside ? root_file : fs::path());
  COMITY_CHECK(write_new_file(paths.key_chain(), encode_chain(chain)));
  COMITY_CHECK(write_text(paths.settings(), config::render_config(settings)));
  COMITY_CHECK(write_text(paths.boots(), write_boots({.seen = now})));
  COMITY_CHECK(create_store(paths, settings, marker, keys.storage));
  COMITY_CHECK(write_text(paths.marker(), write_marker(marker)));
  COMITY_CHECK(sync_directory(paths.keys()));
  COMITY_CHECK(sync_directory(paths.directory()));
  COMITY_CHECK(staging.move_into_place());
  outside_file.keep();
  // Now that it stands where it will be: a copy of it that was never started is told from it all the same.
  const Paths placed(target);
  COMITY_TRY(std::string place, place_of(placed));
  COMITY_CHECK(save_boots(placed, {.seen = now, .place = std::move(place)}));
  return Created{marker, target, root_file};
}

}  // namespace comity::home
