#include "runtimes/embedded/worker/answer_reader.h"

#include <exception>

#include "base/bytes.h"
#include "base/random.h"

namespace b3iq::runtimes::worker {
namespace {

constexpr std::size_t kCallIdBytes = 18;

std::string new_call_id() {
  std::uint8_t bytes[kCallIdBytes];
  base::system_random().fill(bytes);
  return "call_" + base::to_base64url(bytes);
}

// Appends to `delta` what `now` has beyond `out`, when it only grew, and remembers it.
bool grow(std::string& out, const std::string& now, std::string& delta) {
  if (now.size() <= out.size() || now.compare(0, out.size(), out) != 0) return false;
  delta.append(now, out.size());
  out = now;
  return true;
}

}  // namespace

void AnswerReader::read(std::string_view text, bool last, TokenFrame& step) {
  if (!parsed_) {
    step.text.append(text);
    return;
  }
  text_.append(text);
  if (text.empty() && !last) return;
  try {
    common_chat_msg message = common_chat_parse(text_, !last, parser_);
    grow(reasoning_, message.reasoning_content, step.reasoning);
    grow(content_, message.content, step.text);
    read_calls(message, last, step);
  } catch (const std::exception&) {
    // Half a tool call may not parse yet. What never parses is shown as the text that it is, unless
    // part of it is out.
    if (last && content_.empty() && reasoning_.empty() && calls_.empty()) step.text.append(text_);
  }
}

// The name may still grow while the last call has no arguments: it is told when it is whole.
void AnswerReader::read_calls(const common_chat_msg& message, bool last, TokenFrame& step) {
  for (std::size_t i = 0; i < message.tool_calls.size() && i < kMaxTools; ++i) {
    const auto& now = message.tool_calls[i];
    const bool whole_name = last || i + 1 < message.tool_calls.size() || !now.arguments.empty();
    if (now.name.empty() || !whole_name) break;
    if (i == calls_.size()) calls_.push_back({now.id.empty() ? new_call_id() : now.id, false, {}});
    Call& call = calls_[i];
    inference::ToolCallDelta delta;
    delta.index = static_cast<int>(i);
    bool changed = grow(call.arguments, now.arguments, delta.arguments);
    if (!call.named) {
      call.named = changed = true;
      delta.id = call.id;
      delta.name = now.name;
    }
    if (changed) step.tool_calls.push_back(std::move(delta));
  }
}

}  // namespace b3iq::runtimes::worker
