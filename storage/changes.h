// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "storage/store.h"

namespace comity::storage {

/// The keys of `batch` that lie in streamed tables, as the change stream shows them.
[[nodiscard]] Change change_of(const Batch& batch, Version version, const Tables& tables);

/// One row of the change stream: the batches of one group, whose versions follow each other without a gap.
/// Built while the group forms, so that nothing is copied twice. Layout, after one format byte:
///
///     first version u64 | batches u32 | for each batch:
///       flags u8 (1: id follows) | id 16 bytes | keys u32 | for each key:
///         kind u8 | bytes shared with the key before u16 | more bytes u16 | them | of a range: end u16 |
///         them
///
/// A sum closes it (storage/sum.h). Numbers are big-endian. Sharing begins anew with each row, so that a
/// row can be read alone.
class ChangeRecord {
 public:
  /// Adds the next batch; `version` is one more than that of the batch before.
  void add(const Batch& batch, Version version, const Tables& tables);
  [[nodiscard]] bool empty() const noexcept { return batches_ == 0; }
  [[nodiscard]] Version last() const noexcept { return last_; }
  /// The row's value, ready to be written.
  [[nodiscard]] Bytes bytes() const;

 private:
  Bytes out_;
  Bytes previous_;
  std::uint32_t batches_ = 0;
  Version last_{};
};

/// The batches of one row, those without a streamed key too. Error kStoreCorrupt for any other bytes than
/// ChangeRecord writes, for a last version that is not the row's, and for counts beyond the bounds of a
/// group.
[[nodiscard]] proto::Result<std::vector<Change>> decode_changes(ByteView value, Version last);

}  // namespace comity::storage
