// Commands from the queue to the node and back, over the routes.
#pragma once

#include <gtest/gtest.h>

#include "base/join.h"
#include "control/testing/control_fixture.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"

namespace b3iq::control {

using base::ErrorCode;
using protocol::LeaseState;
using protocol::SignatureTag;

class CommandTest : public ControlTest {
 protected:
  Command queue(const TestNode& node, std::int64_t attempts = kDefaultCommandAttempts) {
    CommandSpec spec;
    spec.node_id = node.id();
    spec.arguments = protocol::RefreshInventoryArguments{};
    spec.max_attempts = attempts;
    auto queued = run(app().commands().queue(std::move(spec), "operator"));
    EXPECT_TRUE(queued.ok()) << queued.error().detail;
    return *queued;
  }
  Command command(const protocol::CommandId& id) {
    auto found = run(app().commands().get(id));
    EXPECT_TRUE(found.ok());
    return *found;
  }
  static protocol::PollRequest asking(const TestNode& node) {
    protocol::PollRequest poll;
    poll.boot_epoch = node.boot_epoch;
    poll.max = 4;
    poll.kinds = {CommandKind::refresh_inventory, CommandKind::benchmark_smoke};
    return poll;
  }
  TestRequest poll_request(TestNode& node, const protocol::PollRequest& poll) {
    return node.sign(SignatureTag::poll, http::Method::post, protocol::poll_path(node.id()),
                     protocol::encode_poll(poll), audience());
  }
  protocol::PollAnswer poll(TestNode& node, const protocol::PollRequest& asked) {
    const auto answer = send(poll_request(node, asked));
    EXPECT_EQ(answer.status, 200) << answer.body;
    auto decoded = protocol::decode_poll_answer(answer.body);
    EXPECT_TRUE(decoded.ok());
    return *decoded;
  }
  protocol::PollAnswer poll(TestNode& node) { return poll(node, asking(node)); }
  protocol::CommandResult done(const TestNode& node, const protocol::CommandId& id) {
    protocol::CommandResult result;
    result.control_plane_id = audience();
    result.command_id = id;
    result.kind = CommandKind::refresh_inventory;
    result.outcome = protocol::CommandOutcome(protocol::RefreshInventoryOutcome{});
    result.started_at_ms = result.completed_at_ms = clock_.wall_ms();
    result.node_id = node.id();
    return result;
  }
  TestAnswer bring(TestNode& node, const protocol::LeaseToken& lease,
                   const protocol::CommandResult& result) {
    const auto body = protocol::encode_result_request(
        lease, protocol::sign_command_result(result, node.identity));
    return send(node.sign(SignatureTag::result, http::Method::post,
                          protocol::result_path(node.id(), result.command_id), body, audience()));
  }
  void sweep() { ASSERT_TRUE(run(app().command_clock().sweep()).ok()); }
  // The answer of a poll where a command is queued as soon as it waits.
  TestAnswer poll_until_queued(const TestRequest& request, const TestNode& node) {
    return run(poll_and_queue(*this, request, node));
  }

 private:
  static base::Task<TestAnswer> poll_and_queue(CommandTest& test, const TestRequest& request,
                                               const TestNode& node) {
    TestAnswer answer;
    std::vector<base::Task<void>> tasks;
    tasks.push_back(keep_answer(test.app(), request, answer));
    tasks.push_back(queue_when_it_waits(test, node, answer));
    co_await base::join_all(std::move(tasks));
    co_return answer;
  }
  static base::Task<void> queue_when_it_waits(CommandTest& test, const TestNode& node,
                                              const TestAnswer& answer) {
    while (!test.app().poll_waiters().waits(node.id().text())) {
      if (answer.status != 0) co_return;  // it did not wait
      co_await test.app().loop().sleep(1);
    }
    CommandSpec spec;
    spec.node_id = node.id();
    spec.arguments = protocol::RefreshInventoryArguments{};
    auto task = test.app().commands().queue(std::move(spec), "operator");
    const auto queued = co_await std::move(task);
    EXPECT_TRUE(queued.ok());
  }
};

}  // namespace b3iq::control
