// Any text as an amount: refused, or the same text when written. Arithmetic on it agrees with
// itself.
#include "protocol/amount.h"

#include <cstdint>
#include <string_view>

#include "base/check.h"

int fuzz_amount(const std::uint8_t* data, std::size_t size) {
  using b3iq::protocol::Amount;
  using b3iq::protocol::Rounding;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto amount = Amount::parse(text);
  if (!amount.ok()) return 0;
  B3_CHECK(amount->to_string() == text);
  B3_CHECK(Amount::from_bytes(amount->to_bytes()) == *amount);
  const Amount rest = Amount::subtract(Amount::max(), *amount).value();
  B3_CHECK(Amount::add(*amount, rest) == Amount::max());
  if (!rest.is_zero())
    B3_CHECK(Amount::subtract(*amount, Amount(1)).has_value() == !amount->is_zero());
  const std::uint64_t factor = size * 0x9E37'79B9'7F4A'7C15ull | 1;
  const auto down = Amount::mul_div(*amount, factor, 10'000, Rounding::down);
  const auto up = Amount::mul_div(*amount, factor, 10'000, Rounding::up);
  B3_CHECK(!up || (down && *down <= *up));
  B3_CHECK(Amount::mul_div(*amount, factor, factor, Rounding::up) == *amount);
  return 0;
}
