// The proxy between raw sockets and a control plane on real sockets.
#include "client/testing/proxy_fixture.h"
#include "crypto/secret_token.h"

namespace b3iq::client {
namespace {

using http::fixture::body_of;
using http::fixture::eventually;
using http::fixture::RawSocket;
using http::fixture::status_of;
using testing::Does;
using testing::FakeNode;
using testing::kAsked;
using Proxy = testing::ProxyTest;

TEST_F(Proxy, AChatIsAPrivateJob) {
  serve({Does::answers});
  const auto answer = chat();
  ASSERT_EQ(status_of(answer), 200) << answer;
  const auto document = json::Document::parse(body_of(answer));
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().find("choices").at(0).find("message").find("content").string(),
            "Die Aare.");
  EXPECT_EQ(plane_.seen_body(plane_.last_job()), std::string(kAsked) + "}") << "byte for byte";
}

TEST_F(Proxy, ItsTokenIsNeeded) {
  serve({Does::answers});
  for (const auto path : {"/v1/models", "/v1/chat/completions"}) {
    const auto method = path == std::string_view("/v1/models") ? "GET" : "POST";
    EXPECT_EQ(status_of(ask_as("", method, path, method[0] == 'P' ? "{}" : "")), 401);
    const auto other = crypto::make_secret_token(kProxyTokenPrefix, base::system_random());
    EXPECT_EQ(status_of(ask_as(std::string(other.reveal_text()), method, path,
                               method[0] == 'P' ? "{}" : "")),
              401);
  }
  EXPECT_EQ(status_of(ask_as("", "GET", "/health")), 200);
  EXPECT_EQ(plane_.posts(), 0);
  EXPECT_EQ(folder_.mode("token"), 0600u);
}

TEST_F(Proxy, ItAnswersToLoopbackNamesAlone) {
  serve({Does::answers});
  RawSocket socket(app_->port());
  ASSERT_TRUE(socket.send("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
  EXPECT_EQ(status_of(socket.read_answer()), 403);
  auto pins = PinBook::open(folder_.path("pins.json"), "", [](const std::string&) {});
  auto token = load_proxy_token(folder_.path("token"), base::system_random());
  const auto open = ProxyApp::open({.listen = "0.0.0.0:0", .rules = {}}, {},
                                   std::move(pins).value(), std::move(token).value());
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code, base::ErrorCode::config_invalid);
}

TEST_F(Proxy, ModelsAreListed) {
  serve({Does::answers});
  const auto answer = ask("GET", "/v1/models");
  ASSERT_EQ(status_of(answer), 200) << answer;
  const auto document = json::Document::parse(body_of(answer));
  EXPECT_EQ(document->root().find("data").at(0).find("id").string(), "m");
  EXPECT_EQ(document->root().find("data").at(1).find("id").string(), "n") << "of the next page";
}

TEST_F(Proxy, WhatCannotBeMeantIsRefused) {
  serve({Does::answers});
  EXPECT_EQ(code_of(ask("POST", "/v1/chat/completions", "{")), "invalid_json");
  EXPECT_EQ(code_of(ask("POST", "/v1/chat/completions", "{}")), "invalid_request");
  EXPECT_EQ(code_of(chat(R"(,"stream":1})")), "invalid_request");
  EXPECT_EQ(status_of(ask("GET", "/v1/unknown")), 404);
  EXPECT_EQ(plane_.posts(), 0);
}

TEST_F(Proxy, ACallerWhoGoesAwayCancelsTheJob) {
  serve({Does::holds});
  {
    RawSocket socket(app_->port());
    ASSERT_TRUE(socket.send(
        request_text("POST", "/v1/chat/completions", std::string(kAsked) + "}", token_)));
    ASSERT_TRUE(eventually([&] { return plane_.posts() == 1; }));
    socket.reset();
  }
  ASSERT_TRUE(eventually([&] { return plane_.cancels() > 0; }));
  EXPECT_TRUE(eventually([&] { return plane_.status_of(plane_.last_job()) == "cancelled"; }));
}

TEST_F(Proxy, AJobThatTakesTooLongIsCancelled) {
  serve({Does::holds}, {.timeout_ms = 1'000});
  const auto answer = chat();
  EXPECT_EQ(status_of(answer), 504) << answer;
  EXPECT_EQ(code_of(answer), "deadline_exceeded");
  EXPECT_TRUE(eventually([&] { return plane_.cancels() == 1; }));
}

TEST_F(Proxy, AnotherNodeIsAskedWhileNothingWasBilled) {
  serve({Does::fails, Does::answers});
  const auto answer = chat();
  EXPECT_EQ(status_of(answer), 200) << answer;
  EXPECT_EQ(plane_.posts(), 2);
  EXPECT_EQ(status_of(chat()), 200);
  EXPECT_EQ(plane_.posts(), 3) << "the one that failed rests for a while";
}

TEST_F(Proxy, NoOtherNodeIsAskedOnceSomethingWasBilled) {
  serve({Does::fails_billed, Does::answers});
  const auto answer = chat();
  EXPECT_EQ(status_of(answer), 502) << answer;
  EXPECT_EQ(code_of(answer), "runtime_failed");
  EXPECT_EQ(http::fixture::header_of(answer, "x-should-retry"), "false") << "it would cost again";
  EXPECT_EQ(plane_.posts(), 1);
}

TEST_F(Proxy, ANodeWhoseOwnerDoesNotAllowPrivateJobsIsNamed) {
  plane_.nodes.push_back(std::make_unique<FakeNode>(Does::fails));
  plane_.nodes.back()->failure = "role_denied";
  plane_.start();
  start({});
  const auto answer = chat();
  EXPECT_EQ(code_of(answer), "role_denied") << answer;
  EXPECT_NE(answer.find("owner does not allow private jobs"), std::string::npos) << answer;
}

TEST_F(Proxy, WhatIsTheCallersFaultIsToldAndNotTriedElsewhere) {
  serve({Does::refuses_request, Does::answers});
  const auto answer = chat();
  EXPECT_EQ(status_of(answer), 400) << answer;
  EXPECT_EQ(code_of(answer), "context_length_exceeded");
  EXPECT_EQ(http::fixture::header_of(answer, "x-should-retry"), "");
  EXPECT_EQ(plane_.posts(), 1);
}

TEST_F(Proxy, AnAlteredAnswerIsRefusedAndNotTriedElsewhere) {
  serve({Does::alters, Does::answers});
  const auto answer = chat();
  EXPECT_EQ(code_of(answer), "data_corrupt") << answer;
  EXPECT_EQ(plane_.posts(), 1);
}

// CASES G5, 67.
TEST_F(Proxy, G5_67_ASwappedKeyIsRefusedLoudly) {
  const FakeNode other;
  plane_.nodes.push_back(std::make_unique<FakeNode>());
  plane_.nodes.front()->binding = other.binding;
  serve({});
  const auto answer = chat();
  EXPECT_EQ(code_of(answer), "invalid_signature") << answer;
  EXPECT_EQ(plane_.posts(), 0);
}

TEST_F(Proxy, EvidenceIsKeptWhenItIsWanted) {
  std::filesystem::create_directory(folder_.path("evidence"));
  ::chmod(folder_.path("evidence").c_str(), 0700);
  serve({Does::answers}, {.evidence_folder = folder_.path("evidence")});
  ASSERT_EQ(status_of(chat()), 200);
  EXPECT_EQ(folder_.files_in("evidence").size(), 1u);
}

TEST_F(Proxy, TheTokenIsMadeOnce) {
  const auto first = load_proxy_token(folder_.path("t"), base::system_random());
  const auto second = load_proxy_token(folder_.path("t"), base::system_random());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->is_new);
  EXPECT_FALSE(second->is_new);
  EXPECT_EQ(first->secret.reveal_text(), second->secret.reveal_text());
  folder_.write("bad", "hello");
  EXPECT_EQ(load_proxy_token(folder_.path("bad"), base::system_random()).error().code,
            base::ErrorCode::corrupt);
}

}  // namespace
}  // namespace b3iq::client
