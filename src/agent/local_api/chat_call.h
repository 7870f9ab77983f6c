// One accepted chat: a model call with the chat that is asked. Exactly one of finish() and
// abandon() ends it.
#pragma once

#include "agent/local_api/model_call.h"

namespace b3iq::agent {

class ChatCall final : public ModelCall {
 public:
  // Takes the call's place: limits and budget are reserved, the model is resolved and able to do
  // what is asked.
  static base::Task<base::Result<std::unique_ptr<ChatCall>>> accept(ChatContext& context,
                                                                    const Principal& principal,
                                                                    inference::ChatRequest request,
                                                                    const http::Request& from);
  ~ChatCall() override;

  const inference::ChatRequest& request() const { return request_; }
  bool next_target() override;
  // The caller went away: finish() as cancelled, detached, with nobody to tell. `call` ends with
  // it.
  static void abandon(std::unique_ptr<ChatCall> call, inference::Usage usage);

 private:
  ChatCall(ChatContext& context, inference::ChatRequest request, CallStart start);
  std::string_view caller_body() const override;
  void note_ended(const Ended& ended, RuntimeMetrics& metrics) override;
  void set_traceparent(std::string_view value) override { request_.traceparent = value; }

  inference::ChatRequest request_;
};

}  // namespace b3iq::agent
