// Three replicas, the real programs, on one PostgreSQL: a command that is queued at one reaches the
// node's poll that waits at another, by NATS at once, without it by looking into the database.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/join.h"
#include "control/cli/control_file.h"
#include "control/testing/control_fixture.h"
#include "control/testing/control_process.h"
#include "control/upkeep/periodic_work.h"
#include "control/wake/testing/test_nats.h"
#include "http/client.h"
#include "json/json.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {
namespace {

using base::Task;
using Clock = std::chrono::steady_clock;

constexpr int kReplicas = 3;
constexpr int kRounds = 7;
constexpr std::int64_t kLookMs = 50;
constexpr auto kPatience = std::chrono::seconds(60);
// With NATS a look into the database comes every kLookWhileHeardMs only.
constexpr std::int64_t kLookWhileHeardMs = kCommandSweepMs * kSweepsPerLookWhileHeard;

struct RunningReplica {
  ControlHome home;
  std::unique_ptr<ControlProcess> process;
  http::Origin origin;
  std::string admin;
};

class WakeReplicas : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = storage::TestPostgres::missing(); !why.empty()) GTEST_SKIP() << why;
    auto* const server = storage::TestPostgres::shared();
    ASSERT_NE(server, nullptr);
    database_ = server->create_database();
  }

  void start_nats() {
    auto started = TestNats::start_new({});
    ASSERT_TRUE(started.ok()) << started.error().detail;
    nats_ = std::move(started).value();
  }
  void start_replicas() {
    for (int i = 0; i < kReplicas; ++i) ASSERT_NO_FATAL_FAILURE(start_replica(i));
  }
  void start_replica(int number) {
    RunningReplica replica{{folder_.file("home" + std::to_string(number))}, nullptr, {}, ""};
    ASSERT_TRUE(make_folders(replica.home).ok());
    auto& random = base::system_random();
    if (replicas_.empty()) {
      ASSERT_TRUE(protocol::ControlPlaneIdentity::create(replica.home.identity_key(), random).ok());
      ASSERT_TRUE(
          protocol::RouterMasterSecret::create(replica.home.router_master_key(), random).ok());
    } else {
      const auto& first = replicas_.front().home;
      std::filesystem::copy_file(first.identity_key(), replica.home.identity_key());
      std::filesystem::copy_file(first.router_master_key(), replica.home.router_master_key());
      std::filesystem::copy_file(first.receipt_log_key(), replica.home.receipt_log_key());
    }
    std::ofstream config(replica.home.config());
    config << R"({"listen": "127.0.0.1:0", "limits": {"node_per_minute": 0}, "database": ")"
           << database_ << '"';
    if (nats_) config << R"(, "nats": {"servers": ["nats://127.0.0.1:)" << nats_->port() << "\"]}";
    config << "}";
    config.close();
    ASSERT_EQ(::chmod(replica.home.config().c_str(), 0600), 0);
    replica.process = std::make_unique<ControlProcess>(replica.home);
    const auto origin = http::parse_origin(replica.process->url());
    ASSERT_TRUE(origin.ok()) << replica.process->url();
    replica.origin = *origin;
    const auto file = read_control_file(replica.home);
    ASSERT_TRUE(file.has_value());
    replica.admin = "Bearer " + file->operator_secret;
    replicas_.push_back(std::move(replica));
  }

  Task<TestAnswer> call(const RunningReplica& to, const TestRequest& request) {
    std::vector<http::HeaderView> headers = {{"Content-Type", "application/json"}};
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    const http::ClientRequest sent{request.method, request.path, headers, {request.body}};
    TestAnswer answer;
    auto response = co_await client_.send(to.origin, sent, {});
    if (!response.ok()) co_return answer;
    auto body = co_await (*response)->read_all(1024 * 1024);
    if (!body.ok()) co_return answer;
    answer.status = (*response)->status();
    answer.body = std::move(body).value();
    co_return answer;
  }
  Task<TestAnswer> call_admin(const RunningReplica& to, std::string path, std::string body) {
    const TestRequest request{
        http::Method::post, std::move(path), "", std::move(body), {{"Authorization", to.admin}}};
    co_return co_await call(to, request);
  }
  static std::string member(const std::string& body, std::string_view name) {
    const auto document = json::Document::parse(body);
    if (!document.ok()) return {};
    return std::string(document->root().find(name).string().value_or(""));
  }

  Task<bool> enroll() {
    const auto token = co_await call_admin(replicas_[0], "/v1/admin/enrollment-tokens", "{}");
    const auto asked = node_.challenge_request(member(token.body, "secret"));
    const auto challenged = co_await call(replicas_[1], asked);
    const auto challenge = protocol::decode_challenge(challenged.body);
    if (!challenge.ok()) co_return false;
    audience_ = challenge->control_plane_id;
    const auto statement = node_.enrollment_request(*challenge);
    const auto enrolled = co_await call(replicas_[2], statement);
    co_return enrolled.status == 200;
  }
  // Whether all replicas say `words` of themselves, soon.
  Task<bool> all_say(std::string_view words) {
    const auto give_up = Clock::now() + kPatience;
    const TestRequest ready{http::Method::get, "/health/ready", "", "", {}};
    for (const auto& replica : replicas_) {
      for (;;) {
        const auto answer = co_await call(replica, ready);
        if (answer.status == 200 && answer.body.find(words) != std::string::npos) break;
        if (Clock::now() > give_up) co_return false;
        co_await loop_.sleep(kLookMs);
      }
    }
    co_return true;
  }

  // Polls as a node does, again when there was nothing, until a command comes.
  Task<void> poll(const RunningReplica& at, std::vector<std::string>& got,
                  Clock::time_point& when) {
    const auto give_up = Clock::now() + kPatience;
    while (got.empty() && Clock::now() < give_up) {
      protocol::PollRequest poll;
      poll.boot_epoch = node_.boot_epoch;
      poll.wait_seconds = protocol::kMaxPollWaitSeconds;
      poll.cursor = cursor_;
      poll.kinds = {CommandKind::refresh_inventory};
      const auto request =
          node_.sign(protocol::SignatureTag::poll, http::Method::post,
                     protocol::poll_path(node_.id()), protocol::encode_poll(poll), audience_);
      const auto answer = co_await call(at, request);
      when = Clock::now();
      const auto decoded = protocol::decode_poll_answer(answer.body);
      EXPECT_TRUE(decoded.ok()) << answer.status << " " << answer.body;
      if (!decoded.ok()) co_return;
      cursor_ = decoded->cursor;
      for (const auto& command : decoded->commands) got.push_back(command.command_id.text());
    }
  }
  // Requests are taken in the order in which they come: when a later one is answered, the poll
  // waits or is about to.
  Task<void> queue_when_it_waits(const RunningReplica& poll_at, const RunningReplica& queue_at,
                                 std::string& id, Clock::time_point& when) {
    const auto later = node_.heartbeat_request(audience_);
    EXPECT_EQ((co_await call(poll_at, later)).status, 200);
    const std::string body = R"({"node_id": ")" + node_.id().text() +
                             R"(", "kind": "refresh_inventory", "max_attempts": 1})";
    const auto answer = co_await call_admin(queue_at, "/v1/admin/commands", body);
    when = Clock::now();
    EXPECT_EQ(answer.status / 100, 2) << answer.body;
    id = member(answer.body, "id");
  }
  // From the answer to who queued it to the answer to the poll.
  Task<std::int64_t> ms_to_arrive(const RunningReplica& poll_at, const RunningReplica& queue_at) {
    std::vector<std::string> got;
    std::string id;
    Clock::time_point queued;
    Clock::time_point arrived;
    std::vector<Task<void>> tasks;
    tasks.push_back(poll(poll_at, got, arrived));
    tasks.push_back(queue_when_it_waits(poll_at, queue_at, id, queued));
    co_await base::join_all(std::move(tasks));
    EXPECT_EQ(got, std::vector{id});
    co_return std::chrono::duration_cast<std::chrono::milliseconds>(arrived - queued).count();
  }
  Task<std::vector<std::int64_t>> rounds() {
    std::vector<std::int64_t> all;
    for (int i = 0; i < kRounds; ++i) {
      const auto& poll_at = replicas_[static_cast<std::size_t>((i + 1) % kReplicas)];
      const auto& queue_at = replicas_[static_cast<std::size_t>(i % kReplicas)];
      const auto ms = co_await ms_to_arrive(poll_at, queue_at);
      all.push_back(ms);
    }
    std::ranges::sort(all);
    RecordProperty("median_ms", std::to_string(all[kRounds / 2]));
    RecordProperty("longest_ms", std::to_string(all.back()));
    co_return all;
  }
  template <class T>
  T run(Task<T> task) {
    return http::run_task(loop_, std::move(task));
  }

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::disk};
  std::string database_;
  std::unique_ptr<TestNats> nats_;
  std::vector<RunningReplica> replicas_;
  http::EventLoop loop_;
  http::Client client_{loop_, {}, [](std::string_view, std::uint16_t) { return base::Status(); }};
  TestNode node_{base::system_clock()};
  protocol::ControlPlaneId audience_;
  std::int64_t cursor_ = 0;
};

TEST_F(WakeReplicas, WithNatsACommandReachesAnotherReplicasPollAtOnce) {
  if (const auto why = TestNats::missing(); !why.empty()) GTEST_SKIP() << why;
  ASSERT_NO_FATAL_FAILURE(start_nats());
  ASSERT_NO_FATAL_FAILURE(start_replicas());
  ASSERT_TRUE(run(all_say("\"degraded\":[]")));
  ASSERT_TRUE(run(enroll()));
  const auto ms = run(rounds());
  // Half of the rounds would take half of the pause between looks, and more, without the wake.
  EXPECT_LT(ms[kRounds / 2], kLookWhileHeardMs / 5);
}

TEST_F(WakeReplicas, WithoutNatsACommandIsFoundByLooking) {
  ASSERT_NO_FATAL_FAILURE(start_replicas());
  ASSERT_TRUE(run(all_say("\"degraded\":[]")));
  ASSERT_TRUE(run(enroll()));
  EXPECT_LT(run(rounds())[kRounds / 2], 3 * kCommandSweepMs);
}

TEST_F(WakeReplicas, WhenNatsIsKilledLookingGoesOnAndReadinessSaysSo) {
  if (const auto why = TestNats::missing(); !why.empty()) GTEST_SKIP() << why;
  ASSERT_NO_FATAL_FAILURE(start_nats());
  ASSERT_NO_FATAL_FAILURE(start_replicas());
  ASSERT_TRUE(run(all_say("\"degraded\":[]")));
  ASSERT_TRUE(run(enroll()));
  nats_->kill_nine();
  ASSERT_TRUE(run(all_say("\"degraded\":[\"nats_unreachable\"]")));
  EXPECT_LT(run(rounds())[kRounds / 2], 3 * kCommandSweepMs);
  ASSERT_TRUE(nats_->start());
  ASSERT_TRUE(run(all_say("\"degraded\":[]")));
  EXPECT_LT(run(rounds())[kRounds / 2], kLookWhileHeardMs / 5);
}

}  // namespace
}  // namespace b3iq::control
