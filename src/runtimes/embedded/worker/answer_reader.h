// Turns shown text into what the caller gets: plain content, or content, reasoning and tool calls
// read by the template's own parser as the text grows. A delta once given is never taken back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtimes/embedded/worker/prepared_request.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes::worker {

class AnswerReader {
 public:
  AnswerReader(bool parsed, common_chat_parser_params parser)
      : parsed_(parsed), parser_(std::move(parser)) {}
  // Adds `text` and fills the members of `step`. `last` when the answer is complete.
  void read(std::string_view text, bool last, TokenFrame& step);
  bool has_tool_calls() const { return !calls_.empty(); }

 private:
  struct Call {
    std::string id;
    bool named = false;     // id and name are out
    std::string arguments;  // that are out
  };
  void read_calls(const common_chat_msg& message, bool last, TokenFrame& step);

  bool parsed_;
  common_chat_parser_params parser_;
  std::string text_;
  std::string content_;    // that is out
  std::string reasoning_;  // that is out
  std::vector<Call> calls_;
};

}  // namespace b3iq::runtimes::worker
