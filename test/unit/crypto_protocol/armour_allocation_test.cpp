// SPDX-License-Identifier: EUPL-1.2
// What refusing a text costs in memory, counted at operator new: all bytes ever asked for.
#include <algorithm>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>

#include "crypto/armour.h"
#include "proto/bounds.h"

namespace {

std::size_t asked = 0;

void* count_and_get(std::size_t size) {
  asked += size;
  if (void* memory = std::malloc(std::max<std::size_t>(size, 1)); memory != nullptr) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return count_and_get(size);
}
void* operator new[](std::size_t size) {
  return count_and_get(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace comity::crypto {
namespace {

constexpr std::size_t kMostRefusalBytes = 4096;

struct Refusal {
  proto::Code code;
  std::size_t bytes;
};

Refusal refusal(std::string_view text) {
  const std::size_t before = asked;
  const auto read = dearmour("INVITATION", text);
  return {read.ok() ? proto::Code::kUnknown : read.error().code, asked - before};
}

std::string many_lines(std::string text) {
  while (text.size() + 2 <= proto::bounds::kArmourTextBytes)
    text += "a\n";
  return text;
}

}  // namespace

TEST_CASE("texts of many short lines are refused in little memory") {
  const std::string begin = "-----BEGIN COMITY INVITATION-----\n";
  const std::string end = "-----END COMITY INVITATION-----\n";
  const Refusal absent = refusal(many_lines(""));
  CHECK(absent.code == proto::Code::kArmourAbsent);
  CHECK(absent.bytes <= kMostRefusalBytes);
  const Refusal open = refusal(many_lines(begin));
  CHECK(open.code == proto::Code::kArmourDamaged);
  CHECK(open.bytes <= kMostRefusalBytes);
  std::string closed = many_lines(begin);
  closed.replace(closed.size() - end.size(), end.size(), end);
  const Refusal crowded = refusal(closed);
  CHECK(crowded.code == proto::Code::kArmourDamaged);
  CHECK(crowded.bytes <= kMostRefusalBytes);
}

}  // namespace comity::crypto
