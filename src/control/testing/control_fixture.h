// A control plane in the test's process, on each database, with a clock that the test moves, and
// nodes that sign real requests. Requests go through the router, as the server hands them over.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "control/control_app.h"
#include "http/blocking_task.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/managed_error.h"
#include "protocol/transport_key.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::control {

enum class TestDatabase : std::uint8_t { sqlite, postgres };

// An answer, whole.
struct TestAnswer {
  int status = 0;
  std::string body;
  std::string retry_after;
  std::optional<base::ErrorCode> code() const;
  protocol::ManagedError error() const {
    return protocol::read_managed_error(status, body, retry_after);
  }
};

// One request on its way to the router; it owns what the request views.
struct TestRequest {
  http::Method method = http::Method::post;
  std::string path;
  std::string query;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string peer_address = "127.0.0.1";
};

// A node: its keys, and what it counts.
class TestNode {
 public:
  explicit TestNode(const base::Clock& clock) : TestNode(clock, new_seed()) {}
  // A second machine with the same identity.
  TestNode clone_machine() const;

  const protocol::NodeId& id() const { return identity.node_id(); }
  // Signed for `audience`, now. `sequence` 0: the next one.
  TestRequest sign(protocol::SignatureTag tag, http::Method method, std::string path,
                   std::string body, const protocol::ControlPlaneId& audience,
                   std::int64_t sequence = 0);
  protocol::Heartbeat heartbeat() const;
  TestRequest heartbeat_request(const protocol::ControlPlaneId& audience,
                                std::int64_t sequence = 0);
  TestRequest challenge_request(const std::string& token) const;
  // The statement that answers a challenge.
  TestRequest enrollment_request(const protocol::Challenge& challenge);

  protocol::NodeIdentity identity;
  protocol::TransportKey transport_key;
  std::int64_t boot_epoch = 1;
  std::int64_t last_sequence = 0;
  std::int64_t clock_offset_s = 0;

 private:
  using Seed = std::array<std::uint8_t, 32>;
  TestNode(const base::Clock& clock, const Seed& seed)
      : identity(crypto::Ed25519SecretKey::from_seed(seed)),
        transport_key(protocol::TransportKey::generate(base::system_random())),
        clock_(clock),
        seed_(seed) {}
  static Seed new_seed();

  const base::Clock& clock_;
  Seed seed_;
};

// Sends `from` through the router of `app`, on its loop. All outlive the task.
base::Task<void> keep_answer(ControlApp& app, const TestRequest& from, TestAnswer& out);

class ControlTest : public ::testing::TestWithParam<TestDatabase> {
 public:
  ControlTest();
  ~ControlTest() override;
  void SetUp() override;

  ControlApp& app() { return *apps_.front(); }
  // Another replica on the same database: PostgreSQL alone.
  ControlApp& add_replica();
  const protocol::ControlPlaneId& audience() const { return audience_; }
  virtual ControlSettings settings() const;
  const ControlHome& home() const { return home_; }
  // Ends the control plane and starts it again on what is on disk.
  void restart();

  // Runs a task on the first app's loop.
  template <class T>
  T run(base::Task<T> task) {
    return http::run_task(app().loop(), std::move(task));
  }
  TestAnswer send(const TestRequest& request) { return send_to(app(), request); }
  TestAnswer send_to(ControlApp& to, const TestRequest& request);
  // At once; the answers in order.
  std::vector<TestAnswer> send_all(const std::vector<TestRequest>& requests);

  // A new enrollment token.
  std::string new_token(std::vector<std::string> tags = {});
  TestAnswer enroll_with(TestNode& node, const std::string& token);
  // Enrolled with a token of its own.
  TestNode enrolled_node(std::vector<std::string> tags = {});
  TestRequest heartbeat_request(TestNode& node, std::int64_t sequence = 0) {
    return node.heartbeat_request(audience_, sequence);
  }
  TestAnswer heartbeat(TestNode& node) { return send(heartbeat_request(node)); }
  protocol::HeartbeatAnswer heartbeat_ok(TestNode& node);
  // Acts of the audit log about `subject`, oldest first.
  std::vector<std::string> audited(const std::string& subject);

  base::FakeClock clock_;

 private:
  std::unique_ptr<ControlApp> open();

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::memory};
  ControlHome home_;
  std::string postgres_uri_;
  protocol::ControlPlaneId audience_;
  std::vector<std::unique_ptr<ControlApp>> apps_;
};

// The suite on both databases; PostgreSQL where the machine has one.
std::vector<TestDatabase> test_databases();
std::string name_of_database(const ::testing::TestParamInfo<TestDatabase>& info);
#define B3_ON_EVERY_DATABASE(suite) \
  INSTANTIATE_TEST_SUITE_P(Db, suite, ::testing::ValuesIn(test_databases()), name_of_database)

}  // namespace b3iq::control
