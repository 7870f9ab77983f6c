#include "protocol/amount.h"

#include <algorithm>

namespace b3iq::protocol {
namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr std::size_t kMaxDigits = 78;                           // of 2^256-1
constexpr std::size_t kChunkDigits = 19;                         // fit 64 bits
constexpr std::uint64_t kChunk = 10'000'000'000'000'000'000ull;  // 10^19

base::Error refused(std::string_view param) {
  return base::Error(
      base::ErrorCode::invalid_request,
      "An amount is a string of decimal digits in wei, from \"0\" to 2^256-1, without sign, "
      "leading zero, exponent or space.",
      std::string(param));
}

// value = value * factor + addend. Returns what does not fit.
template <std::size_t N>
std::uint64_t multiply_add(std::array<std::uint64_t, N>& value, std::uint64_t factor,
                           std::uint64_t addend) {
  std::uint64_t carry = addend;
  for (std::uint64_t& limb : value) {
    const Wide product = static_cast<Wide>(limb) * factor + carry;
    limb = static_cast<std::uint64_t>(product);
    carry = static_cast<std::uint64_t>(product >> 64);
  }
  return carry;
}

// value = value / divisor. Returns the remainder.
template <std::size_t N>
std::uint64_t divide(std::array<std::uint64_t, N>& value, std::uint64_t divisor) {
  std::uint64_t remainder = 0;
  for (std::size_t i = N; i-- > 0;) {
    const Wide part = (static_cast<Wide>(remainder) << 64) | value[i];
    value[i] = static_cast<std::uint64_t>(part / divisor);
    remainder = static_cast<std::uint64_t>(part % divisor);
  }
  return remainder;
}

}  // namespace

base::Result<Amount> Amount::parse(std::string_view text, std::string_view param) {
  if (text.empty() || text.size() > kMaxDigits) return refused(param);
  if (text.size() > 1 && text[0] == '0') return refused(param);
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return refused(param);
  Amount amount;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, kChunkDigits);
    text.remove_prefix(part.size());
    std::uint64_t value = 0;
    std::uint64_t scale = 1;
    for (char c : part) {
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
      scale *= 10;
    }
    if (multiply_add(amount.limbs_, scale, value) != 0) return refused(param);
  }
  return amount;
}

Amount Amount::max() {
  Amount amount;
  amount.limbs_.fill(~std::uint64_t{0});
  return amount;
}

Amount Amount::from_bytes(const std::array<std::uint8_t, 32>& bytes) {
  Amount amount;
  for (std::size_t i = 0; i < 32; ++i) {
    std::uint64_t& limb = amount.limbs_[3 - i / 8];
    limb = limb << 8 | bytes[i];
  }
  return amount;
}

std::array<std::uint8_t, 32> Amount::to_bytes() const {
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < 32; ++i) {
    bytes[i] = static_cast<std::uint8_t>(limbs_[3 - i / 8] >> (56 - 8 * (i % 8)));
  }
  return bytes;
}

std::string Amount::to_string() const {
  std::array<char, 5 * kChunkDigits> digits;
  std::size_t at = digits.size();
  auto rest = limbs_;
  for (int chunk = 0; chunk < 5; ++chunk) {
    std::uint64_t value = divide(rest, kChunk);
    for (std::size_t i = 0; i < kChunkDigits; ++i, value /= 10) {
      digits[--at] = static_cast<char>('0' + value % 10);
    }
  }
  const std::string_view text(digits.data(), digits.size());
  const auto first = text.find_first_not_of('0');
  return std::string(first == std::string_view::npos ? "0" : text.substr(first));
}

std::optional<Amount> Amount::add(const Amount& a, const Amount& b) {
  Amount sum;
  Wide carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    carry += static_cast<Wide>(a.limbs_[i]) + b.limbs_[i];
    sum.limbs_[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  if (carry != 0) return std::nullopt;
  return sum;
}

std::optional<Amount> Amount::subtract(const Amount& a, const Amount& b) {
  if (a < b) return std::nullopt;
  Amount difference;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide part = static_cast<Wide>(a.limbs_[i]) - b.limbs_[i] - borrow;
    difference.limbs_[i] = static_cast<std::uint64_t>(part);
    borrow = static_cast<std::uint64_t>(part >> 64) & 1;
  }
  return difference;
}

std::optional<Amount> Amount::mul_div(const Amount& amount, std::uint64_t numerator,
                                      std::uint64_t denominator, Rounding rounding) {
  if (denominator == 0) return std::nullopt;
  std::array<std::uint64_t, 5> product{};
  std::copy(amount.limbs_.begin(), amount.limbs_.end(), product.begin());
  multiply_add(product, numerator, 0);
  const std::uint64_t remainder = divide(product, denominator);
  if (product[4] != 0) return std::nullopt;
  Amount quotient;
  std::copy_n(product.begin(), 4, quotient.limbs_.begin());
  if (rounding == Rounding::up && remainder != 0) return add(quotient, Amount(1));
  return quotient;
}

std::strong_ordering operator<=>(const Amount& a, const Amount& b) {
  return std::lexicographical_compare_three_way(a.limbs_.rbegin(), a.limbs_.rend(),
                                                b.limbs_.rbegin(), b.limbs_.rend());
}

}  // namespace b3iq::protocol
