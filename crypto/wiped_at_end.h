// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/secret.h"

namespace comity::crypto {

/// Wipes a string or vector at the end of the scope: for secrets that pass through text and protobuf, which
/// know no Secret. What the container held before it last grew is beyond reach, so it is reserved first.
template <class Container>
class WipedAtEnd {
 public:
  explicit WipedAtEnd(Container& container) : container_(container) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { wipe(std::as_writable_bytes(std::span(container_))); }

 private:
  Container& container_;
};

}  // namespace comity::crypto
