#include "control/limits/address_key.h"

#include "control/config/address_range.h"

namespace b3iq::control {
namespace {

constexpr std::size_t kIpv6NetworkBytes = 8;
constexpr std::size_t kMaxOtherBytes = 64;
const AddressRange kMappedIpv4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0}, 96};

}  // namespace

std::string address_key(std::string_view address) {
  const auto bytes = parse_address(address);
  if (!bytes) return std::string(address.substr(0, kMaxOtherBytes));
  const auto size = kMappedIpv4.contains(*bytes) ? bytes->size() : kIpv6NetworkBytes;
  return {reinterpret_cast<const char*>(bytes->data()), size};
}

}  // namespace b3iq::control
