#include "dialects/responses_echo.h"

#include <array>

namespace b3iq::dialects {
namespace {

using json::Value;
using json::Writer;

void write_or_null(Writer& w, Value value) {
  if (value.is_null()) {
    w.null();
  } else {
    w.raw(value.to_text());
  }
}

// OpenAI's schema wants all four members.
void write_tool(Writer& w, Value tool) {
  w.begin_object();
  w.member("type", "function");
  w.member("name", tool.find("name").string().value_or(""));
  w.key("description");
  write_or_null(w, tool.find("description"));
  w.key("parameters");
  write_or_null(w, tool.find("parameters"));
  w.key("strict");
  write_or_null(w, tool.find("strict"));
  w.end_object();
}

void write_text(Writer& w, Value text) {
  w.key("text");
  w.begin_object();
  w.key("format");
  if (const Value format = text.find("format"); !format.is_null()) {
    w.raw(format.to_text());
  } else {
    w.raw(R"({"type":"text"})");
  }
  if (const Value verbosity = text.find("verbosity"); !verbosity.is_null()) {
    w.key("verbosity");
    w.raw(verbosity.to_text());
  }
  w.end_object();
}

// A member whose absence means `otherwise`.
void write_member(Writer& w, Value root, std::string_view name, std::string_view otherwise) {
  const Value value = root.find(name);
  w.key(name);
  w.raw(value.is_null() ? std::string(otherwise) : value.to_text());
}

void append_usage(std::string& out, const inference::Usage& usage) {
  Writer w(out);
  w.begin_object();
  w.member("input_tokens", usage.prompt_tokens);
  w.key("input_tokens_details");
  w.begin_object();
  w.member("cached_tokens", usage.cached_prompt_tokens);
  w.member("cache_write_tokens", 0);
  w.end_object();
  w.member("output_tokens", usage.completion_tokens);
  w.key("output_tokens_details");
  w.begin_object();
  w.member("reasoning_tokens", 0);
  w.end_object();
  w.member("total_tokens", usage.total_tokens());
  w.end_object();
}

void write_call(Writer& w, const OutputItem& item, bool begun) {
  w.member("type", "function_call");
  w.member("call_id", item.call_id);
  w.member("name", item.name);
  w.member("arguments", begun ? std::string_view() : std::string_view(item.text));
}

void write_content(Writer& w, const OutputItem& item, bool begun) {
  w.key("content");
  w.begin_array();
  if (!begun) {
    std::string part;
    append_part(part, item, item.text);
    w.raw(part);
  }
  w.end_array();
}

}  // namespace

std::string responses_echo(Value root) {
  struct Echoed {
    std::string_view name;
    std::string_view otherwise;
  };
  // Where nothing was asked, null: the runtime's own default holds.
  static constexpr std::array kEchoed = {
      Echoed{"background", "false"},
      Echoed{"instructions", "null"},
      Echoed{"max_output_tokens", "null"},
      Echoed{"max_tool_calls", "null"},
      Echoed{"metadata", "{}"},
      Echoed{"parallel_tool_calls", "true"},
      Echoed{"previous_response_id", "null"},
      Echoed{"reasoning", R"({"effort":null,"summary":null})"},
      Echoed{"store", "false"},
      Echoed{"temperature", "null"},
      Echoed{"tool_choice", R"("auto")"},
      Echoed{"top_p", "null"},
      Echoed{"truncation", R"("disabled")"},
  };
  static constexpr std::array<std::string_view, 5> kIfGiven = {
      "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier", "user"};
  std::string out;
  Writer w(out);
  w.begin_object();
  for (const auto& [name, otherwise] : kEchoed) write_member(w, root, name, otherwise);
  for (const auto name : kIfGiven) {
    if (!root.find(name).is_null()) write_member(w, root, name, "null");
  }
  write_text(w, root.find("text"));
  w.key("tools");
  w.begin_array();
  const Value tools = root.find("tools");
  for (std::size_t i = 0; i < tools.size(); ++i) write_tool(w, tools.at(i));
  w.end_array();
  w.end_object();
  return out.substr(1, out.size() - 2);
}

void append_part(std::string& out, const OutputItem& item, std::string_view text) {
  const bool reasoning = item.kind == ItemKind::reasoning;
  out.append(reasoning ? R"({"type":"reasoning_text","text":)"
                       : R"({"type":"output_text","text":)");
  json::append_string(out, text);
  out.append(reasoning ? "}" : R"(,"annotations":[],"logprobs":[]})");
}

void append_item(std::string& out, const OutputItem& item, std::string_view status) {
  const bool begun = status == "in_progress";
  Writer w(out);
  w.begin_object();
  w.member("id", item.id);
  w.member("status", status);
  switch (item.kind) {
    case ItemKind::call:
      write_call(w, item, begun);
      break;
    case ItemKind::message:
      w.member("type", "message");
      w.member("role", "assistant");
      write_content(w, item, begun);
      break;
    case ItemKind::reasoning:
      w.member("type", "reasoning");
      w.key("summary");
      w.raw("[]");
      write_content(w, item, begun);
      break;
  }
  w.end_object();
}

void append_response(std::string& out, const ResponseHead& head, const ResponseState& state) {
  out.append(R"({"id":)");
  json::append_string(out, head.id);
  out.append(R"(,"object":"response","created_at":)").append(std::to_string(head.created_s));
  out.append(R"(,"status":")").append(state.status).append(R"(","error":)");
  if (state.error_code.empty()) {
    out.append("null");
  } else {
    out.append(R"({"code":")").append(state.error_code).append(R"(","message":)");
    json::append_string(out, state.error_message);
    out.push_back('}');
  }
  out.append(R"(,"incomplete_details":)");
  if (state.incomplete_reason.empty()) {
    out.append("null");
  } else {
    out.append(R"({"reason":")").append(state.incomplete_reason).append("\"}");
  }
  out.append(R"(,"model":)");
  json::append_string(out, head.model);
  out.push_back(',');
  out.append(head.echo).append(R"(,"output":[)");
  const std::size_t count = state.items == nullptr ? 0 : state.items->size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out.push_back(',');
    const bool cut = i + 1 == count && state.status != "completed";
    append_item(out, (*state.items)[i], cut ? "incomplete" : "completed");
  }
  out.push_back(']');
  if (state.usage != nullptr) {
    out.append(R"(,"usage":)");
    append_usage(out, *state.usage);
  }
  if (!state.b3iq.empty()) out.append(R"(,"b3iq":)").append(state.b3iq);
  out.push_back('}');
}

}  // namespace b3iq::dialects
