// The pulled body of a streamed chat completion: relays or encodes the runtime's steps, and ends
// with the event that carries the receipt. Destroyed early (the caller went away), it stops
// generation and books what was delivered.
#pragma once

#include <memory>
#include <string>

#include "agent/local_api/chat_call.h"
#include "dialects/dialect.h"
#include "http/message.h"
#include "inference/openai_response.h"
#include "inference/runtime.h"

namespace b3iq::agent {

class ChatStream final : public http::BodySource, private StopListener {
 public:
  // `first` is the stream's first step, already pulled, so that a failure before it was an HTTP
  // error.
  // Typed steps are written by `writer`; relayed ones pass as they are.
  ChatStream(std::unique_ptr<ChatCall> call, std::unique_ptr<dialects::AnswerWriter> writer,
             std::unique_ptr<inference::TokenStream> stream, const inference::StreamStep* first);
  ~ChatStream() override;

  base::Task<base::Result<std::string_view>> next() override;
  bool last() const override { return state_ == State::ended; }

 private:
  enum class State : std::uint8_t { opening, running, closing, ended };
  // While the caller takes its time with the last piece: the work ends now, the caller is told when
  // it asks for the next.
  void stopped() override;
  base::Task<base::Result<const inference::StreamStep*>> pull();
  // Bytes of the step and of those that came with it, already counted and hashed; "" when they
  // bring none.
  std::string_view deliver(const inference::StreamStep& step);
  void note(const inference::StreamStep& step);
  base::Task<base::Result<std::string_view>> close();
  base::Task<base::Result<std::string_view>> fail(base::Error error);
  inference::Usage used() const;

  std::unique_ptr<ChatCall> call_;
  std::unique_ptr<inference::TokenStream> stream_;
  const inference::StreamStep* pending_;
  std::unique_ptr<dialects::AnswerWriter> writer_;
  State state_ = State::opening;
  bool pulling_ = false;
  bool stopped_ = false;
  std::string out_;
  std::string tail_;
  bool relayed_ = false;
  std::int64_t counted_tokens_ = 0;
  std::int64_t text_bytes_ = 0;
  inference::Finish finish_ = inference::Finish::stop;
  bool finish_known_ = false;
  inference::Usage usage_;  // all zero until the runtime tells
};

}  // namespace b3iq::agent
