// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <vector>

#include "storage/table.h"
#include "storage/view.h"

namespace comity::feed {

/// Two views as one: some tables as `above` shows them, everything else as `below` does. For building a
/// projection beside the store from which it derives. Both outlive it.
class LayeredView final : public storage::View {
 public:
  LayeredView(const storage::View& above, std::span<const storage::TableInfo> tables,
              const storage::View& below)
      : above_(above), below_(below) {
    for (const storage::TableInfo& table : tables)
      prefixes_.push_back(std::byte{table.prefix});
  }

  proto::Result<storage::Version> version() const override { return below_.version(); }
  proto::Result<std::optional<storage::Bytes>> get(storage::ByteView key) const override {
    return layer(key).get(key);
  }
  proto::Result<std::vector<std::optional<storage::Bytes>>> get_all(
      std::span<const storage::Bytes> keys) const override {
    std::vector<std::optional<storage::Bytes>> values;
    for (const storage::Bytes& key : keys) {
      COMITY_TRY(auto value, get(key));
      values.push_back(std::move(value));
    }
    return values;
  }
  proto::Status walk(const storage::Range& range, bool reverse, const Visit& visit) const override {
    return layer(range.begin).walk(range, reverse, visit);
  }

 private:
  const storage::View& layer(storage::ByteView key) const {
    for (const std::byte prefix : prefixes_) {
      if (!key.empty() && key.front() == prefix) return above_;
    }
    return below_;
  }

  const storage::View& above_;
  const storage::View& below_;
  std::vector<std::byte> prefixes_;
};

}  // namespace comity::feed
