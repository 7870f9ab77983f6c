// How an answer is told in Ollama's dialect: one JSON object, or a line for each step and a last
// one with `done`.
//
//   text, reasoning    message.content and message.thinking, or response and thinking (generate)
//   tool calls         message.tool_calls, whole, in one line when all have come
//   Finish             done_reason: stop (also after tool calls), length, content_filter
//   Usage              prompt_eval_count, eval_count
//   durations          nanoseconds: total_duration; prompt_eval_duration up to the first step and
//                      eval_duration from it, both only where the first step was seen.
//                      load_duration is left out: nobody here knows it
//   b3iq               last member of the object or of the last line
#pragma once

#include <string>
#include <vector>

#include "dialects/dialect.h"
#include "json/json.h"

namespace b3iq::dialects {

enum class OllamaRoute : std::uint8_t { chat, generate };

class OllamaWriter final : public AnswerWriter {
 public:
  OllamaWriter(OllamaRoute route, const AnswerIdentity& identity, const ChatRequest& request);

  std::string_view stream_content_type() const override { return "application/x-ndjson"; }
  void append_opening(std::string& out) override;
  void append_step(std::string& out, const StreamStep& step) override;
  void append_end(std::string& out, Finish finish, const Usage& usage,
                  std::string_view b3iq) const override;
  void append_error(std::string& out, const base::Error& error,
                    std::string_view request_id) const override;
  std::string whole(const ChatAnswer& answer, std::string_view b3iq) const override;

 private:
  struct Said {
    std::string_view text;
    std::string_view reasoning;
    const std::vector<inference::ToolCall>* calls = nullptr;
  };
  // {"model","created_at", what was said — left open.
  json::Writer begin(std::string& out, const Said& said) const;
  void write_end(json::Writer& w, Finish finish, const Usage& usage, std::string_view b3iq) const;
  void write_durations(json::Writer& w) const;

  OllamaRoute route_;
  std::string model_;
  std::string created_at_;
  bool with_reasoning_;
  AnswerTiming timing_;
  std::int64_t ended_ns_ = 0;               // of the last step, or of the whole answer
  std::vector<inference::ToolCall> calls_;  // by the runtime's index
};

}  // namespace b3iq::dialects
