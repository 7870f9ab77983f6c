// Any body of Anthropic's dialect is decoded or refused with an error that says what was wrong; a
// decoded one is an OpenAI body of its own, and what it means can be told back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dialect_fuzz.h"
#include "dialects/anthropic.h"

int fuzz_anthropic_request(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  b3iq::fuzz::check_dialect(b3iq::dialects::anthropic(), body);
  return 0;
}
