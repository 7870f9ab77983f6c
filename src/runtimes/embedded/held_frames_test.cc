// Frames of a fast model wait for each other, and are frames of their own all the same.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "runtimes/embedded/bare_worker.h"

namespace b3iq::runtimes {
namespace {

TEST(HeldFrames, EachTokenIsAFrameAndWritesAreFewer) {
  BareWorker worker(test_settings());
  ASSERT_TRUE(worker.wait_for<ReadyFrame>());
  Question question("Count from 1 to 60.");
  worker.ask(1, question.request);
  const int before = worker.reads();
  std::uint32_t tokens = 0, frames = 0;
  while (auto frame = worker.next()) {
    if (const auto* token = std::get_if<TokenFrame>(&*frame)) {
      EXPECT_LE(token->tokens, 2u);  // the one that ends the answer has no text: it comes with none
      tokens += token->tokens;
      ++frames;
    }
    if (const auto* finish = std::get_if<FinishFrame>(&*frame)) {
      EXPECT_EQ(finish->completion_tokens, tokens);
      break;
    }
  }
  EXPECT_GT(tokens, 40u);
  EXPECT_GE(frames + 1, tokens);
  EXPECT_LT(worker.reads() - before, static_cast<int>(frames) / 2);
}

// What is held goes out when the worker stops computing.
TEST(HeldFrames, APausedAnswerKeepsNothingBack) {
  constexpr std::uint64_t kWithoutText = 4;  // tokens that are half a character
  BareWorker worker(one_long_slot());
  ASSERT_TRUE(worker.wait_for<ReadyFrame>());
  Question question("Count from 1 to 60.");
  never_end(question);
  worker.ask(1, question.request);
  std::uint64_t told = 0;
  int alive = 0;
  while (auto frame = worker.next()) {
    if (const auto* token = std::get_if<TokenFrame>(&*frame)) {
      if (told == 0) {
        // The first frame was written at once: half of the time later some are held.
        std::this_thread::sleep_for(std::chrono::milliseconds(8));
        worker.send(PauseFrame{1});
      }
      told += token->tokens;
    }
    // The second one is a second behind the pause.
    if (std::holds_alternative<AliveFrame>(*frame) && ++alive == 2) worker.send(StatsQueryFrame{});
    if (const auto* stats = std::get_if<StatsFrame>(&*frame)) {
      EXPECT_GT(told, 0u);
      EXPECT_LE(stats->completion_tokens - told, kWithoutText);
      break;
    }
  }
  EXPECT_EQ(alive, 2);
}

}  // namespace
}  // namespace b3iq::runtimes
