#include "agent/upkeep/start_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/event_loop.h"
#include "http/router.h"

namespace b3iq::agent {
namespace {

using ::testing::HasSubstr;

http::Response plain(const base::Error&, const http::Request&) { return {}; }

class StartCheckTest : public ::testing::Test {
 protected:
  StartCheckTest() { settings_.listen = {"127.0.0.1", 0}; }
  std::string param() const {
    const auto checked = check_start(settings_, facts_);
    return checked.ok() ? "" : checked.error().param;
  }
  Settings settings_;
  StartFacts facts_{{"/nowhere"}, "b3n_me", {"127.0.0.1", 0}, true};
};

TEST_F(StartCheckTest, NamesTheOptionThatTheStartWouldRefuse) {
  EXPECT_EQ(param(), "");
  settings_.node_id = "b3n_other";
  EXPECT_EQ(param(), "node_id");
  settings_.node_id = "b3n_me";
  settings_.tls = http::TlsFiles{"/nowhere/c.pem", "/nowhere/k.pem"};
  EXPECT_EQ(param(), "tls.certificate");
  settings_.tls.reset();
  RuntimeSettings runtime;
  runtime.id = "a";
  runtime.kind = RuntimeKind::openai;
  runtime.base_url = "http://127.0.0.1:1";
  runtime.api_key_file = "/nowhere/key";
  settings_.runtimes.push_back(runtime);
  EXPECT_EQ(param(), "runtimes");
}

TEST_F(StartCheckTest, AnAddressThatOthersReachNeedsMore) {
  settings_.listen.host = "0.0.0.0";
  EXPECT_EQ(param(), "allow_remote");
  settings_.allow_remote = true;
  EXPECT_EQ(param(), "tls.certificate");
  settings_.tls = http::TlsFiles{"/nowhere/c.pem", "/nowhere/k.pem"};
  facts_.has_active_key = false;
  EXPECT_EQ(param(), "listen");
}

TEST_F(StartCheckTest, APortThatAnotherProgramHasIsRefusedAndTheOwnOneIsNot) {
  http::EventLoop loop;
  http::Router router(plain);
  http::ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  const auto server = http::Server::start(loop, router, std::move(options));
  ASSERT_TRUE(server.ok());
  settings_.listen.port = (*server)->port();
  const auto taken = check_start(settings_, facts_);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().param, "listen");
  facts_.listening = settings_.listen;
  EXPECT_TRUE(check_start(settings_, facts_).ok());
  settings_.listen.host = "192.0.2.1";  // no address of any machine
  settings_.allow_remote = true;
  settings_.tls = http::TlsFiles{"", ""};
  EXPECT_THAT(check_start(settings_, facts_).error().detail, HasSubstr("certificate"));
}

}  // namespace
}  // namespace b3iq::agent
