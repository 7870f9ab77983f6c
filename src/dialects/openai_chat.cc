#include "dialects/openai_chat.h"

#include "inference/openai_request.h"
#include "inference/openai_response.h"
#include "protocol/error_json.h"

namespace b3iq::dialects {
namespace {

class OpenAiChatWriter final : public AnswerWriter {
 public:
  OpenAiChatWriter(const AnswerIdentity& identity, const ChatRequest& request)
      : id_(std::string(inference::kCompletionIdPrefix).append(identity.call_id)),
        model_(identity.model),
        created_s_(identity.created_s),
        logprobs_(request.logprobs),
        chunks_({id_, created_s_, model_}, request) {}

  void append_opening(std::string& out) override { chunks_.append_opening(out); }
  void append_step(std::string& out, const StreamStep& step) override {
    chunks_.append_step(out, step);
  }
  void append_end(std::string& out, Finish finish, const Usage& usage,
                  std::string_view b3iq) const override {
    chunks_.append_end(out, finish, usage, b3iq);
  }
  void append_error(std::string& out, const base::Error& error,
                    std::string_view request_id) const override {
    out.append("data: ").append(protocol::openai_error_body(error, request_id)).append("\n\n");
  }
  std::string whole(const ChatAnswer& answer, std::string_view b3iq) const override {
    return inference::completion_json({id_, created_s_, model_}, answer, logprobs_, b3iq);
  }

 private:
  std::string id_;
  std::string model_;
  std::int64_t created_s_;
  bool logprobs_;
  inference::ChunkWriter chunks_;
};

base::Result<ChatRequest> decode(std::string_view body) {
  return inference::decode_chat_request(body);
}

std::unique_ptr<AnswerWriter> make_writer(const AnswerIdentity& identity,
                                          const ChatRequest& request) {
  return std::make_unique<OpenAiChatWriter>(identity, request);
}

}  // namespace

const Dialect& openai_chat() {
  static constexpr Dialect kDialect{decode, make_writer, true};
  return kDialect;
}

}  // namespace b3iq::dialects
