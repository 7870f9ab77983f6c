// A worker that dies, a model that is hostile, an agent that is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <future>
#include <random>

#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

bool process_is_gone(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  return text.empty() || text.find(") Z") != std::string::npos;
}

TEST(WorkerCrash, AKilledWorkerFailsItsRequestsAndComesBack) {
  Node node;
  ASSERT_TRUE(node.ask(kFrance).ok());
  const pid_t first = node.runtime().worker_status().pid;
  Question question("Count from 1 to 60.");
  question.request.sampling.logit_bias = {{2, -100}, {4, -100}};
  auto answer = std::async(std::launch::async, [&] { return node.ask(question.request); });
  const double before = processor_seconds(first);
  ASSERT_TRUE(Node::wait_until([&] { return processor_seconds(first) > before; }));
  ASSERT_EQ(kill(first, SIGKILL), 0);
  auto failed = answer.get();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::upstream_failed);
  EXPECT_THAT(failed.error().detail, HasSubstr("The runtime worker stopped: signal 9"));

  auto again = node.ask(kFrance);
  ASSERT_TRUE(again.ok()) << again.error().detail;
  EXPECT_EQ(again->text, kParis);
  EXPECT_NE(node.runtime().worker_status().pid, first);
  EXPECT_TRUE(process_is_gone(first));
}

TEST(WorkerCrash, ThreeEndsWithinAMinuteLeaveItDownUntilTheOwnerActs) {
  EmbeddedSettings settings = test_settings();
  base::SingleThreadExecutor loop;
  auto hub = make_worker_hub(settings);
  EmbeddedRuntime runtime(settings, hub);
  auto ask = [&] {
    Question question(kFrance);
    return loop.run_task([&] { return runtime.answer(question.request, base::CancelToken()); });
  };
  pid_t last = -1;
  for (int i = 0; i < kBreakerEnds; ++i) {
    ASSERT_TRUE(Node::wait_until([&] {
      auto status = hub->status();
      return status.state == WorkerState::ready && status.pid != last;
    }));
    last = hub->status().pid;
    ASSERT_EQ(kill(last, SIGSEGV), 0);
  }
  ASSERT_TRUE(Node::wait_until([&] { return hub->status().state == WorkerState::down; }));
  auto refused = ask();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::runtime_unreachable);
  EXPECT_THAT(refused.error().detail, HasSubstr("b3iq-host doctor"));
  EXPECT_THAT(hub->status().detail, HasSubstr("stays down"));
  EXPECT_EQ(runtime.health().state, inference::RuntimeState::unreachable);
  hub->restart();
  auto answer = ask();
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->text, kParis);
}

TEST(WorkerCrash, AMissingProgramOrModelIsSaid) {
  EmbeddedSettings settings = test_settings();
  settings.model_path = "/nonexistent/model.gguf";
  const auto check = [&](const char* reason) {
    Node node(settings);
    auto refused = node.ask(kFrance);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().detail.find("/nonexistent"), std::string::npos)
        << "a caller learns no paths of this machine";
    EXPECT_GE(refused.error().retry_after_ms, 30'000);
    EXPECT_THAT(node.runtime().worker_status().detail, HasSubstr(reason));
  };
  check("/nonexistent/model.gguf: No such file");
  settings = test_settings();
  settings.worker_binary = "/nonexistent/b3iq-worker";
  check("/nonexistent/b3iq-worker");
  settings = test_settings();
  settings.model_path = "/dev/zero";
  EXPECT_FALSE(Node(settings).ask(kFrance).ok()) << "a device is no model";
}

class HostileModel : public testing::Test {
 protected:
  HostileModel()
      : path_(std::filesystem::path(testing::TempDir()) /
              ("hostile-" + std::to_string(getpid()) + ".gguf")) {
    std::ifstream file(test_settings().model_path, std::ios::binary);
    good_.assign(std::istreambuf_iterator<char>(file), {});
  }
  ~HostileModel() override { std::filesystem::remove(path_); }

  // What became of a worker that was given these bytes. The agent lives, or this test does not.
  WorkerStatus try_model(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    EmbeddedSettings settings = test_settings();
    settings.model_path = path_.string();
    settings.slots = 1;
    auto hub = make_worker_hub(settings);
    EXPECT_TRUE(Node::wait_until([&] {
      auto state = hub->status().state;
      return state == WorkerState::ready || state == WorkerState::down ||
             state == WorkerState::waiting;
    }));
    return hub->status();
  }

  std::filesystem::path path_;
  std::string good_;
};

TEST_F(HostileModel, TruncatedFilesAreRefused) {
  for (std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{24}, std::size_t{5000},
                           good_.size() / 2, good_.size() - 1}) {
    WorkerStatus status = try_model(good_.substr(0, size));
    EXPECT_EQ(status.state, WorkerState::down) << size;
    EXPECT_THAT(status.detail, HasSubstr("was not loaded")) << size;
  }
}

TEST_F(HostileModel, RandomBytesAreRefused) {
  std::mt19937 random(1);
  std::string noise(100'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  EXPECT_EQ(try_model(noise).state, WorkerState::down);
  EXPECT_EQ(try_model("GGUF" + noise).state, WorkerState::down);
}

TEST_F(HostileModel, FlippedBitsNeverReachTheAgent) {
  std::mt19937 random(2);
  const std::size_t header = 60'000;  // metadata, vocabulary, tensor table
  int loaded = 0, stopped = 0;
  for (int i = 0; i < 60; ++i) {
    std::string bytes = good_;
    std::size_t at = i < 30 ? random() % 2'000 : random() % header;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
    WorkerStatus status = try_model(bytes);
    (status.state == WorkerState::ready ? loaded : stopped)++;
    if (status.state != WorkerState::ready) EXPECT_FALSE(status.detail.empty()) << at;
  }
  EXPECT_GT(stopped, 0);
  EXPECT_GT(loaded, 0) << "a flipped bit of a name or a score hurts nobody";
}

// A helper process owns a worker; it is killed, as an agent may be.
TEST(WorkerCrash, AKilledAgentLeavesNoWorkerBehind) {
  EmbeddedSettings settings = test_settings();
  std::string helper = (program_folder() / "b3_worker_owner").string();
  std::string command = helper + " " + settings.worker_binary + " " + settings.llama_folder + " " +
                        settings.model_path;
  std::FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  long owner = 0, worker = 0;
  ASSERT_EQ(std::fscanf(pipe, "%ld %ld", &owner, &worker), 2);
  ASSERT_FALSE(process_is_gone(static_cast<pid_t>(worker)));
  ASSERT_EQ(kill(static_cast<pid_t>(owner), SIGKILL), 0);
  EXPECT_TRUE(Node::wait_until([&] { return process_is_gone(static_cast<pid_t>(worker)); }));
  pclose(pipe);
}

}  // namespace
}  // namespace b3iq::runtimes
