// memmem for short needles in short texts, at the speed of a plain scan: compares two bytes of the
// needle at sixteen places at once where the machine has SSE2, and falls back to the library
// elsewhere.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace b3iq::inference {

// Offset of the first `needle` (3 bytes or more) at or behind `from`, or npos.
inline std::size_t find_bytes(std::string_view text, std::string_view needle,
                              std::size_t from = 0) {
#ifdef __SSE2__
  constexpr std::size_t kStep = 16;
  const std::size_t far = needle.size() - 2;  // the outer bytes are quotes mostly: poor anchors
  const __m128i near_byte = _mm_set1_epi8(needle[1]);
  const __m128i far_byte = _mm_set1_epi8(needle[far]);
  while (from + needle.size() + kStep <= text.size()) {
    const char* at = text.data() + from;
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 1));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + far));
    auto hits = static_cast<unsigned>(_mm_movemask_epi8(
        _mm_and_si128(_mm_cmpeq_epi8(a, near_byte), _mm_cmpeq_epi8(b, far_byte))));
    while (hits != 0) {
      const auto offset = static_cast<std::size_t>(std::countr_zero(hits));
      if (std::memcmp(at + offset, needle.data(), needle.size()) == 0) return from + offset;
      hits &= hits - 1;
    }
    from += kStep;
  }
#endif
  return text.find(needle, from);
}

}  // namespace b3iq::inference
