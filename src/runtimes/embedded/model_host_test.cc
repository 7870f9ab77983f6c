// Many models behind one runtime, with real workers: loading on demand, the budget, who makes room.
#include "runtimes/embedded/model_host.h"

#include "runtimes/embedded/embedded_fixture.h"
#include "runtimes/upstream/runtime_on_loop.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;

constexpr std::int64_t kMiB = 1024 * 1024;

HostedModel copy_of_default(const std::string& name, std::int64_t memory_bytes) {
  HostedModel model;
  model.name = name;
  model.path = test_settings().model_path;
  model.memory_bytes = memory_bytes;
  model.memory_measured = true;
  return model;
}

class ModelHostTest : public ::testing::Test {
 protected:
  // Three models that are said to need 400 MiB each.
  ModelHost& host(std::int64_t budget, std::int64_t keep_idle_ms = 0) {
    ModelHostSettings settings;
    settings.worker = test_settings();
    settings.worker.id = "installed";
    settings.worker.slots = 2;
    settings.memory_bytes = budget;
    settings.keep_idle_ms = keep_idle_ms;
    host_ = std::make_unique<ModelHost>(settings, clock_, on_.loop());
    host_->set_models({copy_of_default("a", 400 * kMiB), copy_of_default("b", 400 * kMiB),
                       copy_of_default("c", 400 * kMiB)});
    return *host_;
  }
  ~ModelHostTest() override {
    host_.reset();
    on_.loop().settle();
  }
  base::Result<inference::ChatAnswer> ask(const std::string& model) {
    Question question(kFrance);
    question.request.model = model;
    return on_.run(host_->answer(question.request, {}));
  }
  void sweep() {
    const auto on_the_loop = [this]() -> base::Task<bool> {
      host_->sweep();
      co_return true;
    };
    on_.run(on_the_loop());
  }
  bool loaded(std::string_view model) { return host_->state(model).loaded; }

  base::FakeClock clock_;
  TaskLoop on_;
  std::unique_ptr<ModelHost> host_;
};

TEST_F(ModelHostTest, LoadsOnDemandAndMeasures) {
  host(1000 * kMiB);
  std::map<std::string, LoadedFacts> learned;
  host_->on_learned(
      [&](const std::string& name, const LoadedFacts& facts) { learned[name] = facts; });
  EXPECT_FALSE(loaded("a"));
  const auto answer = ask("a");
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->text, kParis);
  EXPECT_TRUE(loaded("a"));
  sweep();
  EXPECT_GT(learned["a"].memory_bytes, 5 * kMiB);
  EXPECT_LT(learned["a"].memory_bytes, 400 * kMiB);
  EXPECT_GT(learned["a"].context_tokens, 0);
  EXPECT_EQ(ask("none").error().code, ErrorCode::model_not_found);
}

TEST_F(ModelHostTest, TheLongestUnusedMakesRoom) {
  host(1000 * kMiB);
  ASSERT_TRUE(ask("a").ok());
  clock_.advance_ms(10);
  ASSERT_TRUE(ask("b").ok());
  clock_.advance_ms(10);
  ASSERT_TRUE(ask("a").ok());
  clock_.advance_ms(10);
  ASSERT_TRUE(ask("c").ok());
  EXPECT_TRUE(loaded("a"));
  EXPECT_FALSE(loaded("b"));
  EXPECT_TRUE(loaded("c"));
}

TEST_F(ModelHostTest, AMeasurementReplacesAnEstimate) {
  host(1000 * kMiB);
  auto estimated = copy_of_default("estimated", 900 * kMiB);
  estimated.memory_measured = false;
  host_->set_models({estimated, copy_of_default("b", 400 * kMiB)});
  ASSERT_TRUE(ask("estimated").ok());
  sweep();
  EXPECT_LT(host_->used_bytes(), 400 * kMiB);
  ASSERT_TRUE(ask("b").ok());
  EXPECT_TRUE(loaded("estimated")) << "there is room for both, as measured";
}

TEST_F(ModelHostTest, AModelThatNeverFitsIsRefusedWithTheNumbers) {
  host(300 * kMiB);
  const auto answer = ask("a");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::insufficient_memory);
  EXPECT_NE(answer.error().detail.find("400 MiB"), std::string::npos);
  EXPECT_NE(answer.error().detail.find("300 MiB"), std::string::npos);
}

TEST_F(ModelHostTest, AModelAtWorkIsNotEndedForAnother) {
  host(700 * kMiB);
  Question question(kFrance);
  never_end(question);
  question.request.model = "a";
  auto opened = on_.run(host_->stream(question.request, {}));
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(on_.run((*opened)->next()).ok());
  const auto refused = ask("b");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_GT(refused.error().retry_after_ms, 0);
  EXPECT_EQ(on_.run(host_->unload("a")).error().code, ErrorCode::conflict);
  opened->reset();
  EXPECT_TRUE(ask("b").ok());
  EXPECT_FALSE(loaded("a"));
}

TEST_F(ModelHostTest, IdleModelsAreEndedAfterTheirTime) {
  host(1000 * kMiB, 60'000);
  ASSERT_TRUE(ask("a").ok());
  clock_.advance_ms(59'000);
  sweep();
  EXPECT_TRUE(loaded("a"));
  clock_.advance_ms(2'000);
  sweep();
  EXPECT_FALSE(loaded("a"));
}

TEST_F(ModelHostTest, LoadAndUnload) {
  host(1000 * kMiB);
  const auto loading = on_.run(host_->load("b", {}));
  ASSERT_TRUE(loading.ok()) << loading.error().detail;
  const auto state = host_->state("b");
  EXPECT_EQ(state.worker.state, WorkerState::ready);
  EXPECT_GT(state.memory_bytes, 0);
  ASSERT_TRUE(on_.run(host_->unload("b")).ok());
  EXPECT_FALSE(loaded("b"));
  EXPECT_NE(kill(state.worker.pid, 0), 0) << "the worker has ended when unload() has";
}

TEST_F(ModelHostTest, ADamagedModelSaysSo) {
  host(1000 * kMiB);
  auto broken = copy_of_default("broken", kMiB);
  broken.path = "/proc/self/status";
  host_->set_models({broken});
  const auto loading = on_.run(host_->load("broken", {}));
  ASSERT_FALSE(loading.ok());
  EXPECT_EQ(loading.error().code, ErrorCode::upstream_failed);
}

TEST_F(ModelHostTest, CallsThatBeganFinishWhenTheirModelIsRemoved) {
  host(1000 * kMiB);
  Question question(kFrance);
  question.request.model = "a";
  auto opened = on_.run(host_->stream(question.request, {}));
  ASSERT_TRUE(opened.ok());
  const auto replace = [this]() -> base::Task<bool> {
    host_->set_models({copy_of_default("b", 400 * kMiB)});
    co_return true;
  };
  on_.run(replace());
  std::string text;
  for (;;) {
    auto step = on_.run((*opened)->next());
    ASSERT_TRUE(step.ok()) << step.error().detail;
    if (*step == nullptr) break;
    text += (*step)->text;
  }
  EXPECT_EQ(text, kParis);
  opened->reset();
  EXPECT_EQ(ask("a").error().code, ErrorCode::model_not_found);
}

TEST_F(ModelHostTest, ManyCallersLoadOneModelOnce) {
  host(1000 * kMiB);

  const auto both = [this]() -> base::Task<base::Status> {
    std::optional<base::Status> other;
    auto beside = [&]() -> base::Task<void> { other = co_await host_->load("a", {}); };
    base::detach(beside());
    auto mine = co_await host_->load("a", {});
    while (!other) co_await on_.loop().sleep(1);
    if (!mine.ok()) co_return mine;
    co_return *other;
  };
  const auto done = on_.run(both());
  EXPECT_TRUE(done.ok());
  EXPECT_TRUE(loaded("a"));
  EXPECT_EQ(host_->used_bytes(), 400 * kMiB);
}

TEST(MachineMemory, IsRead) {
  const auto memory = machine_memory();
  EXPECT_GT(memory.total_bytes, 0);
  EXPECT_GT(memory.available_bytes, 0);
  EXPECT_LE(memory.available_bytes, memory.total_bytes);
  const auto mine = process_memory(getpid());
  EXPECT_GT(mine.own_bytes, 0);
  EXPECT_GT(mine.file_bytes, kMiB);
  EXPECT_EQ(process_memory(0).own_bytes, 0);
}

TEST(MachineMemory, PagesOfAFileCountAsFarAsTheyAreNeeded) {
  // Weights of 1000 in a file, 600 of cache and results.
  EXPECT_EQ(counted_memory({600, 1010}, 1600), 1600) << "weights used where they are mapped";
  EXPECT_EQ(counted_memory({1620, 1010}, 1600), 1620) << "weights copied: the pages are cache";
  EXPECT_EQ(counted_memory({600, 200}, 1600), 800) << "not all of them were touched";
  EXPECT_EQ(counted_memory({600, 1010}, 0), 1610) << "nothing promised: all counts";
}

}  // namespace
}  // namespace b3iq::runtimes
