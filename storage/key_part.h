// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include "proto/ids.h"

namespace comity::storage {

/// How one field of a key is laid out. Every layout keeps the order of the values in the order of the bytes.
enum class KeyShape : std::uint8_t {
  kBytes,       ///< a fixed number of bytes as they are
  kUnsigned,    ///< big-endian
  kDescending,  ///< big-endian complement: the greatest value comes first
  kText,        ///< any bytes; 00 as 00 ff, ended by 00 01
};

/// Wraps an unsigned field whose greatest value shall come first, such as "newest first".
template <class T>
struct Descending {
  T value{};
  friend auto operator<=>(const Descending&, const Descending&) = default;
};

/// Encodes one field of a key behind `out`, and decodes it from the front of `rest`, which then begins behind
/// the field. Error of decode(): kStoreBadKey.
template <class T>
struct KeyPart;

namespace detail {

template <class T>
concept UnsignedField = std::unsigned_integral<T> ||
    (std::is_enum_v<T>&& std::unsigned_integral<std::underlying_type_t<T>>);

template <UnsignedField T>
struct RawOf {
  using Type = T;
};
template <UnsignedField T>
requires std::is_enum_v<T>
struct RawOf<T> {
  using Type = std::underlying_type_t<T>;
};

[[nodiscard]] inline proto::Error short_key() {
  return {proto::Code::kStoreBadKey, "it ends inside a field"};
}

void encode_text(proto::Bytes& out, proto::ByteView text);
[[nodiscard]] proto::Result<proto::Bytes> decode_text(proto::ByteView& rest);

}  // namespace detail

template <class Tag, std::size_t Size>
struct KeyPart<proto::FixedId<Tag, Size>> {
  using Id = proto::FixedId<Tag, Size>;
  static constexpr KeyShape kShape = KeyShape::kBytes;
  static constexpr std::size_t kSize = Size;

  static void encode(proto::Bytes& out, const Id& id) { proto::append(out, id.view()); }
  [[nodiscard]] static proto::Result<Id> decode(proto::ByteView& rest) {
    if (rest.size() < Size) return detail::short_key();
    auto id = Id::from(rest.first(Size));
    rest = rest.subspan(Size);
    return id;
  }
};

template <detail::UnsignedField T>
struct KeyPart<T> {
  using Raw = typename detail::RawOf<T>::Type;
  static constexpr KeyShape kShape = KeyShape::kUnsigned;
  static constexpr std::size_t kSize = sizeof(Raw);

  static void encode(proto::Bytes& out, T value) {
    proto::append(out, proto::to_be(static_cast<Raw>(value)));
  }
  [[nodiscard]] static proto::Result<T> decode(proto::ByteView& rest) {
    if (rest.size() < kSize) return detail::short_key();
    const Raw raw = proto::from_be<Raw>(rest);
    rest = rest.subspan(kSize);
    return static_cast<T>(raw);
  }
};

template <detail::UnsignedField T>
struct KeyPart<Descending<T>> {
  using Raw = typename KeyPart<T>::Raw;
  static constexpr KeyShape kShape = KeyShape::kDescending;
  static constexpr std::size_t kSize = sizeof(Raw);

  static void encode(proto::Bytes& out, Descending<T> field) {
    proto::append(out, proto::to_be(static_cast<Raw>(~static_cast<Raw>(field.value))));
  }
  [[nodiscard]] static proto::Result<Descending<T>> decode(proto::ByteView& rest) {
    if (rest.size() < kSize) return detail::short_key();
    const Raw raw = static_cast<Raw>(~proto::from_be<Raw>(rest));
    rest = rest.subspan(kSize);
    return Descending<T>{static_cast<T>(raw)};
  }
};

/// Any bytes, of any length that the bound of a key leaves.
template <>
struct KeyPart<std::string> {
  static constexpr KeyShape kShape = KeyShape::kText;
  static constexpr std::size_t kSize = 0;

  static void encode(proto::Bytes& out, const std::string& text) {
    detail::encode_text(out, proto::as_bytes(text));
  }
  [[nodiscard]] static proto::Result<std::string> decode(proto::ByteView& rest) {
    COMITY_TRY(const auto bytes, detail::decode_text(rest));
    return std::string(proto::as_text(bytes));
  }
};

}  // namespace comity::storage
