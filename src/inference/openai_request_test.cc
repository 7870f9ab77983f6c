#include "inference/openai_request.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace b3iq::inference {
namespace {

using base::ErrorCode;

// A valid body with `more` members behind model and messages.
std::string body_with(std::string_view more) {
  std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}])";
  if (!more.empty()) body.append(",").append(more);
  return body + "}";
}

std::string body_with_message(std::string_view message) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"},)" + std::string(message) +
         "]}";
}

struct Bad {
  std::string_view members;
  std::string_view param;
  ErrorCode code = ErrorCode::invalid_request;
};

void expect_refused(const std::string& body, const Bad& bad) {
  const auto request = decode_chat_request(body);
  ASSERT_FALSE(request.ok()) << body;
  EXPECT_EQ(request.error().param, bad.param) << body << ": " << request.error().detail;
  EXPECT_EQ(request.error().code, bad.code) << body << ": " << request.error().detail;
  EXPECT_NE(request.error().detail.find(bad.param), std::string::npos) << request.error().detail;
}

TEST(OpenaiRequest, decodes_what_a_client_sends) {
  const std::string body = body_with(
      R"("temperature":0.5,"top_p":1,"max_tokens":7,"max_completion_tokens":9,"seed":-3,"n":1,)"
      R"("stop":["a","b"],"presence_penalty":-2,"frequency_penalty":2,"logit_bias":{"50256":-100},)"
      R"("logprobs":true,"top_logprobs":20,"stream":true,"stream_options":{"include_usage":true},)"
      R"("user":"u","metadata":{"a":"b"},"store":false,"service_tier":"auto","top_k":40)");
  const auto request = decode_chat_request(body);
  ASSERT_TRUE(request.ok()) << request.error().detail;
  EXPECT_EQ(request->model, "m");
  ASSERT_EQ(request->messages.size(), 1U);
  EXPECT_EQ(request->messages[0].role, Role::user);
  EXPECT_EQ(request->messages[0].content.at(0).text, "hi");
  EXPECT_EQ(request->sampling.temperature, 0.5);
  EXPECT_EQ(request->max_tokens, 9);
  EXPECT_EQ(request->sampling.seed, -3);
  EXPECT_EQ(request->stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request->sampling.logit_bias.at(0), (std::pair<std::int32_t, double>{50256, -100}));
  EXPECT_EQ(request->top_logprobs, 20);
  EXPECT_EQ(request->sampling.top_k, 40);
  EXPECT_TRUE(request->stream && request->include_usage && request->has_stream_options);
  EXPECT_TRUE(request->unknown_members.empty());
  EXPECT_EQ(request->body.data(), body.data());
}

TEST(OpenaiRequest, null_members_count_as_absent) {
  const std::string body = body_with(
      R"("temperature":null,"max_tokens":null,"stop":null,"tools":null,"tool_choice":null,)"
      R"("response_format":null,"stream":null,"stream_options":null,"logprobs":null,"store":null,)"
      R"("top_logprobs":null,"b3iq":null,"seed":null,"n":null,"reasoning_effort":null,"functions":null)");
  const auto request = decode_chat_request(body);
  ASSERT_TRUE(request.ok()) << request.error().detail;
  EXPECT_FALSE(request->sampling.temperature || request->max_tokens || request->stream);
  EXPECT_TRUE(request->has_stream_options && request->has_b3iq);  // adapters must find them
  EXPECT_TRUE(request->unknown_members.empty());
}

// CASES G2 #22.
TEST(OpenaiRequest, case_22_integer_fields_refuse_what_is_out_of_range) {
  for (const std::string_view field :
       {"max_tokens", "max_completion_tokens", "n", "top_logprobs"}) {
    for (const std::string_view number : {"-1", "9223372036854775808", "0.5", "1e300", "true"}) {
      expect_refused(body_with("\"" + std::string(field) + "\":" + std::string(number)),
                     {"", field});
    }
  }
  expect_refused(body_with(R"("max_tokens":0)"), {"", "max_tokens"});
  expect_refused(body_with(R"("max_tokens":2147483648)"), {"", "max_tokens"});
  for (const std::string_view number : {"9223372036854775808", "0.5", "1e19", "\"1\""}) {
    expect_refused(body_with("\"seed\":" + std::string(number)), {"", "seed"});
  }
  EXPECT_TRUE(decode_chat_request(body_with(R"("seed":-9223372036854775808)")).ok());
  EXPECT_FALSE(decode_chat_request(body_with(R"("max_tokens":1e400)")).ok());
}

TEST(OpenaiRequest, a_number_too_large_is_a_range_error_and_not_a_type_error) {
  const auto request = decode_chat_request(body_with(R"("max_tokens":9223372036854775808)"));
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.error().detail,
            "Invalid 'max_tokens': the value must be between 1 and 2147483647.");
}

TEST(OpenaiRequest, refuses_bad_members_and_names_them) {
  const ErrorCode unsupported = ErrorCode::unsupported_parameter;
  const Bad bads[] = {
      {R"("temperature":2.1)", "temperature"},
      {R"("temperature":-0.1)", "temperature"},
      {R"("temperature":"hot")", "temperature"},
      {R"("top_p":1.5)", "top_p"},
      {R"("presence_penalty":3)", "presence_penalty"},
      {R"("frequency_penalty":-2.5)", "frequency_penalty"},
      {R"("min_p":2)", "min_p"},
      {R"("top_k":-1)", "top_k"},
      {R"("repeat_penalty":0)", "repeat_penalty"},
      {R"("n":2)", "n", unsupported},
      {R"("logprobs":1)", "logprobs"},
      {R"("top_logprobs":2)", "top_logprobs"},
      {R"("logprobs":true,"top_logprobs":21)", "top_logprobs"},
      {R"("stop":["a","b","c","d","e"])", "stop"},
      {R"("stop":7)", "stop"},
      {R"("stop":["a",7])", "stop[1]"},
      {R"("stop":"")", "stop"},
      {R"("stream":"yes")", "stream"},
      {R"("stream_options":{"include_usage":true})", "stream_options"},
      {R"("stream":true,"stream_options":{"include_usage":1})", "stream_options.include_usage"},
      {R"("logit_bias":[1])", "logit_bias"},
      {R"("logit_bias":{"x":1})", "logit_bias.x"},
      {R"("logit_bias":{"5":101})", "logit_bias.5"},
      {R"("store":true)", "store", unsupported},
      {R"("functions":[])", "functions", unsupported},
      {R"("function_call":"auto")", "function_call", unsupported},
      {R"("user":5)", "user"},
      {R"("metadata":"x")", "metadata"},
      {R"("modalities":"text")", "modalities"},
      {R"("response_format":"json")", "response_format"},
      {R"("response_format":{"type":"xml"})", "response_format.type"},
      {R"("response_format":{})", "response_format.type"},
      {R"("response_format":{"type":"json_schema"})", "response_format.json_schema"},
      {R"("response_format":{"type":"json_schema","json_schema":{"schema":{}}})",
       "response_format.json_schema.name"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a b","schema":{}}})",
       "response_format.json_schema.name"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a"}})",
       "response_format.json_schema.schema"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":[]}})",
       "response_format.json_schema.schema"},
      {R"("tools":{})", "tools"},
      {R"("tools":[{"type":"custom","custom":{"name":"x"}}])", "tools[0].type", unsupported},
      {R"("tools":[{"type":"function"}])", "tools[0].function"},
      {R"("tools":[{"type":"function","function":{}}])", "tools[0].function.name"},
      {R"("tools":[{"type":"function","function":{"name":"a","parameters":"x"}}])",
       "tools[0].function.parameters"},
      {R"("tool_choice":"maybe")", "tool_choice"},
      {R"("tool_choice":"required")", "tool_choice"},
      {R"("tool_choice":{"type":"function","function":{"name":"b"}},)"
       R"("tools":[{"type":"function","function":{"name":"a"}}])",
       "tool_choice"},
      {R"("tool_choice":{"type":"allowed_tools"})", "tool_choice.type", unsupported},
      {R"("b3iq":"x")", "b3iq"},
      {R"("b3iq":{"other":1})", "b3iq.other"},
      {R"("b3iq":{"dispatch_mode":"private_job"})", "b3iq.dispatch_mode", unsupported},
      {R"("b3iq":{"dispatch_mode":"fast"})", "b3iq.dispatch_mode"},
      {R"("b3iq":{"max_price_wei":100})", "b3iq.max_price_wei"},
      {R"("b3iq":{"max_price_wei":"0100"})", "b3iq.max_price_wei"},
      {R"("b3iq":{"max_price_wei":"-1"})", "b3iq.max_price_wei"},
  };
  for (const Bad& bad : bads) expect_refused(body_with(bad.members), bad);
}

TEST(OpenaiRequest, refuses_bad_messages_and_names_them) {
  const ErrorCode unsupported = ErrorCode::unsupported_parameter;
  const Bad bads[] = {
      {R"(7)", "messages[1]"},
      {R"({"content":"x"})", "messages[1].role"},
      {R"({"role":"robot","content":"x"})", "messages[1].role"},
      {R"({"role":null,"content":"x"})", "messages[1].role"},
      {R"({"role":"function","content":"x","name":"f"})", "messages[1].role", unsupported},
      {R"({"role":"user"})", "messages[1].content"},
      {R"({"role":"user","content":null})", "messages[1].content"},
      {R"({"role":"user","content":[]})", "messages[1].content"},
      {R"({"role":"user","content":5})", "messages[1].content"},
      {R"({"role":"user","content":[5]})", "messages[1].content[0]"},
      {R"({"role":"user","content":[{"text":"x"}]})", "messages[1].content[0].type"},
      {R"({"role":"user","content":[{"type":"video"}]})", "messages[1].content[0].type"},
      {R"({"role":"user","content":[{"type":"text"}]})", "messages[1].content[0].text"},
      {R"({"role":"user","content":[{"type":"text","text":1}]})", "messages[1].content[0].text"},
      {R"({"role":"user","content":[{"type":"image_url","image_url":{}}]})",
       "messages[1].content[0].image_url.url"},
      {R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"x"}}]})",
       "messages[1].content[0].input_audio.format"},
      {R"({"role":"system","content":[{"type":"image_url","image_url":{"url":"x"}}]})",
       "messages[1].content[0].type"},
      {R"({"role":"tool","content":"x"})", "messages[1].tool_call_id"},
      {R"({"role":"tool","tool_call_id":"a"})", "messages[1].content"},
      {R"({"role":"assistant"})", "messages[1].content"},
      {R"({"role":"assistant","tool_calls":[{"id":"a","type":"function"}]})",
       "messages[1].tool_calls[0].function"},
      {R"({"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":{}}}]})",
       "messages[1].tool_calls[0].function.arguments"},
      {R"({"role":"user","content":"x","tool_calls":[]})", "messages[1].tool_calls"},
      {R"({"role":"assistant","content":"x","function_call":{}})", "messages[1].function_call",
       unsupported},
      {R"({"role":"user","content":"x","name":5})", "messages[1].name"},
  };
  for (const Bad& bad : bads) expect_refused(body_with_message(bad.members), bad);
}

TEST(OpenaiRequest, refuses_bodies_without_what_is_needed) {
  expect_refused(R"({"messages":[{"role":"user","content":"x"}]})", {"", "model"});
  expect_refused(R"({"model":null,"messages":[{"role":"user","content":"x"}]})", {"", "model"});
  expect_refused(R"({"model":"","messages":[{"role":"user","content":"x"}]})", {"", "model"});
  expect_refused(R"({"model":"m"})", {"", "messages"});
  expect_refused(R"({"model":"m","messages":[]})", {"", "messages"});
  expect_refused(R"({"model":"m","messages":null})", {"", "messages"});
  EXPECT_EQ(decode_chat_request("[]").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(decode_chat_request("{").error().code, ErrorCode::invalid_json);
}

// CASES G2 #21.
TEST(OpenaiRequest, case_21_hostile_json_is_refused) {
  std::string deep(100'000, '[');
  EXPECT_FALSE(decode_chat_request(body_with("\"x\":" + deep)).ok());
  for (const std::string_view bad : {"\"model\":\"again\"", "\"x\":NaN", "\"x\":1e999999999",
                                     "\"x\":\"\\ud800\"", "\"x\":\"\xff\""}) {
    EXPECT_EQ(decode_chat_request(body_with(bad)).error().code, ErrorCode::invalid_json) << bad;
  }
  const std::string large = body_with("\"x\":\"" + std::string(10'000'000, 'a') + "\"");
  EXPECT_EQ(decode_chat_request(large).error().code, ErrorCode::payload_too_large);
}

TEST(OpenaiRequest, reads_parts_tools_and_schema) {
  const std::string body = R"({"model":"m","messages":[
    {"role":"developer","content":[{"type":"text","text":"be brief"}]},
    {"role":"user","name":"bob","content":[{"type":"text","text":"what is it?"},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},
    {"role":"assistant","content":null,"refusal":null,"tool_calls":[
      {"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"seen"},
    {"role":"assistant","refusal":"no","reasoning_content":"hm","annotations":[]}],
    "tools":[{"type":"function","function":{"name":"look","description":"looks","strict":true,
      "parameters":{"type":"object"}}}],
    "tool_choice":{"type":"function","function":{"name":"look"}},"parallel_tool_calls":false,
    "response_format":{"type":"json_schema","json_schema":{"name":"s","strict":true,
      "schema":{"type":"object","properties":{"a":{"type":"integer"}}}}}})";
  auto decoded = decode_chat_request(body);
  ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
  const ChatRequest request = std::move(*decoded);  // views must survive the move
  ASSERT_EQ(request.messages.size(), 5U);
  EXPECT_EQ(request.messages[0].role, Role::developer);
  EXPECT_EQ(request.messages[1].name, "bob");
  EXPECT_EQ(request.messages[1].content[1].kind, PartKind::image_url);
  EXPECT_EQ(request.messages[1].content[1].text,
            R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}})");
  EXPECT_EQ(request.messages[2].tool_calls.at(0).arguments, R"({"a":1})");
  EXPECT_EQ(request.messages[3].tool_call_id, "c1");
  EXPECT_EQ(request.messages[4].content.at(0).kind, PartKind::refusal);
  EXPECT_EQ(request.tools.at(0).parameters, R"({"type":"object"})");
  EXPECT_TRUE(request.tools[0].strict);
  EXPECT_EQ(request.tool_choice, ToolChoice::named);
  EXPECT_EQ(request.parallel_tool_calls, false);
  EXPECT_EQ(request.json_schema, R"({"type":"object","properties":{"a":{"type":"integer"}}})");
  EXPECT_TRUE(request.unknown_members.empty());
}

TEST(OpenaiRequest, members_that_may_change_the_answer_are_named) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":"x","prefix":true}],"stream":true,)"
      R"("stream_options":{"continuous_usage_stats":true},"reasoning_effort":"high",)"
      R"("verbosity":"low","modalities":["text","audio"],"typical_p":0.3})";
  const auto request = decode_chat_request(body);
  ASSERT_TRUE(request.ok()) << request.error().detail;
  EXPECT_EQ(request->unknown_members,
            (std::vector<std::string>{"messages[0].prefix", "stream_options.continuous_usage_stats",
                                      "reasoning_effort", "verbosity", "modalities", "typical_p"}));
}

TEST(OpenaiRequest, unknown_members_are_bounded) {
  std::string more;
  for (int i = 0; i < 65; ++i) more += (i > 0 ? ",\"x" : "\"x") + std::to_string(i) + "\":1";
  expect_refused(body_with(more), {"", "x64"});
}

TEST(OpenaiRequest, b3iq_policy_is_checked_and_noted) {
  const auto request = decode_chat_request(body_with(
      R"("b3iq":{"model_profile_id":"p","job_id":"j","max_price_wei":"100","dispatch_mode":"pooled_sync"})"));
  ASSERT_TRUE(request.ok()) << request.error().detail;
  EXPECT_TRUE(request->has_b3iq);
  EXPECT_TRUE(request->unknown_members.empty());
}

TEST(OpenaiRequest, a_long_prompt_is_not_copied) {
  const std::string prompt(400'000, 'p');
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":")" + prompt + R"("}]})";
  const auto request = decode_chat_request(body);
  ASSERT_TRUE(request.ok());
  const json::Value content = request->document->root().find("messages").at(0).find("content");
  EXPECT_EQ(request->messages[0].content[0].text.data(), content.string()->data());
}

}  // namespace
}  // namespace b3iq::inference
