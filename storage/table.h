// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "storage/key_part.h"
#include "storage/view.h"

namespace comity::storage {

/// What the records schedule means for a table.
enum class Retention : std::uint8_t {
  kNode,         ///< of this node itself, for as long as it lives
  kRecord,       ///< an agency's record: only its schedule, holds and disposal remove a row
  kDisposable,   ///< content and keys that disposal must erase from every file
  kRebuildable,  ///< derived: may be dropped and built again
  kTransient,    ///< removed by its own policy
};

/// Where an adapter keeps the rows; what they have in common decides how they are compacted and compressed.
enum class Placement : std::uint8_t {
  kRows,    ///< small rows, compressed
  kBodies,  ///< sealed bodies: large and not compressible
  kKeys,    ///< per-body keys: tiny, in files of their own, so that disposing rewrites little
};

struct KeyField {
  std::string_view name;
  KeyShape shape = KeyShape::kBytes;
  std::size_t bytes = 0;  ///< 0: any length
};

/// A table as documented data (research/houses.md D.3): what `comity db schema` and the page in docs print,
/// and what the adapters need to know. All texts are literals.
struct TableInfo {
  static constexpr std::size_t kMostFields = 6;

  std::uint8_t prefix = 0;  ///< first byte of each of its keys; never given to another table
  std::string_view name;    ///< lower case, words joined by '_'
  std::string_view why;     ///< one or two sentences: what a row is and who needs it
  std::string_view value;   ///< message of the schema, or the layout in words
  Retention retention = Retention::kNode;
  Placement placement = Placement::kRows;
  bool streamed = false;      ///< its keys appear in the change stream
  std::uint32_t since = 1;    ///< schema number that brought it
  std::uint32_t dropped = 0;  ///< schema number that dropped it; it stays listed, so that old stores open
  // Filled in by Table.
  std::array<KeyField, kMostFields> fields{};
  std::size_t field_count = 0;
  proto::Status (*check_key)(ByteView key) = nullptr;
};

/// A table with typed keys: `Parts` are the fields of a key in order, each with a KeyPart. Declared as
/// constants; any thread.
template <class... Parts>
class Table {
 public:
  static_assert(sizeof...(Parts) > 0 && sizeof...(Parts) <= TableInfo::kMostFields);
  using Key = std::tuple<Parts...>;

  /// `names` are the fields' names in order.
  constexpr Table(TableInfo info, const std::array<std::string_view, sizeof...(Parts)>& names) : info_(info) {
    const std::array<KeyField, sizeof...(Parts)> fields{
        KeyField{{}, KeyPart<Parts>::kShape, KeyPart<Parts>::kSize}...};
    for (std::size_t i = 0; i < fields.size(); ++i) {
      info_.fields[i] = fields[i];
      info_.fields[i].name = names[i];
    }
    info_.field_count = sizeof...(Parts);
    info_.check_key = [](ByteView key) {
      auto parsed = parse_fields(key);
      return parsed.ok() ? proto::Status() : proto::Status(parsed.error());
    };
  }

  [[nodiscard]] constexpr const TableInfo& info() const noexcept { return info_; }

  [[nodiscard]] Bytes key(const Parts&... parts) const { return prefix(parts...); }

  /// The bytes with which all keys begin that have these leading fields.
  template <class... Leading>
  [[nodiscard]] Bytes prefix(const Leading&... leading) const {
    static_assert(sizeof...(Leading) <= sizeof...(Parts));
    Bytes out;
    out.reserve(1 + (std::size_t{0} + ... + std::max<std::size_t>(KeyPart<Leading>::kSize, 16)));
    out.push_back(std::byte{info_.prefix});
    append_leading<0, Leading...>(out, leading...);
    return out;
  }

  /// All rows with these leading fields; all rows of the table without any.
  template <class... Leading>
  [[nodiscard]] Range range(const Leading&... leading) const {
    return prefix_range(prefix(leading...));
  }

  /// The fields of a key. Error kStoreBadKey for another table's key, a short or a long one.
  [[nodiscard]] proto::Result<Key> parse(ByteView key) const {
    if (key.empty() || key[0] != std::byte{info_.prefix}) {
      return proto::Error{proto::Code::kStoreBadKey, "it belongs to another table"};
    }
    return parse_fields(key);
  }

 private:
  template <std::size_t Index, class First, class... Rest>
  static void append_leading(Bytes& out, const First& first, const Rest&... rest) {
    static_assert(std::is_same_v<First, std::tuple_element_t<Index, Key>>,
                  "fields in order, with their types");
    KeyPart<First>::encode(out, first);
    if constexpr (sizeof...(Rest) > 0) append_leading<Index + 1, Rest...>(out, rest...);
  }
  template <std::size_t Index>
  static void append_leading(Bytes& /*out*/) {}

  [[nodiscard]] static proto::Result<Key> parse_fields(ByteView key) {
    Key parsed;
    if (key.empty()) return detail::short_key();
    ByteView rest = key.subspan(1);
    COMITY_CHECK(parse_from<0>(parsed, rest));
    if (!rest.empty()) return proto::Error{proto::Code::kStoreBadKey, "bytes follow its last field"};
    return parsed;
  }
  template <std::size_t Index>
  [[nodiscard]] static proto::Status parse_from(Key& key, ByteView& rest) {
    if constexpr (Index < sizeof...(Parts)) {
      auto part = KeyPart<std::tuple_element_t<Index, Key>>::decode(rest);
      if (!part.ok()) return part.error();
      std::get<Index>(key) = *std::move(part);
      return parse_from<Index + 1>(key, rest);
    } else {
      return {};
    }
  }

  TableInfo info_;
};

}  // namespace comity::storage
