// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "proto/error.h"

namespace comity::proto {

/// A value or the Error that stood in its way: how every expected failure travels. Broken invariants throw
/// instead. Not thread-safe by itself, like the value it holds.
template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit from both sides, so that `return value;` and `return Error{...};` read as they are meant.
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return ok(); }

  /// The value. Throws std::bad_variant_access when there is none: that is a broken invariant of the caller.
  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  /// The error. Throws std::bad_variant_access when the result holds a value.
  [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return !failed_; }
  [[nodiscard]] explicit operator bool() const noexcept { return ok(); }

  /// The error. Throws std::bad_variant_access when there is none.
  [[nodiscard]] const Error& error() const {
    if (!failed_) throw std::bad_variant_access();
    return error_;
  }

 private:
  Error error_;
  bool failed_ = false;
};

using Status = Result<void>;

}  // namespace comity::proto

#define COMITY_CONCAT_INNER(a, b) a##b
#define COMITY_CONCAT(a, b) COMITY_CONCAT_INNER(a, b)

/// Returns the error of `expression` from the enclosing function, or goes on. For coroutines write it out.
#define COMITY_CHECK(expression)                                \
  do {                                                          \
    if (auto comity_status = (expression); !comity_status.ok()) \
      return ::comity::proto::Error(comity_status.error());     \
  } while (false)

#define COMITY_TRY_INNER(result, declaration, expression)          \
  auto result = (expression);                                      \
  if (!result.ok()) return ::comity::proto::Error(result.error()); \
  declaration = *std::move(result)

/// `COMITY_TRY(auto x, f());` declares x from the value of f(), or returns its error.
#define COMITY_TRY(declaration, expression) \
  COMITY_TRY_INNER(COMITY_CONCAT(comity_result_, __LINE__), declaration, expression)
