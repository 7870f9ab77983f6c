#include "runtimes/embedded/embedded_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

using inference::ChatAnswer;
using inference::Finish;
using testing::HasSubstr;

constexpr const char* kFrance = "What is the capital of France?";

// One worker for the tests that only ask.
class EmbeddedRuntimeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { node_ = std::make_unique<Node>(); }
  static void TearDownTestSuite() { node_.reset(); }
  static std::unique_ptr<Node> node_;
};
std::unique_ptr<Node> EmbeddedRuntimeTest::node_;

TEST_F(EmbeddedRuntimeTest, AnswersARealQuestion) {
  auto answer = node_->ask(kFrance);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->text, "The capital of France is Paris.");
  EXPECT_EQ(answer->finish, Finish::stop);
  EXPECT_EQ(answer->usage.prompt_tokens, 16);
  EXPECT_EQ(answer->usage.completion_tokens, 9);
  EXPECT_GT(answer->ttft_ns, 0);
}

}  // namespace
}  // namespace b3iq::runtimes
