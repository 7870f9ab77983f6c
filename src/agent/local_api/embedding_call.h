// One accepted embedding request, from admission to receipt.
#pragma once

#include "agent/local_api/model_call.h"

namespace b3iq::agent {

class EmbeddingCall final : public ModelCall {
 public:
  // The prompt's tokens are reserved, the model is resolved and able to do what is asked.
  static base::Task<base::Result<std::unique_ptr<EmbeddingCall>>> accept(
      ChatContext& context, const Principal& principal, inference::EmbeddingRequest request,
      const http::Request& from);

  const inference::EmbeddingRequest& request() const { return request_; }
  bool next_target() override;
  // What the call is charged: the runtime's count, or an estimate where it told none.
  std::int64_t prompt_tokens(const inference::EmbeddingAnswer& answer) const;

 private:
  EmbeddingCall(ChatContext& context, inference::EmbeddingRequest request, CallStart start);
  std::string_view caller_body() const override { return request_.body; }
  void note_ended(const Ended& ended, RuntimeMetrics& metrics) override;
  void set_traceparent(std::string_view value) override { request_.traceparent = value; }

  inference::EmbeddingRequest request_;
};

}  // namespace b3iq::agent
