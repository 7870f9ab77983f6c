#include "dialects/anthropic_answer.h"

#include <algorithm>

#include "dialects/anthropic.h"
#include "dialects/anthropic_request.h"
#include "dialects/arguments_object.h"
#include "json/json.h"

namespace b3iq::dialects {
namespace {

using inference::ToolCall;

// Some runtimes end an answer that calls tools with a plain "stop".
std::string_view stop_reason(Finish finish, bool calls_tools) {
  switch (finish) {
    case Finish::stop:
      return calls_tools ? "tool_use" : "end_turn";
    case Finish::tool_calls:
      return "tool_use";
    case Finish::content_filter:
      return "refusal";
    case Finish::length:
    case Finish::cancelled:
    case Finish::error:
      break;
  }
  return "max_tokens";
}

void write_usage(json::Writer& w, const Usage& usage) {
  const auto cached = std::min(usage.cached_prompt_tokens, usage.prompt_tokens);
  w.key("usage");
  w.begin_object();
  w.member("input_tokens", usage.prompt_tokens - cached);
  w.member("cache_creation_input_tokens", 0);
  w.member("cache_read_input_tokens", cached);
  w.member("output_tokens", usage.completion_tokens);
  w.end_object();
}

void write_stop(json::Writer& w, Finish finish, bool calls_tools) {
  w.member("stop_reason", stop_reason(finish, calls_tools));
  w.key("stop_sequence");
  w.null();
}

// event: NAME, data: {"type":NAME … — open until end_event.
json::Writer begin_event(std::string& out, std::string_view name) {
  out.append("event: ").append(name).append("\ndata: ");
  json::Writer w(out);
  w.begin_object();
  w.member("type", name);
  return w;
}

void end_event(std::string& out, json::Writer& w) {
  w.end_object();
  out.append("\n\n");
}

void append_delta(std::string& out, int index, std::string_view type, std::string_view member,
                  std::string_view text) {
  auto w = begin_event(out, "content_block_delta");
  w.member("index", index);
  w.key("delta");
  w.begin_object();
  w.member("type", type);
  w.member(member, text);
  w.end_object();
  end_event(out, w);
}

void append_stop(std::string& out, int index) {
  auto w = begin_event(out, "content_block_stop");
  w.member("index", index);
  end_event(out, w);
}

json::Writer begin_block(std::string& out, int index, std::string_view type) {
  auto w = begin_event(out, "content_block_start");
  w.member("index", index);
  w.key("content_block");
  w.begin_object();
  w.member("type", type);
  return w;
}

void end_block(std::string& out, json::Writer& w) {
  w.end_object();
  end_event(out, w);
}

void append_text_start(std::string& out, int index, bool thinking) {
  auto w = begin_block(out, index, thinking ? "thinking" : "text");
  w.member(thinking ? "thinking" : "text", "");
  if (thinking) w.member("signature", "");
  end_block(out, w);
}

void append_call_start(std::string& out, int index, std::string_view id, std::string_view name) {
  auto w = begin_block(out, index, "tool_use");
  w.member("id", id);
  w.member("name", name);
  w.key("input");
  w.begin_object();
  w.end_object();
  end_block(out, w);
}

void write_content(json::Writer& w, std::string_view type, std::string_view text) {
  w.begin_object();
  w.member("type", type);
  w.member(type, text);
  if (type == "thinking") w.member("signature", "");
  w.end_object();
}

void write_head(json::Writer& w, std::string_view id, std::string_view model) {
  w.member("id", id);
  w.member("type", "message");
  w.member("role", "assistant");
  w.member("model", model);
}

void write_b3iq(json::Writer& w, std::string_view b3iq) {
  if (b3iq.empty()) return;
  w.key("b3iq");
  w.raw(b3iq);
}

}  // namespace

AnthropicWriter::AnthropicWriter(const AnswerIdentity& identity, const ChatRequest& request)
    : id_(std::string("msg_").append(identity.call_id)),
      model_(identity.model),
      with_reasoning_(request.wants_reasoning) {}

std::string AnthropicWriter::id_of_call(const ToolCall& call, std::size_t index) const {
  if (!call.id.empty()) return call.id;
  return "toolu_" + id_.substr(id_.find('_') + 1) + "_" + std::to_string(index);
}

// What the prompt cost is known only at the end: message_delta tells it.
void AnthropicWriter::append_opening(std::string& out) {
  auto w = begin_event(out, "message_start");
  w.key("message");
  w.begin_object();
  write_head(w, id_, model_);
  w.key("content");
  w.begin_array();
  w.end_array();
  w.key("stop_reason");
  w.null();
  w.key("stop_sequence");
  w.null();
  write_usage(w, {});
  w.end_object();
  end_event(out, w);
}

void AnthropicWriter::close_block(std::string& out) {
  if (open_ == Block::none) return;
  append_stop(out, next_index_ - 1);
  open_ = Block::none;
}

bool AnthropicWriter::open_call_is_whole() const {
  const std::string& arguments = calls_[opened_calls_ - 1].arguments;
  if (!arguments.ends_with('}')) return false;  // cheaper than to parse at every delta
  const auto parsed = json::Document::parse(arguments);
  return parsed.ok() && parsed->root().is_object();
}

void AnthropicWriter::append_text(std::string& out, Block kind, std::string_view text) {
  if (text.empty()) return;
  if (!late_text_.empty() || (open_ == Block::tool && !open_call_is_whole())) {
    if (kind == Block::text) late_text_.append(text);
    return;
  }
  const bool thinking = kind == Block::thinking;
  if (open_ != kind) {
    close_block(out);
    append_text_start(out, next_index_++, thinking);
    open_ = kind;
  }
  append_delta(out, next_index_ - 1, thinking ? "thinking_delta" : "text_delta",
               thinking ? "thinking" : "text", text);
}

void AnthropicWriter::open_call(std::string& out, const ToolCall& call) {
  close_block(out);
  append_call_start(out, next_index_++, id_of_call(call, opened_calls_), call.name);
  open_ = Block::tool;
  ++opened_calls_;
  if (!call.arguments.empty()) {
    append_delta(out, next_index_ - 1, "input_json_delta", "partial_json", call.arguments);
  }
}

void AnthropicWriter::open_held_calls(std::string& out) {
  while (opened_calls_ < calls_.size() && !calls_[opened_calls_].name.empty() &&
         (open_ != Block::tool || open_call_is_whole())) {
    open_call(out, calls_[opened_calls_]);
  }
}

void AnthropicWriter::append_call(std::string& out, const inference::ToolCallDelta& delta) {
  const auto index = static_cast<std::size_t>(delta.index);
  if (calls_.size() <= index) calls_.resize(index + 1);
  ToolCall& call = calls_[index];
  if (!delta.id.empty()) call.id = delta.id;
  call.name += delta.name;
  call.arguments += delta.arguments;
  const bool open = open_ == Block::tool && index + 1 == opened_calls_;
  if (open && !delta.arguments.empty()) {
    append_delta(out, next_index_ - 1, "input_json_delta", "partial_json", delta.arguments);
  }
  open_held_calls(out);
}

void AnthropicWriter::append_step(std::string& out, const StreamStep& step) {
  if (with_reasoning_) append_text(out, Block::thinking, step.reasoning);
  append_text(out, Block::text, step.text);
  for (const auto& delta : step.tool_calls) append_call(out, delta);
}

void AnthropicWriter::append_end(std::string& out, Finish finish, const Usage& usage,
                                 std::string_view b3iq) const {
  int next = next_index_;
  if (open_ != Block::none) append_stop(out, next - 1);
  for (std::size_t i = opened_calls_; i < calls_.size(); ++i) {
    if (calls_[i].name.empty() && calls_[i].arguments.empty()) continue;  // an index never used
    append_call_start(out, next, id_of_call(calls_[i], i), calls_[i].name);
    append_delta(out, next, "input_json_delta", "partial_json", calls_[i].arguments);
    append_stop(out, next++);
  }
  if (!late_text_.empty()) {
    append_text_start(out, next, false);
    append_delta(out, next, "text_delta", "text", late_text_);
    append_stop(out, next);
  }
  auto w = begin_event(out, "message_delta");
  w.key("delta");
  w.begin_object();
  write_stop(w, finish, !calls_.empty());
  w.end_object();
  write_usage(w, usage);
  write_b3iq(w, b3iq);
  end_event(out, w);
  auto last = begin_event(out, "message_stop");
  end_event(out, last);
}

void AnthropicWriter::append_error(std::string& out, const base::Error& error,
                                   std::string_view request_id) const {
  out.append("event: error\ndata: ").append(anthropic_error_body(error, request_id)).append("\n\n");
}

std::string AnthropicWriter::whole(const ChatAnswer& answer, std::string_view b3iq) const {
  std::string out;
  out.reserve(512 + answer.text.size() + answer.reasoning.size() + b3iq.size());
  json::Writer w(out);
  w.begin_object();
  write_head(w, id_, model_);
  w.key("content");
  w.begin_array();
  if (with_reasoning_ && !answer.reasoning.empty()) write_content(w, "thinking", answer.reasoning);
  if (!answer.text.empty()) write_content(w, "text", answer.text);
  for (std::size_t i = 0; i < answer.tool_calls.size(); ++i) {
    const ToolCall& call = answer.tool_calls[i];
    w.begin_object();
    w.member("type", "tool_use");
    w.member("id", id_of_call(call, i));
    w.member("name", call.name);
    w.key("input");
    write_arguments_object(w, call.arguments);
    w.end_object();
  }
  w.end_array();
  write_stop(w, answer.finish, !answer.tool_calls.empty());
  write_usage(w, answer.usage);
  write_b3iq(w, b3iq);
  w.end_object();
  return out;
}

const Dialect& anthropic() {
  static constexpr Dialect kDialect{
      decode_anthropic,
      [](const AnswerIdentity& identity,
         const ChatRequest& request) -> std::unique_ptr<AnswerWriter> {
        return std::make_unique<AnthropicWriter>(identity, request);
      },
      false, in_anthropic_words};
  return kDialect;
}

}  // namespace b3iq::dialects
