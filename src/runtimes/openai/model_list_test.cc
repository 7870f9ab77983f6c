#include "runtimes/openai/model_list.h"

#include <gtest/gtest.h>

#include <string>

#include "runtimes/openai/server_profile.h"

namespace b3iq::runtimes {
namespace {

TEST(ModelList, reads_what_servers_send) {
  const auto models = parse_model_list(
      R"({"object":"list","data":[{"id":"a","object":"model","created":7,"owned_by":"x"},{"id":"b","created":-1}]})",
      profile_capabilities(ServerProfile::any));
  ASSERT_TRUE(models.ok());
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ((*models)[0].name, "a");
  EXPECT_EQ((*models)[0].created, 7);
  EXPECT_EQ((*models)[1].created, 0);
  EXPECT_TRUE((*models)[0].capabilities.same_dialect);
}

TEST(ModelList, reads_what_single_servers_add) {
  const auto models = parse_model_list(
      R"({"data":[{"id":"v","max_model_len":8192},{"id":"l","meta":{"n_ctx":512,"size":99}},
          {"id":"r","status":{"value":"unloaded"}},{"id":"n","max_model_len":-4,"meta":null}]})",
      {});
  ASSERT_TRUE(models.ok());
  EXPECT_EQ((*models)[0].capabilities.context_tokens, 8192);
  EXPECT_FALSE((*models)[0].loaded);
  EXPECT_EQ((*models)[1].capabilities.context_tokens, 512);
  EXPECT_EQ((*models)[1].size_bytes, 99);
  EXPECT_EQ((*models)[2].loaded, false);
  EXPECT_EQ((*models)[3].capabilities.context_tokens, 0);
}

// CASES G6 #78.
TEST(ModelList, case_78_a_strangers_answer_is_not_a_model_list) {
  const std::string long_id = R"({"data":[{"id":")" + std::string(300, 'a') + R"("}]})";
  for (const std::string& body :
       {std::string("<html></html>"), std::string(""), std::string("[]"), std::string("{}"),
        std::string(R"({"data":{}})"), std::string(R"({"data":["a"]})"),
        std::string(R"({"data":[{"id":""}]})"), std::string(R"({"data":[{"id":5}]})"), long_id}) {
    const auto models = parse_model_list(body, {});
    ASSERT_FALSE(models.ok()) << body;
    EXPECT_EQ(models.error().code, base::ErrorCode::upstream_failed);
  }
}

}  // namespace
}  // namespace b3iq::runtimes
