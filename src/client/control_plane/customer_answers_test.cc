#include "client/control_plane/customer_answers.h"

#include <gtest/gtest.h>

#include "client/testing/fake_control_plane.h"

namespace b3iq::client {
namespace {

using base::ErrorCode;

std::string candidate(const std::string& price, const std::string& more = "") {
  const testing::FakeNode node;
  return R"({"data":[{"node_id":")" + node.identity.node_id().text() + R"(","quoted_price_wei":)" +
         price + R"(,"transport_key":)" + protocol::encode_transport_key_binding(node.binding) +
         more + "}]}";
}

TEST(CustomerAnswers, CandidatesAreRead) {
  const auto read = read_candidates(candidate(R"("100")", R"(,"something_new":[1])"));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->at(0).price.to_string(), "100");
  EXPECT_EQ(read->at(0).privacy_class, "");
  for (const auto& bad : {std::string("{}"), std::string(R"({"data":[{}]})"), candidate("100"),
                          candidate(R"("-1")"), candidate(R"("1")", R"(,"privacy_class":7)")})
    EXPECT_EQ(read_candidates(bad).error().code, ErrorCode::upstream_failed) << bad;
}

TEST(CustomerAnswers, AJobIsRead) {
  const auto job = read_job(
      R"({"job_id":"a","status":"awaiting_receipt","billing":{"status":"reserved"},"new":1})");
  ASSERT_TRUE(job.ok()) << job.error().detail;
  EXPECT_EQ(job->status, JobStatus::awaiting_receipt);
  EXPECT_FALSE(is_terminal(job->status));
  EXPECT_FALSE(nothing_billed(job->billing));
  EXPECT_FALSE(job->answer.has_value());
  for (const std::string_view bad :
       {"[]", "{}", R"({"status":"done"})", R"({"status":"queued","billing":1})",
        R"({"status":"queued","job_id":7})", R"({"status":"queued","encrypted_response":{}})",
        "{\"status\":\"queued\",\"node_id\":\"\\u0007\"}"})
    EXPECT_EQ(read_job(bad).error().code, ErrorCode::upstream_failed) << bad;
}

TEST(CustomerAnswers, ModelsComeInPages) {
  const auto page = read_models(R"({"data":[{"model_id":"m"},{"model_id":"n"}],"next_after":"n"})");
  ASSERT_TRUE(page.ok()) << page.error().detail;
  EXPECT_EQ(page->names, (std::vector<std::string>{"m", "n"}));
  EXPECT_EQ(page->next_after, "n");
  EXPECT_EQ(read_models(R"({"data":[],"next_after":null})")->next_after, "");
  EXPECT_FALSE(read_models(R"({"data":[{}]})").ok());
}

TEST(CustomerAnswers, OnlyWhatIsCertainCountsAsUnbilled) {
  for (const auto* status : {"unbilled", "released", "refunded"})
    EXPECT_TRUE(nothing_billed({status, "", ""})) << status;
  for (const auto* status : {"", "reserved", "settled", "something new"})
    EXPECT_FALSE(nothing_billed({status, "", ""})) << status;
}

TEST(CustomerAnswers, AnErrorKeepsItsCode) {
  const auto error = error_of_answer(
      402, R"({"error":{"status":402,"code":"insufficient_balance","detail":"Too little."}})");
  EXPECT_EQ(error.code, ErrorCode::insufficient_balance);
  EXPECT_EQ(error.detail, "Too little.");
  EXPECT_EQ(error_of_answer(500, "<html>").code, ErrorCode::upstream_failed);
  EXPECT_EQ(error_of_answer(500, R"({"error":{"detail":"\u001b[2J"}})").detail.find('\x1b'),
            std::string::npos)
      << "nothing that a terminal would act on";
}

}  // namespace
}  // namespace b3iq::client
