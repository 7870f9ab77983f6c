#include "agent/request_log/answer_text.h"

#include <algorithm>

#include "json/json.h"

namespace b3iq::agent {

namespace {

constexpr std::string_view kField = "data: ";

// In a stream the name comes with the first piece of the arguments.
void append_call(std::string& out, std::string_view name, std::string_view arguments) {
  if (!name.empty()) out.append(out.empty() ? "→ " : "\n→ ").append(name).append(" ");
  out += arguments;
}

void append_message(std::string& out, json::Value message) {
  out += message.find("content").string().value_or("");
  out += message.find("refusal").string().value_or("");
  const auto calls = message.find("tool_calls");
  for (std::size_t i = 0; calls.is_array() && i < calls.size(); ++i) {
    const auto function = calls.at(i).find("function");
    append_call(out, function.find("name").string().value_or(""),
                function.find("arguments").string().value_or(""));
  }
}

// A chunk, a whole answer, or either of the older completions.
void append_object(std::string& out, std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document.ok()) return;
  const auto choice = document->root().find("choices").at(0);
  const auto delta = choice.find("delta");
  append_message(out, delta ? delta : choice.find("message"));
  out += choice.find("text").string().value_or("");
}

void append_events(std::string& out, std::string_view events) {
  while (!events.empty()) {
    const auto line = events.substr(0, events.find('\n'));
    events.remove_prefix(std::min(events.size(), line.size() + 1));
    if (line.starts_with(kField)) append_object(out, line.substr(kField.size()));
  }
}

}  // namespace

void append_answer_text(std::string& out, const inference::StreamStep& step) {
  append_events(out, step.sse);
  append_events(out, step.sse_tail);
  out += step.text;
  for (const auto& call : step.tool_calls) append_call(out, call.name, call.arguments);
}

void append_answer_text(std::string& out, const inference::ChatAnswer& answer) {
  if (!answer.body.empty()) append_object(out, answer.body);
  out += answer.text;
  for (const auto& call : answer.tool_calls) append_call(out, call.name, call.arguments);
}

}  // namespace b3iq::agent
