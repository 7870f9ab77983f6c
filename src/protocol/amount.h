// Money: whole wei from 0 to 2^256-1. On the wire a decimal string without sign and without leading
// zero. There is no subtraction below zero and no silent overflow: arithmetic gives nullopt
// instead.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::protocol {

enum class Rounding : std::uint8_t { down, up };

class Amount {
 public:
  constexpr Amount() = default;
  constexpr explicit Amount(std::uint64_t wei) : limbs_{wei, 0, 0, 0} {}

  // Errors: invalid_request, saying what a decimal amount looks like. `param` names the request
  // member.
  static base::Result<Amount> parse(std::string_view text, std::string_view param = {});
  static Amount max();
  // Big endian, as a contract's uint256.
  static Amount from_bytes(const std::array<std::uint8_t, 32>& bytes);
  std::array<std::uint8_t, 32> to_bytes() const;
  std::string to_string() const;

  bool is_zero() const { return *this == Amount(); }

  static std::optional<Amount> add(const Amount& a, const Amount& b);
  static std::optional<Amount> subtract(const Amount& a, const Amount& b);
  // amount * numerator / denominator; the product may exceed 256 bits, the result not. Denominator
  // 0 gives nullopt.
  static std::optional<Amount> mul_div(const Amount& amount, std::uint64_t numerator,
                                       std::uint64_t denominator, Rounding rounding);

  friend bool operator==(const Amount&, const Amount&) = default;
  friend std::strong_ordering operator<=>(const Amount& a, const Amount& b);

 private:
  std::array<std::uint64_t, 4> limbs_{};  // least significant first
};

}  // namespace b3iq::protocol
