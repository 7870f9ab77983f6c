// How an answer is told in Anthropic's messages: content blocks, whole or as events.
//
//   text, reasoning, tool calls   'text', 'thinking' (only where the caller wants reasoning; its
//                                 signature is empty), 'tool_use' blocks
//   Finish                        end_turn, max_tokens, tool_use, refusal; never stop_sequence: no
//                                 runtime tells whether a stop text or the model itself ended it
//   Usage                         input_tokens without the cached ones, cache_read_input_tokens,
//                                 output_tokens; in a stream with message_delta
//   b3iq                          last member of the message, in a stream of message_delta
//
// In a stream one block is open at a time. A tool call's input goes out as it comes; a runtime that
// tells several calls at once has the later ones held until the one before is a whole JSON object.
#pragma once

#include <string>
#include <vector>

#include "dialects/dialect.h"

namespace b3iq::dialects {

class AnthropicWriter final : public AnswerWriter {
 public:
  AnthropicWriter(const AnswerIdentity& identity, const ChatRequest& request);

  void append_opening(std::string& out) override;
  void append_step(std::string& out, const StreamStep& step) override;
  void append_end(std::string& out, Finish finish, const Usage& usage,
                  std::string_view b3iq) const override;
  void append_error(std::string& out, const base::Error& error,
                    std::string_view request_id) const override;
  std::string whole(const ChatAnswer& answer, std::string_view b3iq) const override;

 private:
  enum class Block : std::uint8_t { none, text, thinking, tool };
  void append_text(std::string& out, Block kind, std::string_view text);
  void append_call(std::string& out, const inference::ToolCallDelta& delta);
  // Opens held calls while the open one is whole.
  void open_held_calls(std::string& out);
  void open_call(std::string& out, const inference::ToolCall& call);
  void close_block(std::string& out);
  bool open_call_is_whole() const;
  std::string id_of_call(const inference::ToolCall& call, std::size_t index) const;

  std::string id_;
  std::string model_;
  bool with_reasoning_;
  Block open_ = Block::none;
  int next_index_ = 0;                      // of content blocks
  std::vector<inference::ToolCall> calls_;  // all so far, by the runtime's index
  std::size_t opened_calls_ = 0;            // the first of them have their blocks
  std::string late_text_;                   // came while a call was not whole
};

}  // namespace b3iq::dialects
