// Any body of POST /v1/responses becomes a chat request that holds its own promises, or is refused
// with an error that says what was wrong; what the answer repeats of it is JSON.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "dialects/openai_responses.h"
#include "dialects/responses_request.h"
#include "json/json.h"

using namespace b3iq;

int fuzz_responses_request(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto decoded = dialects::decode_responses(body);
  if (!decoded.ok()) {
    B3_CHECK(!dialects::in_responses_words(decoded.error()).detail.empty());
    return 0;
  }
  B3_CHECK(!decoded->model.empty() && !decoded->messages.empty());
  B3_CHECK(decoded->caller_body == body);
  B3_CHECK(json::Document::parse(decoded->body, {.max_bytes = std::size_t{1} << 26}).ok());
  const auto writer = dialects::openai_responses().make_writer({"01", 5, "m"}, *decoded);
  const auto answer = writer->whole({.text = "a"}, R"({"k":1})");
  B3_CHECK(answer.find('\n') == std::string::npos);
  const auto document = json::Document::parse(answer, {.max_bytes = std::size_t{1} << 26});
  B3_CHECK(document.ok() && document->root().find("store").boolean() == false);
  return 0;
}
