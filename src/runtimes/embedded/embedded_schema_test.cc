// Schemas that the agent's check would have stopped, given to the real worker: its own limits hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "runtimes/embedded/embedded_fixture.h"
#include "runtimes/embedded/schema_check.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

std::string values(int count) {
  std::string text = R"({"enum":[)";
  for (int i = 0; i < count; ++i)
    text += (i > 0 ? ",\"value" : "\"value") + std::to_string(i) + "\"";
  return text + "]}";
}

void ask_for(Question& question, const std::string& schema) {
  question.request.response_format = inference::ResponseFormat::json_schema;
  question.request.json_schema = schema;
}

TEST(EmbeddedSchema, G2_27_AGrammarThatTakesTooLongEndsItsCallAndOthersGoOn) {
  Node node;
  base::SingleThreadExecutor other;
  Question huge("Name one.");
  ask_for(huge, values(20'000));
  Question plain(kFrance);
  base::Result<inference::ChatAnswer> answered = base::Error(ErrorCode::internal, "not asked");
  std::thread beside([&] {
    answered =
        other.run_task([&] { return node.runtime().answer(plain.request, base::CancelToken()); });
  });
  const auto refused = node.ask(huge.request);
  beside.join();
  ASSERT_FALSE(refused.ok()) << refused->text;
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  EXPECT_THAT(refused.error().detail, HasSubstr("too long"));
  ASSERT_TRUE(answered.ok()) << answered.error().detail;
  EXPECT_EQ(answered->text, kParis);
  EXPECT_EQ(node.ask(kFrance)->text, kParis) << "the same worker goes on";
  EXPECT_EQ(node.runtime().worker_status().state, WorkerState::ready);
}

TEST(EmbeddedSchema, AGrammarPastTheLimitIsRefused) {
  Node node;
  Question question("Name one.");
  ask_for(question, values(120'000));
  const auto refused = node.ask(question.request);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(refused.error().param, "response_format");
}

TEST(EmbeddedSchema, TheLargestThatIsLetThroughIsAnswered) {
  Node node;
  Question question("Name one.");
  const std::string schema = values(static_cast<int>(kMaxSchemaChoices));
  ask_for(question, schema);
  ASSERT_TRUE(check_schemas(question.request).ok());
  const auto answer = node.ask(question.request);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_THAT(schema, HasSubstr(answer->text));
}

TEST(EmbeddedSchema, ManyPropertiesAreAnswered) {
  Node node;
  std::string schema = R"({"type":"object","properties":{)";
  for (std::size_t i = 0; i < kMaxOptionalProperties; ++i) {
    schema += (i > 0 ? ",\"p" : "\"p") + std::to_string(i) +
              R"(":{"type":"string","maxLength":1000,"pattern":"^[a-z]{0,1000}$"})";
  }
  schema += "}}";
  Question question("As JSON.");
  ask_for(question, schema);
  question.request.max_tokens = 64;
  ASSERT_TRUE(check_schemas(question.request).ok());
  const auto answer = node.ask(question.request);
  EXPECT_TRUE(answer.ok()) << answer.error().detail;
}

}  // namespace
}  // namespace b3iq::runtimes
