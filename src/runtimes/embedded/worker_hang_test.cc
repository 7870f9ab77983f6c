// A worker that does not go on: it must show that it lives, and one that does not is replaced.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <future>

#include "runtimes/embedded/chat_frame.h"
#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

constexpr const char* kFrance = "What is the capital of France?";
constexpr const char* kParis = "The capital of France is Paris.";
constexpr int kFrameWaitMs = 60'000;

// Room for an answer that does not end before the test is done with it.
EmbeddedSettings one_long_slot() {
  EmbeddedSettings settings = test_settings();
  settings.slots = 1;
  settings.context_tokens = 24'576;
  return settings;
}

void never_end(Question& question) {
  question.request.sampling.logit_bias = {{2, -100}, {4, -100}};
}

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

// The worker's own side, spoken to in frames.
class BareWorker {
 public:
  BareWorker() {
    const WorkerSettings worker = worker_settings(one_long_slot());
    auto started = WorkerProcess::start(worker.command);
    EXPECT_TRUE(started.ok());
    if (started.ok()) process_ = std::move(started).value();
    send(worker.load);
  }
  void send(const Frame& frame) {
    std::string bytes;
    append_frame(bytes, frame);
    EXPECT_EQ(::send(process_.socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // The next frame that is an F; the others are skipped.
  template <class F>
  bool wait_for() {
    while (true) {
      auto frame = reader_.next();
      if (!frame.ok()) return false;
      if (frame->has_value()) {
        if (std::holds_alternative<F>(**frame)) return true;
        continue;
      }
      pollfd wait{process_.socket(), POLLIN, 0};
      if (poll(&wait, 1, kFrameWaitMs) != 1) return false;
      const ssize_t count = recv(process_.socket(), reader_.reserve(kReadBytes), kReadBytes, 0);
      if (count <= 0) return false;
      reader_.commit(static_cast<std::size_t>(count));
    }
  }

 private:
  static constexpr std::size_t kReadBytes = 64 * 1024;
  WorkerProcess process_;
  FrameReader reader_;
};

TEST(LivingWorker, TellsOfItselfWhileItComputesAndWhileItsReaderPauses) {
  BareWorker worker;
  ASSERT_TRUE(worker.wait_for<ReadyFrame>());
  Question question("Count from 1 to 60.");
  never_end(question);
  auto chat = to_chat_frame(question.request);
  ASSERT_TRUE(chat.ok());
  chat->id = 7;
  worker.send(Frame(std::move(chat).value()));
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
