// For tests of the real program on a disk: its home, its process that may be killed and started
// again, and calls to it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "control/cli/control_file.h"
#include "control/testing/control_fixture.h"
#include "control/testing/control_process.h"
#include "http/client.h"
#include "json/json.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {

class LiveControlTest : public ::testing::TestWithParam<TestDatabase> {
 protected:
  static constexpr std::size_t kMaxAnswerBytes = 4 * 1024 * 1024;

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
        << R"({"listen": "127.0.0.1:0", "limits": {"node_per_minute": 0, "enrollment_per_minute": 0, )"
        << R"("public_per_minute": 0})" << database << "}";
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
  base::Task<TestAnswer> call(const TestRequest& request) {
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
    if (answer.status == 200) answered();
    co_return answer;
  }
  base::Task<TestAnswer> call_admin(http::Method method, std::string path, std::string body) {
    const TestRequest request{
        method, std::move(path), "", std::move(body), {{"Authorization", admin_}}};
    co_return co_await call(request);
  }
  // After each 200.
  virtual void answered() {}

  static std::string member(const std::string& body, std::string_view name) {
    const auto document = json::Document::parse(body);
    if (!document.ok()) return {};
    return std::string(document->root().find(name).string().value_or(""));
  }

  // True when it was acknowledged.
  base::Task<bool> enroll(TestNode& node) {
    const auto token = co_await call_admin(http::Method::post, "/v1/admin/enrollment-tokens", "{}");
    if (token.status / 100 != 2) co_return false;
    const auto asked = node.challenge_request(member(token.body, "secret"));
    const auto challenged = co_await call(asked);
    const auto challenge = protocol::decode_challenge(challenged.body);
    if (!challenge.ok()) co_return false;
    const auto statement = node.enrollment_request(*challenge);
    const auto enrolled = co_await call(statement);
    co_return enrolled.status == 200;
  }

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::disk};
  ControlHome home_{folder_.file("home")};
  std::unique_ptr<ControlProcess> process_;
  http::EventLoop loop_;
  http::Client client_{loop_, {}, [](std::string_view, std::uint16_t) { return base::Status(); }};
  http::Origin origin_;
  std::string admin_;
  protocol::ControlPlaneId audience_;
  std::size_t answers_ = 0;  // since the start, as the test counts them
};

}  // namespace b3iq::control
