// A worker that does not go on: it must show that it lives, and one that does not is replaced.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <future>

#include "runtimes/embedded/bare_worker.h"
#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

// A hub whose worker may be silent for a moment only, and a loop that asks it.
class HungWorker : public testing::Test {
 protected:
  static constexpr std::int64_t kSilenceMs = 2'000;

  HungWorker() {
    WorkerSettings settings = worker_settings(one_long_slot());
    settings.answer_silence_ms = kSilenceMs;
    hub_ = std::make_shared<WorkerHub>(settings);
    runtime_ = std::make_unique<EmbeddedRuntime>(one_long_slot(), hub_);
  }

  auto ask(const inference::ChatRequest& request) {
    return loop_.run_task([&] { return runtime_->answer(request, base::CancelToken()); });
  }
  pid_t ready_worker(pid_t other_than) {
    EXPECT_TRUE(Node::wait_until([&] {
      const auto status = hub_->status();
      return status.state == WorkerState::ready && status.pid != other_than;
    }));
    return hub_->status().pid;
  }
  // What a request gets whose worker is stopped while it answers.
  base::Error ask_and_stop(pid_t worker) {
    Question question("Count from 1 to 60.");
    never_end(question);
    auto answer = std::async(std::launch::async, [&] { return ask(question.request); });
    const double before = processor_seconds(worker);
    EXPECT_TRUE(Node::wait_until([&] { return processor_seconds(worker) > before; }));
    EXPECT_EQ(kill(worker, SIGSTOP), 0);
    auto failed = answer.get();
    EXPECT_FALSE(failed.ok());
    return failed.ok() ? base::Error(ErrorCode::internal, "it answered") : failed.error();
  }

  base::SingleThreadExecutor loop_;  // goes last
  std::shared_ptr<WorkerHub> hub_;
  std::unique_ptr<EmbeddedRuntime> runtime_;
};

TEST_F(HungWorker, IsEndedItsAnswersFailAndTheNextOneAnswers) {
  const pid_t first = ready_worker(-1);
  const base::Error error = ask_and_stop(first);
  EXPECT_EQ(error.code, ErrorCode::upstream_failed);
  EXPECT_THAT(error.detail, HasSubstr("The runtime worker stopped: it said nothing for"));
  EXPECT_NE(kill(first, 0), 0) << "a stopped process must not stay behind";

  Question question(kFrance);
  auto again = ask(question.request);
  ASSERT_TRUE(again.ok()) << again.error().detail;
  EXPECT_EQ(again->text, kParis);
  EXPECT_EQ(hub_->status().restarts, 1u);
}

TEST_F(HungWorker, ThreeTimesInARowStaysDown) {
  pid_t last = -1;
  for (int i = 0; i < kBreakerEnds; ++i) {
    last = ready_worker(last);
    EXPECT_EQ(ask_and_stop(last).code, ErrorCode::upstream_failed);
  }
  EXPECT_EQ(hub_->status().state, WorkerState::down);
  EXPECT_THAT(hub_->status().detail, HasSubstr("it said nothing for"));
}

TEST_F(HungWorker, WithNothingToDoItMayBeSilent) {
  const pid_t worker = ready_worker(-1);
  Question question(kFrance);
  ASSERT_TRUE(ask(question.request).ok());
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2 * kSilenceMs);
  while (std::chrono::steady_clock::now() < end) {
    ASSERT_EQ(hub_->status().state, WorkerState::ready);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(hub_->status().pid, worker);
}

TEST(LivingWorker, TellsOfItselfWhileItComputesAndWhileItsReaderPauses) {
  BareWorker worker(one_long_slot());
  ASSERT_TRUE(worker.wait_for<ReadyFrame>());
  Question question("Count from 1 to 60.");
  never_end(question);
  worker.ask(7, question.request);
  EXPECT_TRUE(worker.wait_for<AliveFrame>()) << "while it computes";
  worker.send(PauseFrame{7});
  EXPECT_TRUE(worker.wait_for<AliveFrame>());
  EXPECT_TRUE(worker.wait_for<AliveFrame>()) << "while nobody reads";
  worker.send(ResumeFrame{7});
  EXPECT_TRUE(worker.wait_for<TokenFrame>());
  worker.send(CancelFrame{7});
}

}  // namespace
}  // namespace b3iq::runtimes
