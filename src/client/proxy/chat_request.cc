#include "client/proxy/chat_request.h"

#include "json/json.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kStream = "stream";
constexpr std::string_view kStreamOptions = "stream_options";

Error wrong(std::string detail, std::string_view param) {
  return Error(ErrorCode::invalid_request, std::move(detail), std::string(param));
}

}  // namespace

Result<ChatRequest> read_chat_request(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const auto root = document.root();
  if (!root.is_object())
    return wrong("The body must be a JSON object with model and messages.", "");
  ChatRequest request;
  request.model = root.find("model").string().value_or("");
  if (request.model.empty()) return wrong("Say which model: a name of GET /v1/models.", "model");
  const auto stream = root.find(kStream);
  if (stream && !stream.is_null() && !stream.boolean())
    return wrong("stream must be true or false.", kStream);
  request.stream = stream.boolean().value_or(false);
  const auto options = root.find(kStreamOptions);
  request.include_usage = options.find("include_usage").boolean().value_or(false);
  request.body = crypto::Secret(body);
  return request;
}

}  // namespace b3iq::client
