// Tool calls: the real worker on the real weights under a chat template that has tools. The model
// was never taught any, so what is tested is that the grammar forces a well-formed call and that it
// comes out as one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.h"
#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

using inference::ChatAnswer;
using inference::Finish;

constexpr const char* kCityParameters =
    R"({"type":"object","properties":{"city":{"type":"string","enum":["Rome","Paris"]}},"required":["city"],"additionalProperties":false})";

class EmbeddedTools : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    EmbeddedSettings settings = test_settings();
    model_ =
        std::filesystem::path(testing::TempDir()) / ("tools-" + std::to_string(getpid()) + ".gguf");
    std::string command = (program_folder() / "b3_gguf_template").string() + " " +
                          settings.model_path + " " + model_.string() + " " + B3IQ_SOURCE_DIR +
                          "/src/runtimes/embedded/testdata/tools_template.jinja";
    ASSERT_EQ(std::system(command.c_str()), 0);
    settings.model_path = model_.string();
    settings.context_tokens = 4096;
    settings.slots = 2;
    node_ = std::make_unique<Node>(settings);
  }
  static void TearDownTestSuite() {
    node_.reset();
    std::filesystem::remove(model_);
  }
  static void offer(Question& question) {
    question.request.tools.push_back(
        {"get_weather", "Tells the weather of a city", kCityParameters, false});
    question.request.tools.push_back(
        {"get_time", "Tells the time in a city", kCityParameters, false});
    question.request.max_tokens = 200;
  }
  static ChatAnswer ask(const inference::ChatRequest& request) {
    auto answer = node_->ask(request);
    EXPECT_TRUE(answer.ok()) << answer.error().detail;
    return answer.ok() ? std::move(answer).value() : ChatAnswer();
  }
  static void expect_call(const ChatAnswer& answer, const std::string& name) {
    ASSERT_GE(answer.tool_calls.size(), 1u) << answer.text;
    const auto& call = answer.tool_calls[0];
    if (!name.empty()) EXPECT_EQ(call.name, name);
    EXPECT_THAT(call.id, testing::StartsWith("call_"));
    auto arguments = json::Document::parse(call.arguments);
    ASSERT_TRUE(arguments.ok()) << call.arguments;
    EXPECT_TRUE(arguments->root().find("city").is_string()) << call.arguments;
    EXPECT_EQ(answer.finish, Finish::tool_calls);
  }
  static std::unique_ptr<Node> node_;
  static std::filesystem::path model_;
};
std::unique_ptr<Node> EmbeddedTools::node_;
std::filesystem::path EmbeddedTools::model_;

TEST_F(EmbeddedTools, ANamedToolIsCalled) {
  Question question("What is the weather in Rome?");
  offer(question);
  question.request.tool_choice = inference::ToolChoice::named;
  question.request.tool_choice_name = "get_time";
  expect_call(ask(question.request), "get_time");
}

TEST_F(EmbeddedTools, ARequiredToolIsCalled) {
  Question question("What is the weather in Rome?");
  offer(question);
  question.request.tool_choice = inference::ToolChoice::required;
  question.request.parallel_tool_calls = false;
  ChatAnswer answer = ask(question.request);
  expect_call(answer, "");
  EXPECT_EQ(answer.tool_calls.size(), 1u);
}

TEST_F(EmbeddedTools, WithoutNeedForOneItAnswersInText) {
  Question question("What is the capital of France?");
  offer(question);
  question.request.tool_choice = inference::ToolChoice::none;
  ChatAnswer answer = ask(question.request);
  EXPECT_TRUE(answer.tool_calls.empty());
  EXPECT_FALSE(answer.text.empty());
}

TEST_F(EmbeddedTools, AnUnknownNameIsRefused) {
  Question question("What is the weather in Rome?");
  offer(question);
  question.request.tool_choice = inference::ToolChoice::named;
  question.request.tool_choice_name = "get_money";
  auto answer = node_->ask(question.request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, base::ErrorCode::invalid_request);
  EXPECT_EQ(answer.error().param, "tool_choice");
}

TEST_F(EmbeddedTools, AConversationWithACallAndItsResultIsRead) {
  Question question("What is the weather in Rome?");
  offer(question);
  auto& messages = question.request.messages;
  messages.resize(3);
  messages[1].role = inference::Role::assistant;
  messages[1].tool_calls.push_back({"call_1", "get_weather", R"({"city":"Rome"})"});
  messages[2].role = inference::Role::tool;
  messages[2].tool_call_id = "call_1";
  messages[2].content.push_back({inference::PartKind::text, "sunny"});
  question.request.tool_choice = inference::ToolChoice::none;
  question.request.max_tokens = 8;
  EXPECT_GT(ask(question.request).usage.prompt_tokens, 100);
}

TEST_F(EmbeddedTools, TheModelSaysThatItHasTools) {
  ASSERT_TRUE(node_->wait_for(WorkerState::ready));
  auto models = node_->loop().run_task([&] { return node_->runtime().models(); });
  ASSERT_TRUE(models.ok());
  EXPECT_TRUE(models->front().capabilities.tools);
}

}  // namespace
}  // namespace b3iq::runtimes
