// For tests: the proxy between raw sockets and a control plane on real sockets.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/random.h"
#include "client/proxy/proxy_app.h"
#include "client/testing/command_run.h"
#include "client/testing/fake_control_plane.h"
#include "json/json.h"

namespace b3iq::client::testing {

inline constexpr std::string_view kAsked =
    R"({"model":"m","messages":[{"role":"user","content":"?"}])";

class ProxyTest : public ::testing::Test {
 protected:
  void serve(std::vector<Does> nodes, ProxyRules rules = {}) {
    // The first ones are the cheapest.
    std::uint64_t price = 10;
    for (const auto does : nodes) plane_.nodes.push_back(std::make_unique<FakeNode>(does, price++));
    plane_.start();
    start(std::move(rules));
  }
  void start(ProxyRules rules) {
    auto token = load_proxy_token(folder_.path("token"), base::system_random());
    ASSERT_TRUE(token.ok()) << token.error().detail;
    token_ = token->secret.reveal_text();
    auto pins = PinBook::open(folder_.path("pins.json"), "", [](const std::string&) {});
    ASSERT_TRUE(pins.ok());
    CustomerAccess access;
    access.url = plane_.url();
    access.origin = *http::parse_origin(access.url);
    access.customer_id = plane_.customer;
    access.token = crypto::Secret(plane_.token);
    ProxySettings settings{.listen = "127.0.0.1:0", .rules = std::move(rules)};
    auto opened = ProxyApp::open(std::move(settings), std::move(access), std::move(pins).value(),
                                 std::move(token).value());
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    app_ = std::move(opened).value();
    ASSERT_TRUE(app_->listen().ok());
    thread_ = std::thread([this] { app_->run(); });
  }
  void TearDown() override {
    if (thread_.joinable()) {
      app_->loop().post([this] { base::detach(app_->drain()); });
      thread_.join();
    }
    app_.reset();
  }

  std::string request_text(std::string_view method, std::string_view path, std::string_view body,
                           const std::string& token) const {
    std::string text =
        std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
    return text + "\r\n\r\n" + std::string(body);
  }
  std::string ask(std::string_view method, std::string_view path,
                  std::string_view body = {}) const {
    return ask_as(token_, method, path, body);
  }
  std::string ask_as(const std::string& token, std::string_view method, std::string_view path,
                     std::string_view body = {}) const {
    http::fixture::RawSocket socket(app_->port());
    EXPECT_TRUE(socket.send(request_text(method, path, body, token)));
    return socket.read_answer();
  }
  std::string chat(std::string_view more = "}") const {
    return ask("POST", "/v1/chat/completions", std::string(kAsked) + std::string(more));
  }
  static std::string code_of(std::string_view answer) {
    const auto document = json::Document::parse(http::fixture::body_of(answer));
    if (!document.ok()) return std::string(answer);
    return std::string(document->root().find("error").find("code").string().value_or(""));
  }

  TestFolder folder_;
  FakeControlPlane plane_;
  std::string token_;
  std::unique_ptr<ProxyApp> app_;
  std::thread thread_;
};

}  // namespace b3iq::client::testing
