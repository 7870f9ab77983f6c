// When the caller goes, generation stops within a second: while writing, while reading a long
// prompt, while queued. With one slot another request is answered only when the first has stopped.
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using Seconds = std::chrono::duration<double>;

constexpr double kMaxStopSeconds = 1.0;

// A stream of a request on the node's loop, which can be cancelled or destroyed there.
class Running {
 public:
  Running(Node& node, const inference::ChatRequest& request) : node_(node) {
    node_.loop().post([this, &request] { base::detach(run(request)); });
  }
  // Blocks until so many steps came.
  void wait_for_steps(int steps) {
    ASSERT_TRUE(Node::wait_until([&] { return steps_ >= steps; }));
  }
  void cancel() {
    node_.loop().post([this] { source_.cancel(); });
  }
  base::Error error() { return ended_.get_future().get(); }

 private:
  // The stream is gone before the test hears of its end.
  base::Task<void> run(const inference::ChatRequest& request) {
    auto reading = read(request);
    base::Error error = co_await std::move(reading);
    ended_.set_value(std::move(error));
  }
  base::Task<base::Error> read(const inference::ChatRequest& request) {
    auto opening = node_.runtime().stream(request, source_.token());
    auto stream = co_await std::move(opening);
    while (stream.ok()) {
      auto next = (*stream)->next();
      auto step = co_await std::move(next);
      if (!step.ok()) co_return step.error();
      if (*step == nullptr) break;
      ++steps_;
    }
    co_return base::Error(ErrorCode::internal, "it ended by itself");
  }

  Node& node_;
  base::CancelSource source_;
  std::atomic<int> steps_{0};
  std::promise<base::Error> ended_;
};

double seconds_to_answer(Node& node) {
  auto began = std::chrono::steady_clock::now();
  auto answer = node.ask(kFrance);
  EXPECT_TRUE(answer.ok()) << answer.error().detail;
  return Seconds(std::chrono::steady_clock::now() - began).count();
}

TEST(EmbeddedCancel, StopsWhileWriting) {
  Node node(one_long_slot());
  ASSERT_TRUE(node.ask(kFrance).ok());
  Question question("Count from 1 to 60.");
  never_end(question);
  Running running(node, question.request);
  running.wait_for_steps(5);
  running.cancel();
  EXPECT_EQ(running.error().code, ErrorCode::cancelled);
  EXPECT_LT(seconds_to_answer(node), kMaxStopSeconds);
}

TEST(EmbeddedCancel, StopsWhileReadingALongPrompt) {
  Node node(one_long_slot());
  ASSERT_TRUE(node.ask(kFrance).ok());
  std::string words;
  for (int i = 0; i < 20'000; ++i) words += "capital ";
  Question question(words);
  Running running(node, question.request);
  // Prompt processing has begun when the worker burns processor time for it; it takes many seconds
  // in all.
  const pid_t pid = node.runtime().worker_status().pid;
  const double before = processor_seconds(pid);
  ASSERT_TRUE(Node::wait_until([&] { return processor_seconds(pid) > before + 0.5; }));
  running.cancel();
  EXPECT_EQ(running.error().code, ErrorCode::cancelled);
  EXPECT_LT(seconds_to_answer(node), kMaxStopSeconds);
}

TEST(EmbeddedCancel, AStreamThatIsDroppedStops) {
  Node node(one_long_slot());
  ASSERT_TRUE(node.ask(kFrance).ok());
  Question question("Count from 1 to 60.");
  never_end(question);
  auto done = node.loop().run_task([&]() -> base::Task<base::Status> {
    auto opening = node.runtime().stream(question.request, base::CancelToken());
    CO_TRY(auto stream, co_await std::move(opening));
    auto next = stream->next();
    CO_TRY(auto step, co_await std::move(next));
    EXPECT_NE(step, nullptr);
    co_return base::Status();
  });
  ASSERT_TRUE(done.ok());
  EXPECT_LT(seconds_to_answer(node), kMaxStopSeconds);
}

TEST(EmbeddedCancel, ARequestThatWaitsForASlotIsForgotten) {
  Node node(one_long_slot());
  ASSERT_TRUE(node.ask(kFrance).ok());
  Question first("Count from 1 to 60."), second("Count from 1 to 50.");
  never_end(first);
  never_end(second);
  Running running(node, first.request);
  running.wait_for_steps(2);
  Running queued(node, second.request);
  queued.cancel();
  EXPECT_EQ(queued.error().code, ErrorCode::cancelled);
  running.cancel();
  EXPECT_EQ(running.error().code, ErrorCode::cancelled);
  EXPECT_LT(seconds_to_answer(node), kMaxStopSeconds);
}

TEST(EmbeddedCancel, AReaderWhoStopsReadingPausesOnlyHimself) {
  EmbeddedSettings settings = test_settings();
  settings.slots = 2;
  Node node(settings);
  ASSERT_TRUE(node.ask(kFrance).ok());
  Question question("Count from 1 to 60.");
  never_end(question);
  question.request.logprobs = true;
  question.request.top_logprobs = 20;
  std::unique_ptr<inference::TokenStream> unread;
  auto done = node.loop().run_task([&]() -> base::Task<base::Status> {
    auto opening = node.runtime().stream(question.request, base::CancelToken());
    CO_TRY(unread, co_await std::move(opening));
    co_return base::Status();
  });
  ASSERT_TRUE(done.ok());
  // The worker stops computing for a reader who takes nothing: its processor time stands still.
  const pid_t pid = node.runtime().worker_status().pid;
  double last = -1;
  int unchanged = 0;
  EXPECT_TRUE(Node::wait_until([&] {
    double now = processor_seconds(pid);
    unchanged = std::exchange(last, now) == now ? unchanged + 1 : 0;
    return unchanged == 30;
  }));
  EXPECT_LT(seconds_to_answer(node), 5.0);
  // And goes on to the end when he reads again.
  auto rest = node.loop().run_task([&]() -> base::Task<base::Result<std::int64_t>> {
    while (true) {
      auto next = unread->next();
      CO_TRY(auto step, co_await std::move(next));
      if (step == nullptr) co_return std::int64_t{-1};
      if (step->usage) co_return step->usage->total_tokens();
    }
  });
  ASSERT_TRUE(rest.ok()) << rest.error().detail;
  EXPECT_EQ(*rest, 512);
  auto dropped = node.loop().run_task([&]() -> base::Task<base::Status> {
    unread.reset();
    co_return base::Status();
  });
  EXPECT_TRUE(dropped.ok());
}

}  // namespace
}  // namespace b3iq::runtimes
