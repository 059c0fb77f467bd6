// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace comity::sim::nodes {

/// Breaks one promise (COMITY_MUTATION in the node, or one of the harness) for as long as it lives.
class Mutation {
 public:
  explicit Mutation(std::string name);
  Mutation(const Mutation&) = delete;
  Mutation& operator=(const Mutation&) = delete;
  ~Mutation();

  /// Whether this promise is broken now; counts the asking, if so.
  [[nodiscard]] static bool active(std::string_view name);
  /// How often a broken promise was asked about.
  [[nodiscard]] std::uint64_t hits() const;
};

/// Keeps every promise for as long as it lives: who looks for a broken one must not be broken too.
class Unbroken {
 public:
  Unbroken();
  Unbroken(const Unbroken&) = delete;
  Unbroken& operator=(const Unbroken&) = delete;
  ~Unbroken();

 private:
  std::string kept_;
};

}  // namespace comity::sim::nodes
