// A runtime that says what a test wants, a piece at a time.
#pragma once

#include "http/event_loop.h"
#include "inference/runtime.h"
#include "json/json.h"

namespace b3iq::agent {

inline const std::string kJobModel = "llama3.1:8b";

// Says its pieces, each a token, and does at a place what it is told to.
class SpeakingRuntime final : public inference::Runtime {
 public:
  explicit SpeakingRuntime(http::EventLoop& loop) : loop_(loop) {}
  std::string_view id() const override { return "speaker"; }
  std::string_view kind() const override { return "embedded"; }
  inference::RuntimeHealth health() const override {
    return {inference::RuntimeState::ready, "", 0};
  }
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> models() override {
    std::vector<inference::RuntimeModel> models;
    inference::Capabilities can;
    can.same_dialect = relays;
    models.push_back({.name = model, .capabilities = can});
    co_return models;
  }
  base::Task<base::Result<std::unique_ptr<inference::TokenStream>>> stream(
      const inference::ChatRequest& request, base::CancelToken cancel) override {
    partitions.emplace_back(request.cache_partition);
    for (const auto& message : request.messages)
      for (const auto& part : message.content) asked.emplace_back(part.text);
    if (refuses) co_return *refuses;
    co_return std::unique_ptr<inference::TokenStream>(std::make_unique<Speech>(*this, cancel));
  }
  // As a server that speaks OpenAI's API.
  base::Task<base::Result<inference::ChatAnswer>> answer(const inference::ChatRequest&,
                                                         base::CancelToken) override {
    inference::ChatAnswer answer;
    answer.body =
        R"({"id":"theirs","object":"chat.completion","model":"/srv/theirs","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"Die Aare."},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":11,"completion_tokens":2,"total_tokens":13}})";
    answer.usage = {11, 2, 0, 0};
    co_return answer;
  }

  std::string model = kJobModel;
  bool relays = false;  // as its models are next asked for
  std::vector<std::string> pieces = {"Die ", "Aare."};
  std::optional<std::size_t> holds_at;  // waits before this piece until it is stopped
  std::optional<std::size_t> dies_at;
  std::optional<base::Error> refuses;
  std::vector<std::string> asked, partitions;
  bool holding = false;
  int holders = 0;  // that wait now

 private:
  class Speech final : public inference::TokenStream {
   public:
    Speech(SpeakingRuntime& runtime, base::CancelToken cancel)
        : runtime_(runtime), cancel_(cancel) {}
    base::Task<base::Result<const inference::StreamStep*>> next() override {
      const inference::StreamStep* none = nullptr;
      if (ended_) co_return none;
      ++runtime_.holders;
      while (runtime_.holds_at == at_ && !cancel_.cancelled()) {
        runtime_.holding = true;
        co_await runtime_.loop_.sleep(1);
      }
      --runtime_.holders;
      runtime_.holding = false;
      if (cancel_.cancelled()) co_return base::Error(base::ErrorCode::cancelled, "stopped");
      if (runtime_.dies_at == at_)
        co_return base::Error(base::ErrorCode::upstream_failed, "died at " + runtime_.asked.back());
      step_ = {};
      if (runtime_.relays) co_return relayed();
      if (at_ == runtime_.pieces.size()) {
        ended_ = true;
        step_.finish = inference::Finish::stop;
        step_.usage = inference::Usage{11, static_cast<std::int64_t>(at_), 0, 0};
      } else {
        step_.text = runtime_.pieces[at_++];
        step_.tokens = 1;
      }
      const inference::StreamStep* step = &step_;
      co_return step;
    }

   private:
    // The same in events of OpenAI's API.
    const inference::StreamStep* relayed() {
      if (at_ == runtime_.pieces.size()) {
        ended_ = true;
        step_.sse_tail =
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
        step_.finish = inference::Finish::stop;
        step_.usage = inference::Usage{11, static_cast<std::int64_t>(at_), 0, 0};
        return &step_;
      }
      const auto& piece = runtime_.pieces[at_++];
      event_ = R"(data: {"model":"/srv/theirs","choices":[{"index":0,"delta":{"content":)";
      json::append_string(event_, piece);
      event_ += "}}]}\n\n";
      step_.sse = event_;
      step_.sse_content_events = 1;
      step_.sse_text_bytes = static_cast<std::int64_t>(piece.size());
      return &step_;
    }

    SpeakingRuntime& runtime_;
    base::CancelToken cancel_;
    inference::StreamStep step_;
    std::string event_;
    std::size_t at_ = 0;
    bool ended_ = false;
  };

  http::EventLoop& loop_;
};

}  // namespace b3iq::agent
