// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include <fmt/format.h>

#include "proto/bytes.h"

namespace comity::proto {

/// `Size` bytes that mean one kind of thing: the tag keeps a feed id from standing where a space id belongs.
template <class Tag, std::size_t Size>
class FixedId {
 public:
  static constexpr std::size_t kSize = Size;

  /// All zero: "none". No real id is all zero.
  constexpr FixedId() = default;
  explicit constexpr FixedId(const std::array<std::byte, Size>& bytes) : bytes_(bytes) {}

  /// Copies exactly `Size` bytes; error kWrongSize otherwise.
  [[nodiscard]] static Result<FixedId> from(ByteView bytes) {
    if (bytes.size() != Size) {
      return Error{Code::kWrongSize, fmt::format("{} bytes where {} belong", bytes.size(), Size)};
    }
    FixedId id;
    std::copy(bytes.begin(), bytes.end(), id.bytes_.begin());
    return id;
  }

  [[nodiscard]] ByteView view() const noexcept { return bytes_; }
  [[nodiscard]] const std::array<std::byte, Size>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::span<std::byte, Size> writable() noexcept { return bytes_; }
  [[nodiscard]] bool is_zero() const noexcept { return *this == FixedId(); }
  [[nodiscard]] std::string hex() const { return to_hex(bytes_); }

  friend auto operator<=>(const FixedId&, const FixedId&) = default;

 private:
  std::array<std::byte, Size> bytes_{};
};

using Sha256Digest = FixedId<struct Sha256DigestTag, 32>;  ///< any SHA-256 value without a name of its own
using AgencyId = FixedId<struct AgencyIdTag, 32>;          ///< SHA-256 of the first KeyDoc (DESIGN 5.1)
using KeyId = FixedId<struct KeyIdTag, 16>;             ///< start of the SHA-256 of algorithm and public key
using SpaceId = FixedId<struct SpaceIdTag, 32>;         ///< hash of the SpaceGenesis
using FeedId = FixedId<struct FeedIdTag, 32>;           ///< hash of agency, space and incarnation
using EntryId = FixedId<struct EntryIdTag, 32>;         ///< hash of the header's exact bytes
using Incarnation = FixedId<struct IncarnationTag, 8>;  ///< random, new after restore, clone or clock repair
using InstanceId = FixedId<struct InstanceIdTag, 16>;   ///< random, one per installed node
using InviteId = FixedId<struct InviteIdTag, 16>;       ///< random, one per invitation
using UserId = FixedId<struct UserIdTag, 16>;           ///< random, one per person of an agency

/// Position in a feed; the first entry has 1, and 0 is "before the first".
enum class Seq : std::uint64_t {};

/// Hybrid logical clock: 48 bits of milliseconds since 1970, 16 bits of counter.
enum class Hlc : std::uint64_t {};

/// Age of a body key within a feed, counted from 1.
enum class KeyEpoch : std::uint64_t {};

template <class Strong>
requires std::is_enum_v<Strong>
[[nodiscard]] constexpr std::underlying_type_t<Strong> raw(Strong value) noexcept {
  return static_cast<std::underlying_type_t<Strong>>(value);
}

}  // namespace comity::proto

/// The ids are uniformly random or hashes, hence their first bytes serve as the hash value.
template <class Tag, std::size_t Size>
struct std::hash<comity::proto::FixedId<Tag, Size>> {
  std::size_t operator()(const comity::proto::FixedId<Tag, Size>& id) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, id.bytes().data(), std::min(sizeof(value), Size));
    return value;
  }
};
