// Any body of Ollama's chat or generate is decoded or refused with an error that says what was
// wrong; a decoded one is an OpenAI body of its own, and what it means can be told back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dialect_fuzz.h"
#include "dialects/ollama.h"

int fuzz_ollama_request(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  b3iq::fuzz::check_dialect(b3iq::dialects::ollama_chat(), body);
  b3iq::fuzz::check_dialect(b3iq::dialects::ollama_generate(), body);
  return 0;
}
