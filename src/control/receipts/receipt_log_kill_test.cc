// The real program, killed with SIGKILL while receipts come, again and again: what it had
// acknowledged is in the log and provable, and no checkpoint that it gave out is ever taken back.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/join.h"
#include "control/cli/control_file.h"
#include "control/receipts/testing/log_auditor.h"
#include "control/receipts/testing/node_receipts.h"
#include "control/testing/control_process.h"
#include "http/client.h"
#include "protocol/transparency/log_proof.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {
namespace {

using base::Task;

constexpr int kRounds = 5;
constexpr int kNodes = 4;
constexpr std::size_t kReceiptsInRequest = 9;
constexpr std::size_t kAnswersBeforeTheKill = 60;
constexpr std::size_t kMaxAnswerBytes = 4 * 1024 * 1024;

class ReceiptLogKillTest : public ::testing::TestWithParam<TestDatabase> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_folders(home_).ok());
    const auto identity =
        protocol::ControlPlaneIdentity::create(home_.identity_key(), base::system_random());
    ASSERT_TRUE(identity.ok());
    audience_ = identity->id();
    ASSERT_TRUE(
        protocol::RouterMasterSecret::create(home_.router_master_key(), base::system_random())
            .ok());
    std::string database;
    if (GetParam() == TestDatabase::postgres) {
      auto* const server = storage::TestPostgres::shared();
      ASSERT_NE(server, nullptr);
      database = ", \"database\": \"" + server->create_database() + "\"";
    }
    std::ofstream(home_.config())
        << R"({"listen": "127.0.0.1:0", "limits": {"node_per_minute": 0, "public_per_minute": 0})"
        << database << "}";
    ASSERT_EQ(::chmod(home_.config().c_str(), 0600), 0);
  }

  void start() {
    process_ = std::make_unique<ControlProcess>(home_);
    auto origin = http::parse_origin(process_->url());
    ASSERT_TRUE(origin.ok()) << process_->url();
    origin_ = *origin;
    answers_ = 0;
  }

  // An empty status: the program is gone.
  Task<TestAnswer> call(const TestRequest& request) {
    std::vector<http::HeaderView> headers = {{"Content-Type", "application/json"}};
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    const http::ClientRequest sent{request.method, request.path, headers, {request.body}};
    TestAnswer answer;
    auto response = co_await client_.send(origin_, sent, {});
    if (!response.ok()) co_return answer;
    auto body = co_await (*response)->read_all(kMaxAnswerBytes);
    if (!body.ok()) co_return answer;
    answer.status = (*response)->status();
    answer.body = std::move(body).value();
    co_return answer;
  }
  TestAnswer get(const std::string& path) {
    const TestRequest request{http::Method::get, path, "", "", {}};
    return http::run_task(loop_, call(request));
  }

  Task<bool> enroll(TestNode& node) {
    const auto file = read_control_file(home_);
    const TestRequest asked{http::Method::post,
                            "/v1/admin/enrollment-tokens",
                            "",
                            "{}",
                            {{"Authorization", "Bearer " + file->operator_secret}}};
    const auto token = co_await call(asked);
    const auto document = json::Document::parse(token.body);
    if (!document.ok()) co_return false;
    const auto challenge_request =
        node.challenge_request(std::string(document->root().find("secret").string().value_or("")));
    const auto challenged = co_await call(challenge_request);
    const auto challenge = protocol::decode_challenge(challenged.body);
    if (!challenge.ok()) co_return false;
    const auto statement = node.enrollment_request(*challenge);
    const auto enrolled = co_await call(statement);
    co_return enrolled.status == 200;
  }

  Task<void> bring_until_the_end(TestNode& node) {
    for (;;) {
      std::vector<protocol::OutgoingReceipt> batch;
      for (std::size_t i = 0; i < kReceiptsInRequest; ++i)
        batch.push_back(signed_by(node, example_receipt(node, base::system_clock().wall_ms())));
      const auto request = receipts_request(node, audience_, batch);
      const auto answer = co_await call(request);
      if (answer.status != 200) co_return;
      for (auto& one : batch) acknowledged_.push_back(std::move(one));
      if (++answers_ == kAnswersBeforeTheKill) process_->kill_nine();
    }
  }
  // What is given out while others bring, and must hold for ever.
  Task<void> take_checkpoints_until_the_end() {
    const TestRequest request{http::Method::get, "/v1/log/checkpoint", "", "", {}};
    for (;;) {
      const auto answer = co_await call(request);
      if (answer.status != 200) co_return;
      promised_.insert(answer.body);
    }
  }
  Task<bool> work_until_killed() {
    std::vector<Task<void>> tasks;
    for (auto& node : nodes_) tasks.push_back(bring_until_the_end(*node));
    tasks.push_back(take_checkpoints_until_the_end());
    co_await base::join_all(std::move(tasks));
    co_return true;
  }

  void check_all() {
    const auto statement = get("/v1/log");
    const auto log = protocol::read_receipt_log_statement(statement.body, audience_);
    ASSERT_TRUE(log.ok()) << statement.body;
    if (!auditor_) {
      auditor_.emplace(*log, [this](const std::string& path) {
        const auto answer = get("/v1/log/" + path);
        return answer.status == 200 ? std::optional(answer.body) : std::nullopt;
      });
    }
    EXPECT_EQ(auditor_->audit(), "");
    for (const auto& one : acknowledged_)
      EXPECT_TRUE(auditor_->has(*protocol::parse_receipt_hash(one.receipt_hash)));
    // The proof of the last that was acknowledged, checked as a customer would.
    const auto& last = acknowledged_.back();
    const auto proof = get("/v1/receipts/" + last.receipt_hash + "/proof");
    const auto verified =
        protocol::verify_logged_receipt(last.signed_receipt, proof.body, *log, nullptr);
    ASSERT_TRUE(verified.ok()) << verified.error().detail << proof.body;
    // Each promise is a beginning of the tree that is there now.
    for (const auto& note : promised_) {
      const auto promised = protocol::open_checkpoint(note, *log);
      ASSERT_TRUE(promised.ok()) << note;
      EXPECT_LE(promised->head.size, auditor_->head().size);
      EXPECT_TRUE(auditor_->began_with(promised->head)) << note;
    }
  }

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::disk};
  ControlHome home_{folder_.file("home")};
  std::unique_ptr<ControlProcess> process_;
  http::EventLoop loop_;
  http::Client client_{loop_, {}, [](std::string_view, std::uint16_t) { return base::Status(); }};
  http::Origin origin_;
  protocol::ControlPlaneId audience_;
  std::size_t answers_ = 0;
  std::vector<std::unique_ptr<TestNode>> nodes_;
  std::vector<protocol::OutgoingReceipt> acknowledged_;
  std::set<std::string> promised_;
  std::optional<LogAuditor> auditor_;
};

TEST_P(ReceiptLogKillTest, G10_119_AcknowledgedReceiptsAreInTheLogAfterAKill) {
  ASSERT_NO_FATAL_FAILURE(start());
  for (int i = 0; i < kNodes; ++i) {
    nodes_.push_back(std::make_unique<TestNode>(base::system_clock()));
    ASSERT_TRUE(http::run_task(loop_, enroll(*nodes_.back())));
  }
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(http::run_task(loop_, work_until_killed()));
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_NO_FATAL_FAILURE(check_all());
  }
  EXPECT_GE(acknowledged_.size(), kRounds * kAnswersBeforeTheKill * kReceiptsInRequest);
  EXPECT_GT(promised_.size(), 0u);
  process_->kill_nine();
}

B3_ON_EVERY_DATABASE(ReceiptLogKillTest);

}  // namespace
}  // namespace b3iq::control
