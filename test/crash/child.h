// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace comity::crash {

/// What the writing process reports through the pipe, one record a write.
struct Report {
  enum class Kind : std::uint8_t {
    kOpened,   ///< number: last batch found; version: of the store
    kAnswer,   ///< batch `number` has `version`; `synced` as it was submitted
    kRefused,  ///< batch `number` was answered with the error code `version`
    kWrong,    ///< something that must not happen; `text` says what
    // Of the workload over feeds, about the entry `entry` at place `number` of `feed`:
    kStored,      ///< it is stored; `digest` is of its content
    kReceived,    ///< it was taken from another agency
    kForked,      ///< the fork of `feed` is proven
    kHeld,        ///< it is under legal hold
    kDoomed,      ///< it will be disposed of; `needles` must vanish then
    kErased,      ///< its disposal was answered, files included
    kWithdrawn,   ///< it is hidden
    kRebuilding,  ///< projections are about to be built anew
    kRebuilt,     ///< they are
  };
  Kind kind = Kind::kWrong;
  bool synced = false;
  std::uint64_t number = 0;
  std::uint64_t version = 0;
  char text[200] = {};
  std::array<std::byte, 32> feed{};
  std::array<std::byte, 32> entry{};
  std::array<std::byte, 32> digest{};
  std::array<std::array<std::byte, 24>, 3> needles{};  ///< of body key, wrapped body, sealed body
};

/// How the process ends itself. Without any of these the parent ends it, or it finishes its batches.
struct Ending {
  std::string failpoint;  ///< at its `count`th visit
  std::uint64_t count = 0;
  std::uint64_t file_operation = 0;  ///< before the file system's so many-th change; 0: never
  bool drop_unsynced = false;        ///< and with it the bytes that no sync covered
};

struct ChildTask {
  bool feeds = false;  ///< works on feeds, else on rows
  std::string directory;
  std::uint64_t seed = 0;
  std::uint64_t process = 0;  ///< number among those of a campaign: each draws keys of its own
  std::uint64_t batches = 0;  ///< to write before closing in order
  std::uint32_t schema = 1;   ///< to migrate to first
  int pipe = -1;
  Ending ending;
};

/// Opens or creates the store, migrates it, writes batches, keeps it up, closes it. The exit status.
[[nodiscard]] int run_child(const ChildTask& task);
/// The same over feeds; `batches` are steps.
[[nodiscard]] int run_feeds_child(const ChildTask& task);

}  // namespace comity::crash
