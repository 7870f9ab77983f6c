#include "client/sealing/request_body.h"

#include "base/bytes.h"
#include "base/text.h"
#include "json/json.h"

namespace b3iq::client {
namespace {

base::Error wrong(std::string detail, std::string param) {
  return base::Error(base::ErrorCode::invalid_request, std::move(detail), std::move(param));
}

}  // namespace

base::Result<RequestBody> body_as_given(std::string_view given, const std::string& model,
                                        Asks asks) {
  const std::string_view text = base::trimmed(given);
  TRY(const auto document, json::Document::parse(text));
  if (!document.root().is_object()) {
    return base::Error(
        base::ErrorCode::invalid_json,
        "The request's body is an OpenAI chat body: a JSON object with messages. For "
        "a plain text use --prompt.");
  }
  RequestBody body{crypto::Secret(text), model};
  if (body.model.empty()) body.model = document.root().find("model").string().value_or("");
  if (body.model.empty()) return wrong("The body names no model. Say --model.", "model");
  if (asks == Asks::stream && document.root().find("stream").boolean() != true) {
    return wrong(
        "The body asks for no stream, and it is sealed as it is: put \"stream\": true "
        "into it.",
        "stream");
  }
  return body;
}

base::Result<RequestBody> body_of_prompt(std::string_view prompt, const std::string& model,
                                         Asks asks) {
  if (model.empty()) return wrong("With --prompt say --model too.", "model");
  while (prompt.ends_with('\n') || prompt.ends_with('\r')) prompt.remove_suffix(1);
  if (prompt.empty()) return wrong("The prompt is empty.", "prompt");
  if (!base::valid_utf8(prompt)) return wrong("The prompt is not UTF-8 text.", "prompt");
  std::string text;
  text.reserve(2 * prompt.size() + 256 + model.size());
  json::Writer w(text);
  w.begin_object();
  w.member("model", model);
  w.key("messages");
  w.begin_array();
  w.begin_object();
  w.member("role", "user");
  w.member("content", prompt);
  w.end_object();
  w.end_array();
  if (asks == Asks::stream) w.member("stream", true);
  w.end_object();
  RequestBody body{crypto::Secret(text), model};
  crypto::wipe(text.data(), text.size());
  return body;
}

}  // namespace b3iq::client
