// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/types.h"
#include "node/feed/projection.h"

namespace comity::community {

/// kManifests: one row for each manifest that holds together and was written by the steward of its space.
class Manifests final : public feed::Projection {
 public:
  [[nodiscard]] std::string_view name() const override { return "manifests"; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override;
  void apply(const feed::EntryFacts& facts, storage::Batch& rows) const override;
};

/// kGrants: to whom our own KEY_GRANT entries gave a key.
class Grants final : public feed::Projection {
 public:
  explicit Grants(const AgencyId& self) : self_(self) {}
  [[nodiscard]] std::string_view name() const override { return "grants"; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override;
  void apply(const feed::EntryFacts& facts, storage::Batch& rows) const override;

 private:
  AgencyId self_;
};

}  // namespace comity::community
