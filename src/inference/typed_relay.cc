#include "inference/typed_relay.h"

#include <algorithm>

#include "json/json.h"

namespace b3iq::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::string_view kField = "data: ";
// Tool calls of one answer; an index beyond is not believed.
constexpr std::int64_t kMaxToolCalls = 256;

Error no_chunk() {
  return Error(ErrorCode::upstream_failed, "The runtime sent an event that is no chat chunk.");
}

void append_text(std::string& out, json::Value value) { out += value.string().value_or(""); }

// OpenAI has no member for reasoning; runtimes use one of these.
void append_reasoning(std::string& out, json::Value message) {
  const auto content = message.find("reasoning_content");
  append_text(out, content ? content : message.find("reasoning"));
}

void read_logprobs(json::Value logprobs, std::vector<TokenLogprob>& out) {
  const auto content = logprobs.find("content");
  for (std::size_t i = 0; i < content.size() && content.is_array(); ++i) {
    const auto token = content.at(i);
    TokenLogprob read;
    append_text(read.token, token.find("token"));
    read.logprob = token.find("logprob").number().value_or(0);
    const auto top = token.find("top_logprobs");
    for (std::size_t k = 0; k < top.size() && top.is_array(); ++k) {
      std::string text;
      append_text(text, top.at(k).find("token"));
      read.top.emplace_back(std::move(text), top.at(k).find("logprob").number().value_or(0));
    }
    out.push_back(std::move(read));
  }
}

Status read_tool_deltas(json::Value calls, std::vector<ToolCallDelta>& out) {
  for (std::size_t i = 0; i < calls.size() && calls.is_array(); ++i) {
    const auto call = calls.at(i);
    const auto index = call.find("index").integer().value_or(static_cast<std::int64_t>(i));
    if (index < 0 || index >= kMaxToolCalls) return no_chunk();
    ToolCallDelta delta;
    delta.index = static_cast<int>(index);
    append_text(delta.id, call.find("id"));
    append_text(delta.name, call.find("function").find("name"));
    append_text(delta.arguments, call.find("function").find("arguments"));
    out.push_back(std::move(delta));
  }
  return {};
}

}  // namespace

Status TypedRelay::read_events(std::string_view events) {
  while (!events.empty()) {
    const auto line = events.substr(0, events.find('\n'));
    events.remove_prefix(std::min(events.size(), line.size() + 1));
    if (line.empty()) continue;
    if (!line.starts_with(kField)) return no_chunk();
    const auto document = json::Document::parse(line.substr(kField.size()));
    if (!document.ok()) return no_chunk();
    const auto choice = document->root().find("choices").at(0);
    const auto delta = choice.find("delta");
    append_text(text_, delta.find("content"));
    append_text(text_, delta.find("refusal"));
    append_reasoning(reasoning_, delta);
    TRY_OK(read_tool_deltas(delta.find("tool_calls"), step_.tool_calls));
    read_logprobs(choice.find("logprobs"), step_.logprobs);
  }
  return {};
}

Task<Result<const StreamStep*>> TypedRelay::next() {
  CO_TRY(const StreamStep* relayed, co_await relayed_->next());
  if (relayed == nullptr || (relayed->sse.empty() && relayed->sse_tail.empty())) co_return relayed;
  step_ = {};
  text_.clear();
  reasoning_.clear();
  CO_TRY_OK(read_events(relayed->sse));
  CO_TRY_OK(read_events(relayed->sse_tail));
  step_.text = text_;
  step_.reasoning = reasoning_;
  // Counted as the relay counts: what is charged does not depend on the caller's dialect.
  step_.sse_content_events = relayed->sse_content_events;
  step_.sse_text_bytes = relayed->sse_text_bytes;
  step_.finish = relayed->finish;
  step_.usage = relayed->usage;
  const StreamStep* typed = &step_;
  co_return typed;
}

Status make_typed(ChatAnswer& answer) {
  if (answer.body.empty()) return {};
  const auto document = json::Document::parse(answer.body);
  if (!document.ok()) return no_chunk();
  const auto choice = document->root().find("choices").at(0);
  const auto message = choice.find("message");
  append_text(answer.text, message.find("content"));
  append_text(answer.text, message.find("refusal"));
  append_reasoning(answer.reasoning, message);
  std::vector<ToolCallDelta> calls;
  TRY_OK(read_tool_deltas(message.find("tool_calls"), calls));
  for (auto& call : calls)
    answer.tool_calls.push_back(
        {std::move(call.id), std::move(call.name), std::move(call.arguments)});
  read_logprobs(choice.find("logprobs"), answer.logprobs);
  answer.body.clear();
  return {};
}

}  // namespace b3iq::inference
