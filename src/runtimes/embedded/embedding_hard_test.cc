// Embeddings when things go wrong or get long: cancellation, back-pressure, a worker that dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <future>

#include "runtimes/embedded/bare_worker.h"
#include "runtimes/embedded/embedding_fixture.h"
#include "runtimes/embedded/embedding_frame.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
// At some thousand tokens a second, all of them are minutes of one core. As token ids: the work is
// inference from its beginning.
inference::EmbeddingRequest many_inputs(std::size_t count = kMaxEmbedInputs) {
  inference::EmbeddingRequest request;
  request.token_inputs.assign(count, std::vector<std::int32_t>(500, 300));
  return request;
}

// Until the worker uses no processor time any more.
void rest(pid_t worker) {
  double last = -1;
  int unchanged = 0;
  EXPECT_TRUE(Node::wait_until([&] {
    const double now = processor_seconds(worker);
    unchanged = std::exchange(last, now) == now ? unchanged + 1 : 0;
    return unchanged == 30;
  }));
}

class HardEmbedding : public testing::Test {
 protected:
  HardEmbedding() {
    write_file(folder_ / "m.gguf", pooled_model(kMean));
    node_ = std::make_unique<Node>(embedding_settings(folder_ / "m.gguf"));
  }

  // Asks on the node's loop; `meanwhile` runs once the worker computes.
  base::Result<inference::EmbeddingAnswer> ask_and(const std::function<void(pid_t)>& meanwhile,
                                                   const inference::EmbeddingRequest& asked) {
    EXPECT_TRUE(embed_texts(*node_, {"warm"}).ok());
    const pid_t worker = node_->runtime().worker_status().pid;
    const double used = processor_seconds(worker);
    auto answer = std::async(std::launch::async, [&] {
      return node_->loop().run_task([&] { return node_->runtime().embed(asked, source_.token()); });
    });
    EXPECT_TRUE(Node::wait_until([&] { return processor_seconds(worker) > used + 0.3; }));
    meanwhile(worker);
    return answer.get();
  }

  void cancel() {
    node_->loop().post([&] { source_.cancel(); });
  }

  TemporaryFolder folder_;
  base::CancelSource source_;
  std::unique_ptr<Node> node_;
};

TEST_F(HardEmbedding, ACancelledRequestStops) {
  auto answer = ask_and([&](pid_t) { cancel(); }, many_inputs());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::cancelled);
  ASSERT_TRUE(embed_texts(*node_, {"next"}).ok());
  // The whole request takes longer than this waits.
  rest(node_->runtime().worker_status().pid);
}

// One input that is one computation: it is left in the middle.
TEST_F(HardEmbedding, ACancelledComputationIsAbandoned) {
  constexpr std::uint32_t kLong = 4'500;  // no multiple of what a computation holds
  write_file(folder_ / "m.gguf", with_context(pooled_model(kMean), kLong));
  EmbeddedSettings settings = embedding_settings(folder_ / "m.gguf");
  settings.context_tokens = kLong;
  node_ = std::make_unique<Node>(settings);
  ASSERT_TRUE(embed_texts(*node_, {"warm"}).ok());
  const pid_t worker = node_->runtime().worker_status().pid;
  inference::EmbeddingRequest request;
  request.token_inputs = {std::vector<std::int32_t>(kLong, 300)};
  const double before = processor_seconds(worker);
  ASSERT_TRUE(embed(*node_, request).ok());
  const double whole = processor_seconds(worker) - before;

  auto answer = ask_and([&](pid_t) { cancel(); }, request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::cancelled);
  ASSERT_TRUE(embed_texts(*node_, {"next"}).ok());
  rest(worker);
  EXPECT_LT(processor_seconds(worker) - before - whole, 0.8 * whole);
}

TEST_F(HardEmbedding, AShortRequestDoesNotWaitForALongOne) {
  std::size_t vectors = 0;
  auto answer = ask_and(
      [&](pid_t) {
        auto quick = embed_texts(*node_, {kFrance});
        if (quick.ok()) vectors = quick->vectors.size();
        cancel();
      },
      many_inputs());
  EXPECT_EQ(vectors, 1u);
  ASSERT_FALSE(answer.ok()) << "the long one had ended before";
  EXPECT_EQ(answer.error().code, ErrorCode::cancelled);
}

TEST_F(HardEmbedding, AWorkerThatDiesFailsTheRequestAndIsReplaced) {
  auto answer = ask_and([](pid_t worker) { EXPECT_EQ(kill(worker, SIGKILL), 0); }, many_inputs());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::upstream_failed);
  EXPECT_THAT(answer.error().detail, HasSubstr("The runtime worker stopped"));
  auto again = embed_texts(*node_, {"next"});
  ASSERT_TRUE(again.ok()) << again.error().detail;
  EXPECT_EQ(node_->runtime().worker_status().restarts, 1u);
}

TEST_F(HardEmbedding, AllInputsOfALargeRequestComeBackInTheirOrder) {
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back("number " + std::to_string(i % 7));
  auto answer = embed_texts(*node_, texts);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  ASSERT_EQ(answer->vectors.size(), texts.size());
  for (std::size_t i = 7; i < texts.size(); ++i)
    ASSERT_GT(likeness(answer->vectors[i], answer->vectors[i % 7]), 0.999) << i;
}

// As an agent whose reader has fallen behind.
TEST_F(HardEmbedding, APausedRequestSendsNothingUntilItIsResumed) {
  BareWorker worker(embedding_settings(folder_ / "m.gguf"));
  ASSERT_TRUE(worker.wait_for<ReadyFrame>());
  constexpr std::size_t kFewerThanASocketHolds = 50;
  EmbedTexts one({"one"});
  auto large = to_embed_frame(many_inputs(kFewerThanASocketHolds));
  auto small = to_embed_frame(one.request);
  ASSERT_TRUE(large.ok() && small.ok());
  large->id = 1;
  small->id = 2;
  worker.send(Frame(*large));
  ASSERT_TRUE(worker.wait_for<EmbeddingFrame>());
  worker.send(PauseFrame{1});
  worker.send(Frame(*small));
  // What was computed before the pause was heard may still come, but the other request ends.
  ASSERT_TRUE(worker.wait_for<FinishFrame>());
  ASSERT_TRUE(worker.wait_for<AliveFrame>()) << "a paused request is no hang";
  worker.send(ResumeFrame{1});
  ASSERT_TRUE(worker.wait_for<EmbeddingFrame>());
  worker.send(CancelFrame{1});
}

}  // namespace
}  // namespace b3iq::runtimes
