#include "inference/capability_check.h"

#include <string>

#include "inference/request_fields.h"

namespace b3iq::inference {
namespace {

using base::Status;

Status refuse(const Path& path, std::string_view advice) {
  std::string detail = "the model's runtime cannot do this; ";
  return unsupported_value(path, detail.append(advice));
}

Status check_part(PartKind kind, const Path& path, const Capabilities& can) {
  switch (kind) {
    case PartKind::text:
    case PartKind::refusal:
      return {};
    case PartKind::image_url:
      if (can.vision) return {};
      return refuse(path, "send text only or choose a model that reads images");
    case PartKind::input_audio:
      if (can.audio) return {};
      return refuse(path, "send text only or choose a model that hears audio");
    case PartKind::file:
      if (can.same_dialect) return {};
      return refuse(path, "put the file's text into the message");
  }
  return {};
}

Status check_messages(const ChatRequest& request, const Capabilities& can) {
  const Path messages("messages");
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    const Path here = messages.element(i);
    const Path content = here.member("content");
    for (std::size_t k = 0; k < message.content.size(); ++k) {
      TRY_OK(check_part(message.content[k].kind, content.element(k), can));
    }
    if (!can.tools && (message.role == Role::tool || !message.tool_calls.empty())) {
      return refuse(here, "leave tool messages out or choose a model with tools");
    }
  }
  return {};
}

Status check_format(const ChatRequest& request, const Capabilities& can) {
  const Path path("response_format");
  switch (request.response_format) {
    case ResponseFormat::text:
      return {};
    case ResponseFormat::json_object:
      if (can.json_object) return {};
      return refuse(path, "ask for JSON in the prompt or choose another model");
    case ResponseFormat::json_schema:
      if (can.json_schema) return {};
      return refuse(path, can.json_object ? "use the type 'json_object'"
                                          : "ask for JSON in the prompt or choose another model");
  }
  return {};
}

Status check_sampling(const Sampling& sampling, const Capabilities& can) {
  constexpr std::string_view kLeaveOut = "leave it out";
  if (!can.logit_bias && !sampling.logit_bias.empty()) return refuse(Path("logit_bias"), kLeaveOut);
  if (!can.penalties && sampling.presence_penalty.value_or(0) != 0) {
    return refuse(Path("presence_penalty"), kLeaveOut);
  }
  if (!can.penalties && sampling.frequency_penalty.value_or(0) != 0) {
    return refuse(Path("frequency_penalty"), kLeaveOut);
  }
  if (!can.extensions && sampling.top_k) return refuse(Path("top_k"), kLeaveOut);
  if (!(can.extensions && can.min_p) && sampling.min_p) return refuse(Path("min_p"), kLeaveOut);
  if (!can.extensions && sampling.repeat_penalty) return refuse(Path("repeat_penalty"), kLeaveOut);
  return {};
}

Status check_tool_control(const ChatRequest& request, const Capabilities& can) {
  if (can.tool_control) return {};
  const bool forced =
      request.tool_choice == ToolChoice::required || request.tool_choice == ToolChoice::named;
  if (forced) return refuse(Path("tool_choice"), "use 'auto' or 'none'");
  if (request.parallel_tool_calls == false) {
    return refuse(Path("parallel_tool_calls"), "leave it out and use the first call");
  }
  return {};
}

}  // namespace

Status check_capabilities(const ChatRequest& request, const Capabilities& capabilities) {
  if (!capabilities.chat) {
    return unsupported_value(Path("model"), "it makes embeddings only; choose a chat model");
  }
  if (request.raw_prompt && !capabilities.raw_prompts) {
    return unsupported_value(Path("model"),
                             "its runtime answers chats only; use POST /v1/chat/completions");
  }
  if (!capabilities.same_dialect && !request.unknown_members.empty()) {
    return unsupported_value(Path(request.unknown_members.front()),
                             "the model's runtime does not know it and it may change the answer; "
                             "leave it out");
  }
  const bool uses_tools = !request.tools.empty() && request.tool_choice != ToolChoice::none;
  if (!capabilities.tools && uses_tools) {
    return refuse(Path("tools"), "leave tools out or choose a model with tools");
  }
  if (uses_tools) TRY_OK(check_tool_control(request, capabilities));
  if (!capabilities.logprobs && request.logprobs) return refuse(Path("logprobs"), "leave it out");
  TRY_OK(check_format(request, capabilities));
  TRY_OK(check_sampling(request.sampling, capabilities));
  TRY_OK(check_messages(request, capabilities));
  return capabilities.check_chat == nullptr ? Status() : capabilities.check_chat(request);
}

Status check_embedding(const EmbeddingRequest& request, const Capabilities& capabilities) {
  if (!capabilities.embeddings) {
    return unsupported_value(Path("model"), "it makes no embeddings; choose an embedding model");
  }
  if (!capabilities.embedding_tokens && !request.token_inputs.empty()) {
    return unsupported_value(Path("input"), "the model's runtime takes no token ids; send texts");
  }
  if (request.count() == 0) return invalid_value(Path("input"), "at least one text is needed");
  if (request.count() > kMaxEmbeddingInputs) {
    return invalid_value(Path("input"), "more than 2048 texts; send them in several requests");
  }
  const std::int64_t dimensions = request.dimensions.value_or(1);
  if (dimensions < 1 || dimensions > static_cast<std::int64_t>(kMaxEmbeddingDimensions)) {
    return invalid_value(Path("dimensions"), "it must be from 1 to 65536");
  }
  return {};
}

}  // namespace b3iq::inference
