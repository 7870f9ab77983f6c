#include "dialects/ollama_answer.h"

#include "dialects/arguments_object.h"
#include "dialects/ollama.h"
#include "dialects/ollama_body.h"
#include "dialects/said_in_openai.h"

namespace b3iq::dialects {
namespace {

using inference::ToolCall;

std::string_view done_reason(Finish finish) {
  switch (finish) {
    case Finish::stop:
    case Finish::tool_calls:
      return "stop";
    case Finish::content_filter:
      return "content_filter";
    case Finish::length:
    case Finish::cancelled:
    case Finish::error:
      break;
  }
  return "length";
}

void write_calls(json::Writer& w, const std::vector<ToolCall>& calls) {
  w.key("tool_calls");
  w.begin_array();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    w.begin_object();
    if (!calls[i].id.empty()) w.member("id", calls[i].id);
    w.key("function");
    w.begin_object();
    w.member("index", static_cast<std::int64_t>(i));
    w.member("name", calls[i].name);
    w.key("arguments");
    write_arguments_object(w, calls[i].arguments);
    w.end_object();
    w.end_object();
  }
  w.end_array();
}

std::unique_ptr<AnswerWriter> make_chat(const AnswerIdentity& identity,
                                        const ChatRequest& request) {
  return std::make_unique<OllamaWriter>(OllamaRoute::chat, identity, request);
}

std::unique_ptr<AnswerWriter> make_generate(const AnswerIdentity& identity,
                                            const ChatRequest& request) {
  return std::make_unique<OllamaWriter>(OllamaRoute::generate, identity, request);
}

}  // namespace

OllamaWriter::OllamaWriter(OllamaRoute route, const AnswerIdentity& identity,
                           const ChatRequest& request)
    : route_(route),
      model_(identity.model),
      created_at_(base::format_rfc3339(identity.created_s * 1000)),
      with_reasoning_(request.wants_reasoning),
      timing_(identity.timing) {
  if (timing_.clock == nullptr) return;
  ended_ns_ = timing_.clock->steady_ns();
  // Of a stream the first step has just come.
  if (request.stream && timing_.first_token_ns == 0) timing_.first_token_ns = ended_ns_;
}

json::Writer OllamaWriter::begin(std::string& out, const Said& said) const {
  json::Writer w(out);
  w.begin_object();
  w.member("model", model_);
  w.member("created_at", created_at_);
  const bool chat = route_ == OllamaRoute::chat;
  if (chat) {
    w.key("message");
    w.begin_object();
    w.member("role", "assistant");
  }
  w.member(chat ? "content" : "response", said.text);
  if (with_reasoning_ && !said.reasoning.empty()) w.member("thinking", said.reasoning);
  if (chat && said.calls != nullptr && !said.calls->empty()) write_calls(w, *said.calls);
  if (chat) w.end_object();
  return w;
}

void OllamaWriter::write_durations(json::Writer& w) const {
  if (timing_.clock == nullptr) return;
  w.member("total_duration", ended_ns_ - timing_.started_ns);
  if (timing_.first_token_ns == 0) return;
  w.member("prompt_eval_duration", timing_.first_token_ns - timing_.started_ns);
  w.member("eval_duration", ended_ns_ - timing_.first_token_ns);
}

void OllamaWriter::write_end(json::Writer& w, Finish finish, const Usage& usage,
                             std::string_view b3iq) const {
  w.member("done", true);
  w.member("done_reason", done_reason(finish));
  write_durations(w);
  w.member("prompt_eval_count", usage.prompt_tokens);
  w.member("eval_count", usage.completion_tokens);
  if (!b3iq.empty()) {
    w.key("b3iq");
    w.raw(b3iq);
  }
  w.end_object();
}

void OllamaWriter::append_opening(std::string&) {}

void OllamaWriter::append_step(std::string& out, const StreamStep& step) {
  if (timing_.clock != nullptr) ended_ns_ = timing_.clock->steady_ns();
  for (const auto& delta : step.tool_calls) {
    const auto index = static_cast<std::size_t>(delta.index);
    if (calls_.size() <= index) calls_.resize(index + 1);
    if (!delta.id.empty()) calls_[index].id = delta.id;
    calls_[index].name += delta.name;
    calls_[index].arguments += delta.arguments;
  }
  const Said said{step.text, with_reasoning_ ? step.reasoning : std::string_view()};
  if (said.text.empty() && said.reasoning.empty()) return;
  auto w = begin(out, said);
  w.member("done", false);
  w.end_object();
  out.push_back('\n');
}

void OllamaWriter::append_end(std::string& out, Finish finish, const Usage& usage,
                              std::string_view b3iq) const {
  if (!calls_.empty()) {
    auto w = begin(out, {.calls = &calls_});
    w.member("done", false);
    w.end_object();
    out.push_back('\n');
  }
  auto w = begin(out, {});
  write_end(w, finish, usage, b3iq);
  out.push_back('\n');
}

void OllamaWriter::append_error(std::string& out, const base::Error& error,
                                std::string_view /*request_id*/) const {
  out.append(ollama_error_body(error)).append("\n");
}

std::string OllamaWriter::whole(const ChatAnswer& answer, std::string_view b3iq) const {
  std::string out;
  out.reserve(512 + answer.text.size() + answer.reasoning.size() + b3iq.size());
  auto w = begin(out, {answer.text, answer.reasoning, &answer.tool_calls});
  write_end(w, answer.finish, answer.usage, b3iq);
  return out;
}

std::string ollama_error_body(const base::Error& error) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("error", sentence_of(error));
  write_problem(w, error);
  w.end_object();
  return out;
}

const Dialect& ollama_chat() {
  static constexpr Dialect kDialect{decode_ollama_chat, make_chat, false, in_ollama_chat_words};
  return kDialect;
}

const Dialect& ollama_generate() {
  static constexpr Dialect kDialect{decode_ollama_generate, make_generate, false,
                                    in_ollama_generate_words};
  return kDialect;
}

}  // namespace b3iq::dialects
