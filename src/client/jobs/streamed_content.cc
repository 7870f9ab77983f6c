#include "client/jobs/streamed_content.h"

#include "crypto/secret.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

// Of one answer; a stream has 4 MiB of data at most anyway.
constexpr std::size_t kMaxChoices = 16;
constexpr std::size_t kMaxTools = 256;

constexpr std::string_view kContent = "content";
constexpr std::string_view kReasoning = "reasoning_content";

void append(std::string& out, json::Value text) { out += text.string().value_or(""); }
std::string_view text_of(json::Value value) { return value.string().value_or(""); }
void wipe(std::string& text) { crypto::wipe(text.data(), text.size()); }

// The answer with what is left of its first message.
std::string with_message(json::Value answer, std::string_view content, std::string_view reasoning) {
  const auto choice = answer.find("choices").at(0);
  const auto message = choice.find("message");
  std::string out;
  json::Writer w(out);
  const auto copy_but = [&w](json::Value object, std::string_view name, std::string_view other) {
    for (std::size_t i = 0; i < object.size(); ++i) {
      const auto member = object.member(i);
      if (member.name == name || member.name == other) continue;
      w.key(member.name);
      w.raw(member.value.to_text());
    }
  };
  w.begin_object();
  copy_but(answer, "choices", {});
  w.key("choices");
  w.begin_array();
  w.begin_object();
  copy_but(choice, "message", "logprobs");
  w.key("message");
  w.begin_object();
  copy_but(message, kContent, kReasoning);
  if (!reasoning.empty()) w.member(kReasoning, reasoning);
  w.member(kContent, content);
  w.end_object();
  w.end_object();
  w.end_array();
  w.end_object();
  return out;
}

}  // namespace

StreamedContent::~StreamedContent() {
  for (auto& [index, choice] : choices_) {
    wipe(choice.text);
    wipe(choice.reasoning);
    for (auto& [place, tool] : choice.tools) wipe(tool.arguments);
  }
}

void StreamedContent::add_choice(json::Value choice) {
  const auto index = choice.find("index").integer().value_or(0);
  if (!choices_.contains(index) && choices_.size() == kMaxChoices) return;
  auto& streamed = choices_[index];
  const auto delta = choice.find("delta");
  append(streamed.text, delta.find(kContent));
  append(streamed.reasoning, delta.find(kReasoning));
  if (const auto finish = choice.find("finish_reason").string()) streamed.finish = *finish;
  const auto calls = delta.find("tool_calls");
  for (std::size_t i = 0; calls.is_array() && i < calls.size(); ++i) {
    const auto call = calls.at(i);
    const auto place = call.find("index").integer().value_or(0);
    if (!streamed.tools.contains(place) && streamed.tools.size() == kMaxTools) return;
    auto& tool = streamed.tools[place];
    append(tool.id, call.find("id"));
    append(tool.name, call.find("function").find("name"));
    append(tool.arguments, call.find("function").find("arguments"));
  }
}

Status StreamedContent::add(std::string_view events) {
  TRY_OK(events_.feed(events));
  for (http::SseReader::Event event; events_.next(event);) {
    if (event.data == "[DONE]") continue;
    const auto document = json::Document::parse(event.data);
    if (!document.ok())
      return Error(ErrorCode::upstream_failed, "The node's stream is none of a chat completion.");
    const auto choices = document->root().find("choices");
    for (std::size_t i = 0; choices.is_array() && i < choices.size(); ++i)
      add_choice(choices.at(i));
  }
  return {};
}

bool StreamedContent::says(const Choice& streamed, json::Value choice) {
  const auto message = choice.find("message");
  if (streamed.text != text_of(message.find(kContent)) ||
      streamed.reasoning != text_of(message.find(kReasoning)) ||
      streamed.finish != text_of(choice.find("finish_reason")))
    return false;
  const auto calls = message.find("tool_calls");
  const std::size_t count = calls.is_array() ? calls.size() : 0;
  if (streamed.tools.size() != count) return false;
  std::size_t at = 0;
  for (const auto& [place, tool] : streamed.tools) {
    const auto call = calls.at(at++);
    const auto function = call.find("function");
    if (tool.id != text_of(call.find("id")) || tool.name != text_of(function.find("name")) ||
        tool.arguments != text_of(function.find("arguments")))
      return false;
  }
  return true;
}

bool StreamedContent::is_all_of(json::Value answer) const {
  const auto choices = answer.find("choices");
  if (!choices.is_array() || choices.size() != choices_.size()) return false;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto index = choices.at(i).find("index").integer().value_or(std::int64_t(i));
    const auto found = choices_.find(index);
    if (found == choices_.end() || !says(found->second, choices.at(i))) return false;
  }
  return true;
}

Result<std::string> StreamedContent::rest_of(json::Value answer) const {
  const Error other(ErrorCode::corrupt,
                    "The stream that came is not the beginning of the sealed answer.");
  const auto choices = answer.find("choices");
  if (!choices.is_array() || choices.size() != 1 || choices_.size() > 1) return other;
  static const Choice kNothing;
  const auto& streamed = choices_.empty() ? kNothing : choices_.begin()->second;
  const auto message = choices.at(0).find("message");
  const auto text = text_of(message.find(kContent));
  const auto reasoning = text_of(message.find(kReasoning));
  const bool is_beginning = text.starts_with(streamed.text) &&
                            reasoning.starts_with(streamed.reasoning) && streamed.tools.empty() &&
                            streamed.finish.empty();
  if (!is_beginning) return other;
  return with_message(answer, text.substr(streamed.text.size()),
                      reasoning.substr(streamed.reasoning.size()));
}

}  // namespace b3iq::client
