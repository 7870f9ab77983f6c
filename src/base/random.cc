#include "base/random.h"

#include <string.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/check.h"

namespace b3iq::base {
namespace {

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const auto n = ::getrandom(out.data() + done, out.size() - done, 0);
      B3_CHECK(n > 0);
      done += static_cast<std::size_t>(n);
    }
  }
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

BufferedRandom::~BufferedRandom() { ::explicit_bzero(buffer_.data(), buffer_.size()); }

void BufferedRandom::fill(std::span<std::uint8_t> out) {
  if (out.size() > buffer_.size() / 4) {
    source_.fill(out);
    return;
  }
  if (buffer_.size() - used_ < out.size()) {
    source_.fill(buffer_);
    used_ = 0;
  }
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
  ::explicit_bzero(buffer_.data() + used_, out.size());
  used_ += out.size();
}

std::string make_ulid(std::int64_t wall_ms, Random& random) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::array<std::uint8_t, 16> bytes;
  random.fill(std::span(bytes).subspan(6));
  for (int i = 0; i < 6; ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(wall_ms >> (40 - 8 * i));
  std::string out(26, '0');
  // 130 bits hold 128: the first character carries the top three.
  unsigned buffer = 0;
  int held = 2;
  std::size_t at = 0;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      out[at++] = kAlphabet[(buffer >> held) & 31];
    }
  }
  return out;
}

}  // namespace b3iq::base
