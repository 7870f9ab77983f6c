#include "control/config/address_range.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace b3iq::control {

using base::Error;
using base::ErrorCode;

namespace {

constexpr int kMappedBits = 96;  // in front of an IPv4 address in its mapped form

bool is_mapped(const AddressBytes& bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](auto b) { return b == 0; }) &&
         bytes[10] == 0xFF && bytes[11] == 0xFF;
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string name(text);
  AddressBytes bytes{};
  if (::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1) return bytes;
  if (::inet_pton(AF_INET, name.c_str(), bytes.data() + 12) != 1) return std::nullopt;
  bytes[10] = bytes[11] = 0xFF;
  return bytes;
}

bool AddressRange::contains(const AddressBytes& other) const {
  const auto whole = static_cast<std::size_t>(prefix_bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.begin()))
    return false;
  const int rest = prefix_bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
  return (address[whole] & mask) == (other[whole] & mask);
}

base::Result<AddressRange> parse_address_range(std::string_view text) {
  const auto wrong = [&] {
    return Error(ErrorCode::config_invalid,
                 fmt::format("'{}' is no address or range of addresses. Write 10.0.0.7, "
                             "10.0.0.0/8 or fd00::/8.",
                             text));
  };
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return wrong();
  const bool v4 = is_mapped(*address);
  const int most = v4 ? 32 : 128;
  int bits = most;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (failure != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > most)
      return wrong();
  }
  return AddressRange{*address, v4 ? kMappedBits + bits : bits};
}

bool contains(const std::vector<AddressRange>& ranges, std::string_view address) {
  const auto bytes = parse_address(address);
  return bytes && std::ranges::any_of(ranges, [&](const auto& r) { return r.contains(*bytes); });
}

}  // namespace b3iq::control
