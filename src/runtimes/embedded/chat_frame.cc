#include "runtimes/embedded/chat_frame.h"

#include <algorithm>
#include <string>

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;
using inference::PartKind;

base::Result<ChatMessage> to_message(const inference::Message& message) {
  ChatMessage out;
  out.role = message.role;
  for (const auto& part : message.content) {
    if (part.kind != PartKind::text && part.kind != PartKind::refusal) {
      return Error(ErrorCode::unsupported_parameter,
                   "The embedded runtime takes text only: no images, audio or files.", "messages");
    }
    out.texts.emplace_back(part.text);
  }
  out.name = message.name;
  out.tool_call_id = message.tool_call_id;
  out.tool_calls = message.tool_calls;
  return out;
}

base::Status check_limit(std::size_t count, std::size_t limit, const std::string& what) {
  if (count <= limit) return {};
  return Error(ErrorCode::invalid_request,
               what + " has " + std::to_string(count) +
                   " entries; the embedded runtime takes at most " + std::to_string(limit) + ".",
               what);
}

}  // namespace

base::Result<ChatFrame> to_chat_frame(const inference::ChatRequest& request) {
  if (!request.unknown_members.empty()) {
    const std::string& name = request.unknown_members.front();
    return Error(ErrorCode::unsupported_parameter,
                 "The embedded runtime does not know the member \"" + name + "\".", name);
  }
  TRY_OK(check_limit(request.messages.size(), kMaxMessages, "messages"));
  TRY_OK(check_limit(request.tools.size(), kMaxTools, "tools"));
  TRY_OK(check_limit(request.stop.size(), kMaxStops, "stop"));
  TRY_OK(check_limit(request.sampling.logit_bias.size(), kMaxLogitBias, "logit_bias"));
  ChatFrame frame;
  for (const auto& message : request.messages) {
    TRY(frame.messages.emplace_back(), to_message(message));
  }
  for (const auto& tool : request.tools) {
    frame.tools.push_back({std::string(tool.name), std::string(tool.description), tool.parameters});
  }
  frame.tool_choice = request.tool_choice;
  frame.tool_choice_name = request.tool_choice_name;
  frame.parallel_tool_calls = request.parallel_tool_calls;
  frame.response_format = request.response_format;
  frame.json_schema = request.json_schema;
  frame.sampling = request.sampling;
  frame.max_tokens = request.max_tokens;
  frame.stop = request.stop;
  frame.logprobs = request.logprobs;
  frame.top_logprobs = static_cast<std::uint32_t>(
      std::clamp(request.top_logprobs, 0, static_cast<int>(kMaxTopLogprobs)));
  frame.raw_prompt = request.raw_prompt;
  frame.cache_partition = request.cache_partition;
  return frame;
}

}  // namespace b3iq::runtimes
