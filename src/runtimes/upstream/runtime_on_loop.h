// For tests: a loop on the test's thread, a runtime on it, and all that came of a stream.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/event_loop.h"
#include "inference/openai_request.h"
#include "inference/runtime.h"

namespace b3iq::runtimes {

// Everything that came of a stream.
struct Streamed {
  std::string events;
  std::string tail;
  std::string text;
  std::string reasoning;
  std::vector<inference::ToolCallDelta> tool_calls;
  std::vector<inference::TokenLogprob> logprobs;
  int tokens = 0;
  int last_steps = 0;
  int content_events = 0;
  std::int64_t text_bytes = 0;
  std::optional<inference::Finish> finish;
  std::optional<inference::Usage> usage;
  std::optional<base::Error> error;
};

// A loop on the test's thread.
class TaskLoop {
 public:
  ~TaskLoop() { loop_.settle(); }
  // Runs a coroutine to its end.
  template <class T>
  T run(base::Task<T> task) {
    std::optional<T> result;
    auto body = carry(std::move(task), result);
    loop_.post([&body] { base::detach(std::move(body)); });
    loop_.run();
    return *std::move(result);
  }

  http::EventLoop& loop() { return loop_; }

 private:
  template <class T>
  base::Task<void> carry(base::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
    loop_.stop();
  }
  http::EventLoop loop_;
};

// A loop with a runtime on it.
template <class R, class Config>
class RuntimeOnLoopOf : public TaskLoop {
 public:
  explicit RuntimeOnLoopOf(Config config) {
    auto made = R::create(loop(), std::move(config));
    EXPECT_TRUE(made.ok());
    if (made.ok()) runtime = std::move(*made);
  }

  base::Result<inference::ChatAnswer> answer(const inference::ChatRequest& request) {
    return run(runtime->answer(request, source.token()));
  }
  Streamed stream(const inference::ChatRequest& request) { return run(collect(request, nullptr)); }
  // Calls `after_first` once the first step is there.
  Streamed stream(const inference::ChatRequest& request, std::function<void()> after_first) {
    return run(collect(request, std::move(after_first)));
  }

  std::unique_ptr<R> runtime;
  base::CancelSource source;

 private:
  base::Task<Streamed> collect(const inference::ChatRequest& request,
                               std::function<void()> after_first) {
    Streamed out;
    auto stream = co_await runtime->stream(request, source.token());
    if (!stream.ok()) {
      out.error = stream.error();
      co_return out;
    }
    for (;;) {
      auto step = co_await stream.value()->next();
      if (!step.ok()) {
        out.error = step.error();
        co_return out;
      }
      if (step.value() == nullptr) co_return out;
      const inference::StreamStep& s = **step;
      out.events.append(s.sse);
      out.content_events += s.sse_content_events;
      out.text_bytes += s.sse_text_bytes;
      if (!s.sse_tail.empty()) out.tail = s.sse_tail;
      out.text.append(s.text);
      out.reasoning.append(s.reasoning);
      out.tool_calls.insert(out.tool_calls.end(), s.tool_calls.begin(), s.tool_calls.end());
      out.logprobs.insert(out.logprobs.end(), s.logprobs.begin(), s.logprobs.end());
      out.tokens += s.tokens;
      if (s.finish) ++out.last_steps;
      if (s.finish) out.finish = s.finish;
      if (s.usage) out.usage = s.usage;
      if (after_first) std::exchange(after_first, nullptr)();
    }
  }
};

inline inference::ChatRequest decoded(const std::string& body) {
  auto request = inference::decode_chat_request(body);
  EXPECT_TRUE(request.ok()) << request.error().detail;
  return std::move(*request);
}

}  // namespace b3iq::runtimes
