#include "inference/openai_response.h"

#include "inference/find_bytes.h"
#include "inference/json_splice.h"
#include "json/json.h"

namespace b3iq::inference {
namespace {

constexpr std::size_t kUsualInfoBytes = 320;  // of a b3iq object

void append_number(std::string& out, std::int64_t number) { out.append(std::to_string(number)); }

// {"token":…,"logprob":…,"bytes":[…] — left open.
void append_token(std::string& out, std::string_view token, double logprob) {
  out.append("{\"token\":");
  json::append_string(out, token);
  out.append(",\"logprob\":");
  json::Writer(out).value(logprob);
  out.append(",\"bytes\":[");
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_number(out, static_cast<unsigned char>(token[i]));
  }
  out.push_back(']');
}

void append_logprobs(std::string& out, const std::vector<TokenLogprob>& tokens) {
  out.append("{\"content\":[");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_token(out, tokens[i].token, tokens[i].logprob);
    out.append(",\"top_logprobs\":[");
    for (std::size_t k = 0; k < tokens[i].top.size(); ++k) {
      if (k > 0) out.push_back(',');
      append_token(out, tokens[i].top[k].first, tokens[i].top[k].second);
      out.push_back('}');
    }
    out.append("]}");
  }
  out.append("],\"refusal\":null}");
}

void append_tool_calls(std::string& out, const std::vector<ToolCall>& calls) {
  out.append(",\"tool_calls\":[");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    out.append(i > 0 ? ",{\"id\":" : "{\"id\":");
    json::append_string(out, calls[i].id);
    out.append(",\"type\":\"function\",\"function\":{\"name\":");
    json::append_string(out, calls[i].name);
    out.append(",\"arguments\":");
    json::append_string(out, calls[i].arguments);
    out.append("}}");
  }
  out.push_back(']');
}

void append_tool_deltas(std::string& out, const std::vector<ToolCallDelta>& deltas) {
  out.append("\"tool_calls\":[");
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    const ToolCallDelta& delta = deltas[i];
    out.append(i > 0 ? ",{\"index\":" : "{\"index\":");
    append_number(out, delta.index);
    if (!delta.id.empty()) {
      out.append(",\"id\":");
      json::append_string(out, delta.id);
      out.append(",\"type\":\"function\"");
    }
    out.append(",\"function\":{");
    if (!delta.name.empty()) {
      out.append("\"name\":");
      json::append_string(out, delta.name);
      out.push_back(',');
    }
    out.append("\"arguments\":");
    json::append_string(out, delta.arguments);
    out.append("}}");
  }
  out.push_back(']');
}

void append_b3iq(std::string& out, std::string_view b3iq) {
  if (!b3iq.empty()) out.append(",\"b3iq\":").append(b3iq);
}

// "id":…,"object":…,"created":…,"model":…
void append_identity(std::string& out, const AnswerHead& head, std::string_view object) {
  out.append("\"id\":");
  json::append_string(out, head.id);
  out.append(",\"object\":\"").append(object).append("\",\"created\":");
  append_number(out, head.created_s);
  out.append(",\"model\":");
  json::append_string(out, head.model);
}

void append_message(std::string& out, const ChatAnswer& answer) {
  out.append("{\"role\":\"assistant\",\"content\":");
  if (answer.text.empty() && !answer.tool_calls.empty()) {
    out.append("null");
  } else {
    json::append_string(out, answer.text);
  }
  out.append(",\"refusal\":null");
  if (!answer.reasoning.empty()) {
    out.append(",\"reasoning_content\":");
    json::append_string(out, answer.reasoning);
  }
  if (!answer.tool_calls.empty()) append_tool_calls(out, answer.tool_calls);
  out.push_back('}');
}

}  // namespace

std::string b3iq_json(const B3iqInfo& info) {
  std::string out;
  out.reserve(kUsualInfoBytes);
  json::Writer writer(out);
  writer.begin_object();
  writer.member("runtime_id", info.runtime_id);
  writer.member("runtime_kind", info.runtime_kind);
  writer.member("latency_ms", info.latency_ms);
  if (info.ttft_ms) writer.member("ttft_ms", *info.ttft_ms);
  if (!info.receipt_hash.empty()) {
    writer.member("receipt_hash", info.receipt_hash);
    writer.member("receipt_salt", info.receipt_salt);
  }
  writer.end_object();
  return out;
}

void splice_b3iq(std::string& answer, std::string_view b3iq) {
  // Looking for the name is cheaper than walking the members; a name written with escapes has a
  // backslash.
  constexpr auto kNone = std::string_view::npos;
  if (find_bytes(answer, "b3iq") != kNone || find_bytes(answer, "\\u00") != kNone) {
    remove_member(answer, "b3iq");
  }
  if (!b3iq.empty()) append_member(answer, "b3iq", b3iq);
}

void append_usage(std::string& out, const Usage& usage) {
  out.append("{\"prompt_tokens\":");
  append_number(out, usage.prompt_tokens);
  out.append(",\"completion_tokens\":");
  append_number(out, usage.completion_tokens);
  out.append(",\"total_tokens\":");
  append_number(out, usage.total_tokens());
  out.append(",\"prompt_tokens_details\":{\"cached_tokens\":");
  append_number(out, usage.cached_prompt_tokens);
  out.append("},\"completion_tokens_details\":{\"reasoning_tokens\":0}}");
}

std::string_view wire_finish(Finish finish) {
  switch (finish) {
    case Finish::stop:
    case Finish::length:
    case Finish::tool_calls:
    case Finish::content_filter:
      return finish_name(finish);
    case Finish::cancelled:
    case Finish::error:
      break;
  }
  return "length";
}

std::string completion_json(const AnswerHead& head, const ChatAnswer& answer, bool with_logprobs,
                            std::string_view b3iq) {
  std::string out;
  out.reserve(512 + answer.text.size() + answer.reasoning.size() + b3iq.size());
  out.push_back('{');
  append_identity(out, head, "chat.completion");
  out.append(",\"choices\":[{\"index\":0,\"message\":");
  append_message(out, answer);
  out.append(",\"logprobs\":");
  if (with_logprobs) {
    append_logprobs(out, answer.logprobs);
  } else {
    out.append("null");
  }
  out.append(",\"finish_reason\":\"").append(wire_finish(answer.finish));
  out.append("\"}],\"usage\":");
  append_usage(out, answer.usage);
  append_b3iq(out, b3iq);
  out.push_back('}');
  return out;
}

ChunkWriter::ChunkWriter(const AnswerHead& head, const ChatRequest& request)
    : head_("data: {"), logprobs_(request.logprobs), include_usage_(request.include_usage) {
  append_identity(head_, head, "chat.completion.chunk");
  head_.append(",\"choices\":");
}

void ChunkWriter::append_head(std::string& out) const {
  out.append(head_).append("[{\"index\":0,\"delta\":{");
}

// Closes the delta, the choice and the event.
void ChunkWriter::append_tail(std::string& out, std::string_view finish,
                              std::string_view b3iq) const {
  out.append(",\"finish_reason\":");
  if (finish.empty()) {
    out.append("null");
  } else {
    out.append("\"").append(finish).append("\"");
  }
  out.append(include_usage_ ? "}],\"usage\":null" : "}]");
  append_b3iq(out, b3iq);
  out.append("}\n\n");
}

void ChunkWriter::append_opening(std::string& out) const {
  append_head(out);
  out.append("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null");
  append_tail(out, {}, {});
}

void ChunkWriter::append_step(std::string& out, const StreamStep& step) const {
  const bool has_logprobs = logprobs_ && !step.logprobs.empty();
  if (step.text.empty() && step.reasoning.empty() && step.tool_calls.empty() && !has_logprobs) {
    return;
  }
  append_head(out);
  bool first = true;
  const auto comma = [&] {
    if (!first) out.push_back(',');
    first = false;
  };
  if (!step.reasoning.empty()) {
    comma();
    out.append("\"reasoning_content\":");
    json::append_string(out, step.reasoning);
  }
  if (!step.text.empty() || (step.reasoning.empty() && step.tool_calls.empty())) {
    comma();
    out.append("\"content\":");
    json::append_string(out, step.text);
  }
  if (!step.tool_calls.empty()) {
    comma();
    append_tool_deltas(out, step.tool_calls);
  }
  out.append("},\"logprobs\":");
  if (has_logprobs) {
    append_logprobs(out, step.logprobs);
  } else {
    out.append("null");
  }
  append_tail(out, {}, {});
}

void ChunkWriter::append_end(std::string& out, Finish finish, const Usage& usage,
                             std::string_view b3iq) const {
  append_head(out);
  out.append("},\"logprobs\":null");
  append_tail(out, wire_finish(finish), include_usage_ ? std::string_view() : b3iq);
  if (include_usage_) {
    out.append(head_).append("[],\"usage\":");
    append_usage(out, usage);
    append_b3iq(out, b3iq);
    out.append("}\n\n");
  }
  out.append(kStreamDone);
}

void append_relayed_end(std::string& out, std::string_view sse_tail, std::string_view b3iq) {
  constexpr std::string_view kField = "data: ";
  // Each event is one line and an empty one; the line of the last event starts behind the last
  // break before it.
  const std::size_t line_end = sse_tail.find_last_not_of('\n');
  if (line_end == std::string_view::npos || b3iq.empty()) {
    out.append(sse_tail).append(kStreamDone);
    return;
  }
  const std::size_t start = sse_tail.rfind('\n', line_end) + 1;  // npos + 1 is 0
  out.append(sse_tail.substr(0, start + kField.size()));
  std::string event(sse_tail.substr(start + kField.size(), line_end + 1 - start - kField.size()));
  splice_b3iq(event, b3iq);
  out.append(event).append("\n\n").append(kStreamDone);
}

}  // namespace b3iq::inference
