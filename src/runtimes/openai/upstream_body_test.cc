#include "runtimes/openai/upstream_body.h"

#include <gtest/gtest.h>

#include "inference/openai_request.h"
#include "json/json.h"

namespace b3iq::runtimes {
namespace {

std::string sent(const std::string& body, std::string_view runtime_model = "") {
  auto request = inference::decode_chat_request(body);
  EXPECT_TRUE(request.ok()) << request.error().detail;
  request->runtime_model = runtime_model;
  UpstreamBody out;
  make_upstream_body(*request, ServerProfile::any, out);
  std::string text;
  for (const std::string_view piece : out.pieces) text.append(piece);
  EXPECT_TRUE(json::Document::parse(text).ok()) << text;
  return text;
}

const std::string kMessages = R"("messages":[{"role":"user","content":"\"model\":{"}])";

TEST(UpstreamBody, what_need_not_change_is_one_view_of_the_callers_bytes) {
  const std::string body = R"({ "model":"m",)" + kMessages + R"(,"temperature" : 0.10})";
  auto request = inference::decode_chat_request(body);
  ASSERT_TRUE(request.ok());
  request->runtime_model = "m";
  UpstreamBody out;
  make_upstream_body(*request, ServerProfile::any, out);
  ASSERT_EQ(out.pieces.size(), 1U);
  EXPECT_EQ(out.pieces[0].data(), body.data());
  EXPECT_EQ(out.pieces[0].size(), body.size());
}

TEST(UpstreamBody, an_alias_becomes_the_runtimes_name) {
  EXPECT_EQ(sent("{" + kMessages + R"(,"model": "alias" ,"n":1})", "a \"real\" one"),
            "{" + kMessages + R"(,"model": "a \"real\" one" ,"n":1})");
}

TEST(UpstreamBody, the_b3iq_member_never_leaves) {
  EXPECT_EQ(sent(R"({"b3iq":{"job_id":"j"},"model":"m",)" + kMessages + "}"),
            R"({"model":"m",)" + kMessages + "}");
  EXPECT_EQ(sent(R"({"model":"m",)" + kMessages + R"(,"\u00623iq":null})"),
            R"({"model":"m",)" + kMessages + "}");
}

TEST(UpstreamBody, a_limit_that_the_node_imposes_is_written_in) {
  const auto limited = [](const std::string& body) {
    auto request = inference::decode_chat_request(body);
    EXPECT_TRUE(request.ok());
    request->max_tokens = 7;
    request->max_tokens_imposed = true;
    UpstreamBody out;
    make_upstream_body(*request, ServerProfile::any, out);
    std::string text;
    for (const std::string_view piece : out.pieces) text.append(piece);
    return text;
  };
  EXPECT_EQ(limited(R"({"model":"m",)" + kMessages + "}"),
            R"({"max_tokens":7,"model":"m",)" + kMessages + "}");
  EXPECT_EQ(limited(R"({"model":"m","max_tokens":null,)" + kMessages + "}"),
            R"({"model":"m","max_tokens":7,)" + kMessages + "}");
}

TEST(UpstreamBody, a_stream_always_asks_for_usage) {
  const std::string rest = R"("model":"m",)" + kMessages + R"(,"stream":true)";
  EXPECT_EQ(sent("{" + rest + "}"), R"({"stream_options":{"include_usage":true},)" + rest + "}");
  EXPECT_EQ(sent("{" + rest + R"(,"stream_options":{}})"),
            "{" + rest + R"(,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(sent("{" + rest + R"(,"stream_options":null})"),
            "{" + rest + R"(,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(sent("{" + rest + R"(,"stream_options":{"include_usage":false,"x":1}})"),
            "{" + rest + R"(,"stream_options":{"include_usage":true,"x":1}})");
  EXPECT_EQ(sent("{" + rest + R"(,"stream_options":{ "x":1}})"),
            "{" + rest + R"(,"stream_options":{"include_usage":true, "x":1}})");
  const std::string asked = "{" + rest + R"(,"stream_options":{"include_usage":true}})";
  EXPECT_EQ(sent(asked), asked);
}

TEST(UpstreamBody, the_repeat_penalty_gets_the_servers_name) {
  const auto renamed = [](const std::string& more) {
    const std::string body = R"({"model":"m",)" + kMessages + more + "}";
    auto request = inference::decode_chat_request(body);
    EXPECT_TRUE(request.ok());
    UpstreamBody out;
    make_upstream_body(*request, ServerProfile::sglang, out);
    std::string text;
    for (const std::string_view piece : out.pieces) text.append(piece);
    EXPECT_TRUE(json::Document::parse(text).ok()) << text;
    return text.substr((R"({"model":"m",)" + kMessages).size());
  };
  EXPECT_EQ(renamed(R"(,"repeat_penalty" : 1.1,"top_k":4)"),
            R"(,"repetition_penalty":1.1,"top_k":4})");
  EXPECT_EQ(renamed(R"(,"repeat_penalty":1.1,"repetition_penalty":1.2)"),
            R"(,"repetition_penalty":1.2})");
  EXPECT_EQ(renamed(R"(,"top_k":4)"), R"(,"top_k":4})");
}

std::string salted(const std::string& body, ServerProfile profile,
                   const std::string& partition = "p-1_") {
  auto request = inference::decode_chat_request(body);
  EXPECT_TRUE(request.ok()) << request.error().detail;
  request->cache_partition = partition;
  UpstreamBody out;
  make_upstream_body(*request, profile, out);
  std::string text;
  for (const std::string_view piece : out.pieces) text.append(piece);
  EXPECT_TRUE(json::Document::parse(text).ok()) << text;
  return text;
}

TEST(UpstreamBody, G12_138_vllm_alone_gets_the_callers_cache_partition) {
  const std::string body = R"({"model":"m",)" + kMessages + "}";
  EXPECT_EQ(salted(body, ServerProfile::vllm),
            R"({"cache_salt":"p-1_","model":"m",)" + kMessages + "}");
  EXPECT_EQ(salted(body, ServerProfile::vllm, ""), body);
  for (const auto profile : {ServerProfile::any, ServerProfile::lmstudio,
                             ServerProfile::llama_server, ServerProfile::sglang})
    EXPECT_EQ(salted(body, profile), body);
}

TEST(UpstreamBody, G12_138_a_callers_own_salt_stays_in_its_partition) {
  const std::string start = R"({"model":"m",)" + kMessages;
  EXPECT_EQ(salted(start + R"(,"cache_salt" : "mine"})", ServerProfile::vllm),
            start + R"(,"cache_salt" : "p-1_-mine"})");
  EXPECT_EQ(salted(start + R"(,"cache_s\u0061lt":""})", ServerProfile::vllm),
            start + R"(,"cache_s\u0061lt":"p-1_-"})");
  EXPECT_EQ(salted(start + R"(,"cache_salt":null,"n":1})", ServerProfile::vllm),
            start + R"(,"cache_salt":"p-1_","n":1})");
  EXPECT_EQ(salted(start + R"(,"cache_salt":["a"]})", ServerProfile::vllm),
            start + R"(,"cache_salt":"p-1_"})");
}

TEST(UpstreamBody, all_changes_together) {
  EXPECT_EQ(sent(R"({"b3iq":{},"model":"alias",)" + kMessages + R"(,"stream":true})", "real"),
            R"({"stream_options":{"include_usage":true},"model":"real",)" + kMessages +
                R"(,"stream":true})");
}

}  // namespace
}  // namespace b3iq::runtimes
