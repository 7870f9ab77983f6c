// What strangers, nodes and operators see when the database fails: nothing of what it said.
#include "control/errors/outward_error.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "control/testing/control_fixture.h"
#include "control/testing/edge_call.h"
#include "storage/postgres/pg_error.h"

namespace b3iq::control {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kDriverText =
    "connection to server at \"10.20.30.40\", port 5432 failed: Connection refused";

std::string body_of(const http::Response& response) { return std::get<std::string>(response.body); }
void expect_tells_nothing(const http::Response& response) {
  const auto body = body_of(response);
  EXPECT_EQ(response.status, 503);
  for (const auto* secret : {"10.20.30.40", "5432", "refused", "disk"})
    EXPECT_EQ(body.find(secret), std::string::npos) << secret << " in " << body;
  EXPECT_NE(body.find("\"code\":\"storage_failed\""), std::string::npos) << body;
  EXPECT_NE(body.find("in 2 s"), std::string::npos) << body;
}

TEST(OutwardErrorTest, NothingOfAnUnreachableDatabaseIsTold) {
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto error = storage::pg_unreachable(kDriverText);
  for (const auto& response : {outward_error(error, {}), outward_refusal(error, {}, {})}) {
    expect_tells_nothing(response);
    EXPECT_NE(body_of(response).find("nothing was changed"), std::string::npos);
  }
}

TEST(OutwardErrorTest, AWriteOfUnknownOutcomeIsToldAsOne) {
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto error = storage::pg_commit_unknown(kDriverText);
  for (const auto& response : {outward_error(error, {}), outward_refusal(error, {}, {})}) {
    expect_tells_nothing(response);
    EXPECT_NE(body_of(response).find("may or may not have been written"), std::string::npos);
    EXPECT_EQ(body_of(response).find("nothing was changed"), std::string::npos);
  }
}

TEST(OutwardErrorTest, AnErrorOfTheCallerKeepsItsWords) {
  const Error error(ErrorCode::invalid_request, "max is 0 to 16.", "max");
  EXPECT_NE(body_of(outward_error(error, {})).find("max is 0 to 16."), std::string::npos);
  EXPECT_NE(body_of(outward_refusal(error, {}, {})).find("max is 0 to 16."), std::string::npos);
}

class OutwardRoutesTest : public ControlTest {};

TEST_P(OutwardRoutesTest, NoRouteTellsWhatTheDatabaseSays) {
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  auto node = enrolled_node();
  const auto beat = heartbeat_request(node);
  static constexpr storage::Statement kBreak{"ALTER TABLE node_leases RENAME TO gone"};
  const auto broken =
      app().database().write_blocking([](storage::Transaction& tx) -> base::Task<base::Status> {
        CO_TRY_OK(co_await tx.exec(kBreak, {}));
        co_return base::Status();
      });
  ASSERT_TRUE(broken.ok()) << broken.error().detail;
  EdgeRequest admin{
      http::Method::get, "/v1/admin/nodes", "", std::string(app().operator_token()), {},
      "127.0.0.1"};
  const EdgeRequest stranger{http::Method::get, "/v1/public/nodes", "", "", {}, "198.51.100.7"};
  for (const auto& body : {call(app(), admin).body, call(app(), stranger).body, send(beat).body}) {
    EXPECT_NE(body.find("its log says why"), std::string::npos) << body;
    EXPECT_EQ(body.find("node_leases"), std::string::npos) << body;
  }
}

B3_ON_EVERY_DATABASE(OutwardRoutesTest);

}  // namespace
}  // namespace b3iq::control
