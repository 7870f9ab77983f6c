// The real program, killed with SIGKILL in the middle of its work, again and again: whatever it had
// acknowledged is there when it runs again.
#include "base/join.h"
#include "control/testing/live_control_fixture.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using base::Task;

constexpr int kRounds = 4;
constexpr int kNodes = 6;
constexpr std::size_t kAnswersBeforeTheKill = 120;

class ControlKillTest : public LiveControlTest {
 protected:
  struct Acknowledged {
    TestNode node;
    std::int64_t sequence = 0;  // of the last heartbeat that was answered
  };

  void answered() override {
    if (++answers_ == kAnswersBeforeTheKill) process_->kill_nine();
  }

  // Enrolls a node; true when that was acknowledged.
  Task<bool> enroll_one() {
    TestNode node(base::system_clock());
    if (!co_await enroll(node)) co_return false;
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
