// Any body is decoded or refused with an error that names what was wrong; a decoded one keeps the
// promises of the header, and its text can be spliced.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "inference/capability_check.h"
#include "inference/json_splice.h"
#include "inference/openai_request.h"
#include "json/json.h"

namespace {

using namespace b3iq::inference;

void check_request(const ChatRequest& request) {
  B3_CHECK(!request.model.empty() && !request.messages.empty());
  B3_CHECK(!request.max_tokens || *request.max_tokens >= 1);
  B3_CHECK(request.stop.size() <= kMaxStopStrings);
  B3_CHECK(request.top_logprobs >= 0 && request.top_logprobs <= 20);
  B3_CHECK(request.stream || !request.include_usage);
  const auto status = check_capabilities(request, {});
  B3_CHECK(status.ok() || !status.error().param.empty());
}

// Taking a member out of a body leaves a body without it, and touches no other member.
void check_removal(std::string_view body, std::string_view name) {
  const auto member = find_member(body, name);
  B3_CHECK(member.has_value());
  std::string rest;
  for (const std::string_view piece : splice(body, {removal(body, *member)})) rest.append(piece);
  const auto before = b3iq::json::Document::parse(body);
  const auto after = b3iq::json::Document::parse(rest);
  B3_CHECK(before.ok() && after.ok());
  B3_CHECK(after->root().size() + 1 == before->root().size());
  B3_CHECK(!after->root().find(name));
}

}  // namespace

int fuzz_openai_request(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  auto decoded = decode_chat_request(body);
  if (!decoded.ok()) {
    B3_CHECK(!decoded.error().detail.empty());
    return 0;
  }
  const ChatRequest request = std::move(*decoded);
  check_request(request);
  check_removal(body, "model");
  if (request.has_b3iq) check_removal(body, "b3iq");
  if (request.has_stream_options) check_removal(body, "stream_options");
  return 0;
}
