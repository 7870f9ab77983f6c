// Any body of POST /v1/completions becomes one raw prompt with a limit, or is refused with an error
// that says what was wrong.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "dialects/openai_completions.h"

using namespace b3iq;

int fuzz_completions_request(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto decoded = dialects::openai_completions().decode(body);
  if (!decoded.ok()) {
    B3_CHECK(!decoded.error().detail.empty());
    return 0;
  }
  B3_CHECK(decoded->raw_prompt && decoded->messages.size() == 1);
  B3_CHECK(decoded->messages[0].content.size() == 1 && decoded->tools.empty());
  B3_CHECK(decoded->max_tokens && *decoded->max_tokens >= 1);
  B3_CHECK(decoded->body == body);
  return 0;
}
