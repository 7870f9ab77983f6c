#include "http/request_ids.h"

#include <bit>
#include <span>

#include "base/random.h"
#include "http/http_text.h"

namespace b3iq::http {

bool valid_request_id(std::string_view id) {
  if (id.empty() || id.size() > kMaxRequestIdBytes) return false;
  for (char c : id) {
    if (!is_alphanumeric(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

RequestIds::RequestIds() {
  base::system_random().fill({reinterpret_cast<std::uint8_t*>(state_.data()), sizeof state_});
  state_[0] |= 1;  // the generator must not start at zero
}

// xoshiro256++ (Blackman, Vigna; public domain).
std::uint64_t RequestIds::next() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

void RequestIds::fresh(char* out) {
  static constexpr char kDigits[] = "abcdefghijklmnopqrstuvwxyz234567";
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = next();
    for (std::size_t i = 0; i < kFreshRequestIdBytes / 2; ++i, bits >>= 5)
      *out++ = kDigits[bits & 31];
  }
}

}  // namespace b3iq::http
