#include "dialects/member_words.h"

#include <gtest/gtest.h>

#include <string>

#include "dialects/anthropic_request.h"
#include "dialects/ollama_body.h"
#include "dialects/responses_request.h"

namespace b3iq::dialects {
namespace {

base::Error refusal(const std::string& param) {
  return {base::ErrorCode::invalid_request, "Invalid '" + param + "': no.", param};
}

TEST(MemberWords, APlaceWithinASchemaIsTheOneThatTheCallerWrote) {
  const std::string schema = "response_format.json_schema.schema.properties.city.enum[3]";
  EXPECT_EQ(in_responses_words(refusal(schema)).param,
            "text.format.schema.properties.city.enum[3]");
  EXPECT_EQ(in_anthropic_words(refusal(schema)).param,
            "output_config.format.schema.properties.city.enum[3]");
  EXPECT_EQ(in_ollama_chat_words(refusal(schema)).param, "format.properties.city.enum[3]");
  EXPECT_EQ(in_ollama_chat_words(refusal(schema)).detail,
            "Invalid 'format.properties.city.enum[3]': no.");
}

TEST(MemberWords, AToolKeepsItsIndex) {
  const std::string tool = "tools[12].function.parameters.properties";
  EXPECT_EQ(in_responses_words(refusal(tool)).param, "tools[12].parameters.properties");
  EXPECT_EQ(in_anthropic_words(refusal(tool)).param, "tools[12].input_schema.properties");
  EXPECT_EQ(in_ollama_chat_words(refusal(tool)).param, tool);
  EXPECT_EQ(in_anthropic_words(refusal("tools")).param, "tools");
}

TEST(MemberWords, OptionsOfOllamaAreNamedWhereTheyStand) {
  EXPECT_EQ(in_ollama_chat_words(refusal("max_tokens")).param, "options.num_predict");
  EXPECT_EQ(in_ollama_generate_words(refusal("messages[0].content[1]")).param, "prompt");
  EXPECT_EQ(in_ollama_chat_words(refusal("messages[1].images")).param, "messages[1].images");
}

TEST(MemberWords, ANameThatOnlyBeginsAlikeStays) {
  EXPECT_EQ(in_ollama_chat_words(refusal("stop_token_ids")).param, "stop_token_ids");
  EXPECT_EQ(in_responses_words(refusal("toolset[0].function")).param, "toolset[0].function");
  EXPECT_EQ(in_responses_words(refusal("tools[0")).param, "tools[0");
}

}  // namespace
}  // namespace b3iq::dialects
