// What holds for every dialect whose bodies are said in OpenAI's.
#pragma once

#include <string>
#include <string_view>

#include "base/check.h"
#include "dialects/dialect.h"
#include "inference/openai_request.h"
#include "json/json.h"

namespace b3iq::fuzz {

inline void check_dialect(const dialects::Dialect& dialect, std::string_view body) {
  auto decoded = dialect.decode(body);
  if (!decoded.ok()) {
    B3_CHECK(!decoded.error().detail.empty());
    return;
  }
  const inference::ChatRequest request = std::move(*decoded);
  B3_CHECK(!request.model.empty() && !request.messages.empty());
  B3_CHECK(request.caller_body.data() == body.data() && request.caller_body.size() == body.size());
  B3_CHECK(request.stop.size() <= inference::kMaxStopStrings);
  B3_CHECK(request.unknown_members.empty());
  // The body is its own, and says the same when it is read again.
  const std::string copy(request.body);
  const auto again = inference::decode_chat_request(
      copy, {.max_bytes = copy.size(), .max_depth = json::Limits{}.max_depth + 8});
  B3_CHECK(again.ok());
  B3_CHECK(again->messages.size() == request.messages.size());
  B3_CHECK(again->stream == request.stream && again->max_tokens == request.max_tokens);
  // An answer that holds the caller's own texts is JSON.
  inference::ChatAnswer answer;
  answer.text = body.substr(0, 64);
  answer.reasoning = request.model;
  answer.tool_calls.push_back({"", request.model, std::string(body)});
  const auto writer = dialect.make_writer({"01X", 1, request.model}, request);
  B3_CHECK(json::Document::parse(writer->whole(answer, "{}")).ok());
}

}  // namespace b3iq::fuzz
