// SPDX-License-Identifier: EUPL-1.2
#include "storage/changes.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "storage/sum.h"

namespace comity::storage {
namespace {

namespace bounds = proto::bounds;
using proto::raw;

constexpr std::byte kFormat{2};
constexpr std::size_t kCountOffset = 1 + sizeof(std::uint64_t);
constexpr std::byte kHasId{1};

template <class Unsigned>
void append_be(Bytes& out, Unsigned value) {
  proto::append(out, proto::to_be(value));
}

template <class Unsigned>
void overwrite_be(Bytes& out, std::size_t offset, Unsigned value) {
  const auto bytes = proto::to_be(value);
  std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(offset));
}

bool is_streamed(const Op& op, const Tables& tables) {
  const TableInfo* table = tables.find(op.key);
  return table != nullptr && table->streamed;
}

/// Takes fields off the front of a row; the first one that is missing spoils all later ones.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  template <class Unsigned>
  Unsigned number() {
    const ByteView bytes = take(sizeof(Unsigned));
    return bytes.empty() ? Unsigned{0} : proto::from_be<Unsigned>(bytes);
  }
  ByteView take(std::size_t size) {
    if (!sound_ || rest_.size() < size) {
      sound_ = false;
      return {};
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  void spoil() { sound_ = false; }
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  ByteView rest_;
  bool sound_ = true;
};

ChangedKey read_key(Reader& reader, Bytes& previous) {
  ChangedKey key;
  const auto kind = reader.number<std::uint8_t>();
  if (kind < raw(OpKind::kPut) || kind > raw(OpKind::kEraseRange)) reader.spoil();
  key.kind = static_cast<OpKind>(kind);
  const auto shared = reader.number<std::uint16_t>();
  const auto more = reader.number<std::uint16_t>();
  if (shared > previous.size() || shared + more > bounds::kStoreKeyBytes + 1) reader.spoil();
  const ByteView suffix = reader.take(more);
  if (!reader.sound()) return key;
  previous.resize(shared);
  proto::append(previous, suffix);
  key.key = previous;
  if (key.kind == OpKind::kEraseRange) {
    const auto size = reader.number<std::uint16_t>();
    if (size > bounds::kStoreKeyBytes + 1) reader.spoil();
    key.end = proto::to_bytes(reader.take(size));
  }
  return key;
}

Change read_batch(Reader& reader, Bytes& previous) {
  Change change;
  const auto flags = std::byte{reader.number<std::uint8_t>()};
  if (flags == kHasId) {
    const auto id = BatchId::from(reader.take(BatchId::kSize));
    if (id.ok()) change.id = *id;
  } else if (flags != std::byte{0}) {
    reader.spoil();
  }
  const auto keys = reader.number<std::uint32_t>();
  if (keys > bounds::kStoreBatchOperations) reader.spoil();
  for (std::uint32_t i = 0; i < keys && reader.sound(); ++i)
    change.keys.push_back(read_key(reader, previous));
  return change;
}

}  // namespace

Change change_of(const Batch& batch, Version version, const Tables& tables) {
  Change change{version, batch.id(), {}};
  for (std::size_t i = 0; i < batch.op_count(); ++i) {
    const Op op = batch.op(i);
    if (!is_streamed(op, tables)) continue;
    const ByteView end = op.kind == OpKind::kEraseRange ? op.value : ByteView();
    change.keys.push_back({op.kind, proto::to_bytes(op.key), proto::to_bytes(end)});
  }
  return change;
}

void ChangeRecord::add(const Batch& batch, Version version, const Tables& tables) {
  if (empty()) {
    out_.push_back(kFormat);
    append_be(out_, raw(version));
    append_be(out_, std::uint32_t{0});
  } else if (raw(version) != raw(last_) + 1) {
    throw std::logic_error("versions of a group leave a gap");
  }
  last_ = version;
  overwrite_be(out_, kCountOffset, ++batches_);

  out_.push_back(batch.id().is_zero() ? std::byte{0} : kHasId);
  if (!batch.id().is_zero()) proto::append(out_, batch.id().view());
  const std::size_t count_offset = out_.size();
  append_be(out_, std::uint32_t{0});
  std::uint32_t keys = 0;
  for (std::size_t i = 0; i < batch.op_count(); ++i) {
    const Op op = batch.op(i);
    if (!is_streamed(op, tables)) continue;
    ++keys;
    const auto shared = static_cast<std::size_t>(
        std::mismatch(op.key.begin(), op.key.end(), previous_.begin(), previous_.end()).first -
        op.key.begin());
    append_be(out_, raw(op.kind));
    append_be(out_, static_cast<std::uint16_t>(shared));
    append_be(out_, static_cast<std::uint16_t>(op.key.size() - shared));
    proto::append(out_, op.key.subspan(shared));
    if (op.kind == OpKind::kEraseRange) {
      append_be(out_, static_cast<std::uint16_t>(op.value.size()));
      proto::append(out_, op.value);
    }
    previous_.assign(op.key.begin(), op.key.end());
  }
  overwrite_be(out_, count_offset, keys);
}

Bytes ChangeRecord::bytes() const {
  return with_sum({}, out_);
}

proto::Result<std::vector<Change>> decode_changes(ByteView value, Version last) {
  const auto damaged = [&](std::string_view what) {
    return proto::Error{proto::Code::kStoreCorrupt,
                        fmt::format("changes last_version={}: {}", raw(last), what)};
  };
  const auto content = without_sum({}, value);
  if (!content) return damaged("its sum does not hold");
  Reader reader(*content);
  if (reader.take(1).empty() || content->front() != kFormat) return damaged("unknown format");
  const auto first = reader.number<std::uint64_t>();
  const auto count = reader.number<std::uint32_t>();
  if (first == 0 || count == 0 || first + (count - 1) != raw(last)) return damaged("its versions do not fit");
  // A batch takes five bytes at least: a count beyond that allocates nothing.
  if (count > reader.left() / 5) return damaged("more batches than bytes");
  std::vector<Change> changes;
  Bytes previous;
  for (std::uint32_t i = 0; i < count && reader.sound(); ++i) {
    changes.push_back(read_batch(reader, previous));
    changes.back().version = Version{first + i};
  }
  if (!reader.sound()) return damaged("it ends early or holds an impossible length");
  if (reader.left() != 0) return damaged("bytes follow its last batch");
  return changes;
}

}  // namespace comity::storage
