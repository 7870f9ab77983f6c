// The real program, killed with SIGKILL in the middle of its work, again and again: whatever it had
// acknowledged is there when it runs again.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/join.h"
#include "control/cli/control_file.h"
#include "control/testing/control_fixture.h"
#include "control/testing/control_process.h"
#include "http/client.h"
#include "json/json.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using base::Task;

constexpr int kRounds = 4;
constexpr int kNodes = 6;
constexpr std::size_t kAnswersBeforeTheKill = 120;

class ControlKillTest : public ::testing::TestWithParam<TestDatabase> {
 protected:
  struct Acknowledged {
    TestNode node;
    std::int64_t sequence = 0;  // of the last heartbeat that was answered
  };

  void SetUp() override {
    ASSERT_TRUE(make_folders(home_).ok());
    ASSERT_TRUE(
        protocol::ControlPlaneIdentity::create(home_.identity_key(), base::system_random()).ok());
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
        << R"({"listen": "127.0.0.1:0", "limits": {"node_per_minute": 0, "enrollment_per_minute": 0})"
        << database << "}";
    ASSERT_EQ(::chmod(home_.config().c_str(), 0600), 0);
  }

  void start() {
    process_ = std::make_unique<ControlProcess>(home_);
    auto origin = http::parse_origin(process_->url());
    ASSERT_TRUE(origin.ok()) << process_->url();
    origin_ = *origin;
    const auto file = read_control_file(home_);
    ASSERT_TRUE(file.has_value());
    admin_ = "Bearer " + file->operator_secret;
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
    auto body = co_await (*response)->read_all(1024 * 1024);
    if (!body.ok()) co_return answer;
    answer.status = (*response)->status();
    answer.body = std::move(body).value();
    if (answer.status == 200 && ++answers_ == kAnswersBeforeTheKill) process_->kill_nine();
    co_return answer;
  }
  Task<TestAnswer> call_admin(http::Method method, std::string path, std::string body) {
    const TestRequest request{
        method, std::move(path), "", std::move(body), {{"Authorization", admin_}}};
    co_return co_await call(request);
  }
  static std::string member(const std::string& body, std::string_view name) {
    const auto document = json::Document::parse(body);
    if (!document.ok()) return {};
    return std::string(document->root().find(name).string().value_or(""));
  }

  // Enrolls a node; true when that was acknowledged.
  Task<bool> enroll_one() {
    const auto token = co_await call_admin(http::Method::post, "/v1/admin/enrollment-tokens", "{}");
    if (token.status / 100 != 2) co_return false;
    TestNode node(base::system_clock());
    const auto asked = node.challenge_request(member(token.body, "secret"));
    const auto challenged = co_await call(asked);
    const auto challenge = protocol::decode_challenge(challenged.body);
    if (!challenge.ok()) co_return false;
    audience_ = challenge->control_plane_id;
    const auto statement = node.enrollment_request(*challenge);
    const auto enrolled = co_await call(statement);
    if (enrolled.status != 200) co_return false;
    nodes_.push_back(std::make_unique<Acknowledged>(std::move(node)));
    co_return true;
  }
  Task<void> enroll_until_the_end() {
    while (co_await enroll_one()) {
    }
  }
  Task<void> beat_until_the_end(Acknowledged& of) {
    for (;;) {
      const auto request = of.node.heartbeat_request(audience_);
      const auto sequence = of.node.last_sequence;
      const auto answer = co_await call(request);
      if (answer.status != 200) co_return;
      of.sequence = sequence;
    }
  }
  Task<void> queue_until_the_end(const TestNode& node) {
    const std::string body =
        R"({"node_id": ")" + node.id().text() + R"(", "kind": "refresh_inventory"})";
    for (;;) {
      const auto answer = co_await call_admin(http::Method::post, "/v1/admin/commands", body);
      if (answer.status / 100 != 2) co_return;
      commands_.push_back(member(answer.body, "id"));
    }
  }
  Task<bool> work_until_killed() {
    while (nodes_.size() < kNodes) {
      if (!co_await enroll_one()) co_return false;
    }
    std::vector<Task<void>> tasks;
    for (int i = 0; i < kNodes; ++i) tasks.push_back(beat_until_the_end(*nodes_[i]));
    tasks.push_back(enroll_until_the_end());
    tasks.push_back(queue_until_the_end(nodes_.back()->node));
    co_await base::join_all(std::move(tasks));
    co_return true;
  }
  Task<void> keep(const TestRequest& request, TestAnswer& out) { out = co_await call(request); }
  // Requests are taken in the order in which they come: when a later one is answered, the poll
  // waits or is about to.
  Task<void> stop_when_it_waits() {
    const auto later = nodes_.front()->node.heartbeat_request(audience_);
    EXPECT_EQ((co_await call(later)).status, 200);
    process_->ask_to_stop();
  }
  Task<TestAnswer> poll_until_it_stops() {
    EXPECT_TRUE(co_await enroll_one());
    TestNode& node = nodes_.front()->node;
    protocol::PollRequest poll;
    poll.boot_epoch = node.boot_epoch;
    poll.wait_seconds = protocol::kMaxPollWaitSeconds;
    const auto request =
        node.sign(protocol::SignatureTag::poll, http::Method::post, protocol::poll_path(node.id()),
                  protocol::encode_poll(poll), audience_);
    TestAnswer answer;
    std::vector<Task<void>> tasks;
    tasks.push_back(keep(request, answer));
    tasks.push_back(stop_when_it_waits());
    co_await base::join_all(std::move(tasks));
    co_return answer;
  }
  Task<bool> check_all() {
    for (const auto& node : nodes_) {
      if (node->sequence != 0) {
        const auto replay = node->node.heartbeat_request(audience_, node->sequence);
        const auto answer = co_await call(replay);
        EXPECT_EQ(answer.code(), ErrorCode::replayed) << answer.body;
      }
      const auto next = node->node.heartbeat_request(audience_);
      const auto answer = co_await call(next);
      EXPECT_EQ(answer.status, 200) << answer.body;
    }
    for (const auto& id : commands_) {
      EXPECT_FALSE(id.empty());
      const auto answer = co_await call_admin(http::Method::get, "/v1/admin/commands/" + id, "");
      EXPECT_EQ(answer.status, 200) << id << " " << answer.body;
    }
    const auto audit = co_await call_admin(http::Method::get, "/v1/admin/audit/verification", "");
    EXPECT_EQ(audit.status, 200) << audit.body;
    co_return true;
  }

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::disk};
  ControlHome home_{folder_.file("home")};
  std::unique_ptr<ControlProcess> process_;
  http::EventLoop loop_;
  http::Client client_{loop_, {}, [](std::string_view, std::uint16_t) { return base::Status(); }};
  http::Origin origin_;
  std::string admin_;
  protocol::ControlPlaneId audience_;
  std::size_t answers_ = 0;
  std::vector<std::unique_ptr<Acknowledged>> nodes_;
  std::vector<std::string> commands_;
};

TEST_P(ControlKillTest, G10_119_WhatWasAcknowledgedSurvivesAKill) {
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_TRUE(http::run_task(loop_, work_until_killed()));
    ASSERT_NO_FATAL_FAILURE(start());
    answers_ = kAnswersBeforeTheKill;  // nobody is killed while it is checked
    ASSERT_TRUE(http::run_task(loop_, check_all()));
    process_->kill_nine();
  }
  EXPECT_GT(nodes_.size(), static_cast<std::size_t>(kNodes));
  EXPECT_GT(commands_.size(), 0U);
}

TEST_P(ControlKillTest, G10_128_AskedToStopItEndsLongPollsAndThenItself) {
  ASSERT_NO_FATAL_FAILURE(start());
  answers_ = kAnswersBeforeTheKill;
  const auto answer = http::run_task(loop_, poll_until_it_stops());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(process_->wait(), 0);
}

B3_ON_EVERY_DATABASE(ControlKillTest);

}  // namespace
}  // namespace b3iq::control
