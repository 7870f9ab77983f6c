// Result<T>: a value or an Error. TRY and CO_TRY unwrap one or leave the function (or coroutine)
// with its error:
//
//   TRY(auto node, load_identity(path));        // in a function that returns Result<...>
//   CO_TRY(auto answer, co_await client.send(request));  // in a coroutine
//   TRY_OK(file.sync());                        // when there is no value
#pragma once

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.h"

namespace b3iq::base {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { assert(ok()); }

  // The caller has asked ok().
  const Error& error() const& { return *error_; }    // NOLINT(bugprone-unchecked-optional-access)
  Error&& error() && { return *std::move(error_); }  // NOLINT(bugprone-unchecked-optional-access)

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace b3iq::base

#define B3_CAT_(a, b) a##b
#define B3_CAT(a, b) B3_CAT_(a, b)
#define B3_TRY_(temporary, leave, declaration, ...) \
  auto temporary = (__VA_ARGS__);                   \
  if (!temporary.ok()) [[unlikely]]                 \
    leave std::move(temporary).error();             \
  declaration = std::move(temporary).value()
#define TRY(declaration, ...) B3_TRY_(B3_CAT(b3_try_, __LINE__), return, declaration, __VA_ARGS__)
#define CO_TRY(declaration, ...) \
  B3_TRY_(B3_CAT(b3_try_, __LINE__), co_return, declaration, __VA_ARGS__)
#define B3_TRY_OK_(temporary, leave, ...)                           \
  if (auto temporary = (__VA_ARGS__); !temporary.ok()) [[unlikely]] \
  leave std::move(temporary).error()
#define TRY_OK(...) B3_TRY_OK_(B3_CAT(b3_try_, __LINE__), return, __VA_ARGS__)
#define CO_TRY_OK(...) B3_TRY_OK_(B3_CAT(b3_try_, __LINE__), co_return, __VA_ARGS__)
