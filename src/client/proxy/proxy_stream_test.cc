// Streams through the proxy, past control planes that keep to the protocol and others.
#include "client/testing/proxy_fixture.h"
#include "http/sse.h"

namespace b3iq::client {
namespace {

using http::fixture::body_of;
using http::fixture::eventually;
using http::fixture::RawSocket;
using http::fixture::status_of;
using testing::Does;
using testing::kAsked;
using testing::Relays;

constexpr std::string_view kStream = R"(,"stream":true,"stream_options":{"include_usage":true}})";
constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";
constexpr std::string_view kDone = "data: [DONE]\n\n";

class ProxyStream : public testing::ProxyTest {
 protected:
  std::string ask_for_stream() {
    const auto answer = chat(kStream);
    EXPECT_EQ(status_of(answer), 200) << answer;
    return http::fixture::dechunk(body_of(answer));
  }
  static std::string content_of(std::string_view events) {
    http::SseReader reader;
    EXPECT_TRUE(reader.feed(events).ok());
    std::string content;
    for (http::SseReader::Event event; reader.next(event);) {
      const auto document = json::Document::parse(event.data);
      if (!document.ok()) continue;
      const auto delta = document->root().find("choices").at(0).find("delta");
      content += delta.find("content").string().value_or("");
    }
    return content;
  }
};

std::string chunk(std::string_view delta, std::string_view finish = "null") {
  return R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m",)"
         R"("choices":[{"index":0,"delta":{)" +
         std::string(delta) + R"(},"finish_reason":)" + std::string(finish) + "}]}\n\n";
}

TEST_F(ProxyStream, IsWhatTheNodeStreamed) {
  serve({Does::streams});
  const auto events = ask_for_stream();
  EXPECT_EQ(content_of(events), "Die Aare.");
  EXPECT_TRUE(events.ends_with(kDone)) << events;
  EXPECT_EQ(plane_.seen_body(plane_.last_job()), std::string(kAsked) + std::string(kStream))
      << "byte for byte, the wish too";
}

TEST_F(ProxyStream, TheFirstPieceComesBeforeTheJobHasEnded) {
  serve({Does::streams_slowly});
  RawSocket socket(app_->port());
  ASSERT_TRUE(socket.send(request_text("POST", "/v1/chat/completions",
                                       std::string(kAsked) + std::string(kStream), token_)));
  EXPECT_NE(socket.read_until("Die ").find("Die "), std::string::npos);
  const auto job = plane_.last_job();
  EXPECT_EQ(plane_.status_of(job), "running");
  plane_.go_on(job);
  EXPECT_NE(socket.read_until("[DONE]").find("Aare."), std::string::npos);
}

TEST_F(ProxyStream, ACallerWhoGoesAwayInTheMiddleStopsTheNode) {
  serve({Does::streams_slowly});
  {
    RawSocket socket(app_->port());
    ASSERT_TRUE(socket.send(request_text("POST", "/v1/chat/completions",
                                         std::string(kAsked) + std::string(kStream), token_)));
    EXPECT_NE(socket.read_until("Die ").find("Die "), std::string::npos);
    socket.reset();
  }
  ASSERT_TRUE(eventually([&] { return plane_.cancels() == 1; }));
  EXPECT_TRUE(eventually([&] { return plane_.status_of(plane_.last_job()) == "cancelled"; }));
}

// An older node, or one whose frames nobody relays.
TEST_F(ProxyStream, WithoutAStreamTheWholeAnswerComesAsEvents) {
  serve({Does::answers});
  for (const auto relays : {Relays::honestly, Relays::nothing}) {
    plane_.server.on_loop([&] { plane_.relays = relays; });
    const auto answer = chat(kStream);
    ASSERT_EQ(status_of(answer), 200) << answer;
    EXPECT_EQ(http::fixture::header_of(answer, "Content-Type"), "text/event-stream");
    const auto body = body_of(answer);
    EXPECT_NE(body.find(R"("delta":{"role":"assistant","content":"Die Aare."})"),
              std::string::npos);
    EXPECT_NE(body.find(R"("finish_reason":"stop")"), std::string::npos);
    EXPECT_NE(body.find(R"("total_tokens":5)"), std::string::npos);
    EXPECT_TRUE(body.ends_with(kDone));
  }
}

// What stands between may take a connection for dead where nothing comes.
TEST_F(ProxyStream, ItSaysThatItIsAliveWhileNothingComes) {
  serve({Does::streams_slowly}, {.keep_alive_ms = 50});
  RawSocket socket(app_->port());
  ASSERT_TRUE(socket.send(request_text("POST", "/v1/chat/completions",
                                       std::string(kAsked) + std::string(kStream), token_)));
  auto answer = socket.read_until(": keep-alive\n\n");
  EXPECT_NE(answer.find("Die "), std::string::npos);
  EXPECT_NE(answer.find(": keep-alive"), std::string::npos) << answer;
  plane_.go_on(plane_.last_job());
  answer += socket.read_until(kLastChunk);
  EXPECT_EQ(content_of(http::fixture::dechunk(body_of(answer))), "Die Aare.") << answer;
}

TEST_F(ProxyStream, TheHeaderDoesNotWaitForALateAnswer) {
  plane_.relays = Relays::nothing;
  serve({Does::holds}, {.timeout_ms = 3'000, .header_after_ms = 50, .keep_alive_ms = 50});
  RawSocket socket(app_->port());
  ASSERT_TRUE(socket.send(request_text("POST", "/v1/chat/completions",
                                       std::string(kAsked) + std::string(kStream), token_)));
  const auto begun = socket.read_until(": keep-alive\n\n");
  EXPECT_EQ(status_of(begun), 200) << begun;
  EXPECT_EQ(http::fixture::header_of(begun, "Content-Type"), "text/event-stream");
  EXPECT_EQ(begun.find("data:"), std::string::npos);
  const auto ended = socket.read_until(kLastChunk);
  EXPECT_NE(ended.find("deadline_exceeded"), std::string::npos) << ended;
  EXPECT_EQ(ended.find("[DONE]"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return plane_.cancels() == 1; }));
}

TEST_F(ProxyStream, AnAnswerWithoutAStreamThatComesLateComesAsEvents) {
  serve({Does::answers_slowly}, {.header_after_ms = 50, .keep_alive_ms = 50});
  RawSocket socket(app_->port());
  ASSERT_TRUE(socket.send(request_text("POST", "/v1/chat/completions",
                                       std::string(kAsked) + std::string(kStream), token_)));
  auto answer = socket.read_until(": keep-alive\n\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find(": keep-alive"), std::string::npos) << answer;
  plane_.go_on(plane_.last_job());
  answer += socket.read_until(kLastChunk);
  const auto events = http::fixture::dechunk(body_of(answer));
  EXPECT_EQ(content_of(events), "Die Aare.") << events;
  EXPECT_TRUE(events.ends_with(kDone));
}

TEST_F(ProxyStream, ACallerWhoGoesAwayBeforeAnAnswerBeginsStopsTheNode) {
  serve({Does::holds}, {.header_after_ms = 50, .keep_alive_ms = 50});
  {
    RawSocket socket(app_->port());
    ASSERT_TRUE(socket.send(request_text("POST", "/v1/chat/completions",
                                         std::string(kAsked) + std::string(kStream), token_)));
    EXPECT_EQ(status_of(socket.read_until(": keep-alive\n\n")), 200);
    socket.reset();
  }
  EXPECT_TRUE(eventually([&] { return plane_.cancels() == 1; }));
}

TEST_F(ProxyStream, AStreamThatIsRefusedKeepsNobodyFromTheAnswer) {
  plane_.relays = Relays::refusing;
  serve({Does::streams}, {.timeout_ms = 60'000});
  const auto answer = chat(kStream);
  EXPECT_EQ(status_of(answer), 200) << answer;
  EXPECT_NE(answer.find("Die Aare."), std::string::npos) << answer;
}

TEST_F(ProxyStream, ACallerWhoGoesAwayEndsThePauseBetweenConnections) {
  plane_.relays = Relays::refusing;
  plane_.retry_after_ms = 3'600'000;
  serve({Does::holds});
  {
    RawSocket socket(app_->port());
    ASSERT_TRUE(socket.send(request_text("POST", "/v1/chat/completions",
                                         std::string(kAsked) + std::string(kStream), token_)));
    ASSERT_TRUE(eventually([&] { return plane_.streams() == 1; }));
    socket.reset();
  }
  EXPECT_TRUE(eventually([&] { return plane_.cancels() == 1; })) << "at once, not in half a minute";
}

TEST_F(ProxyStream, ACutConnectionIsTakenUpWhereItWas) {
  plane_.relays = Relays::hanging_up;
  serve({Does::streams});
  const auto events = ask_for_stream();
  EXPECT_EQ(content_of(events), "Die Aare.");
  EXPECT_TRUE(events.ends_with(kDone)) << events;
  EXPECT_GE(plane_.streams(), 3);
}

// CASES G5: what is cut is known to be cut, and made whole from the sealed answer.
TEST_F(ProxyStream, G5_WhatACutStreamLacksComesFromTheSealedAnswer) {
  plane_.relays = Relays::cutting;
  serve({Does::streams});
  const auto events = ask_for_stream();
  EXPECT_EQ(content_of(events), "Die Aare.");
  EXPECT_NE(events.find(R"("finish_reason":"stop")"), std::string::npos);
  EXPECT_NE(events.find(R"("total_tokens":5)"), std::string::npos);
  EXPECT_TRUE(events.ends_with(kDone)) << events;
}

// CASES G5: nor does it matter where it is cut: no half event reaches the client.
TEST_F(ProxyStream, G5_AStreamThatIsCutInTheMiddleOfAnEventIsMadeWhole) {
  plane_.relays = Relays::cutting;
  serve({Does::streams});
  const auto text = chunk(R"("role":"assistant","content":"Die ")") + chunk(R"("content":"Aare.")");
  for (std::size_t cut = 1; cut < text.size(); cut += 29) {
    plane_.server.on_loop([&] {
      plane_.nodes.front()->pieces = {
          text.substr(0, cut), text.substr(cut) + chunk("", R"("stop")") + "data: [DONE]\n\n"};
    });
    const auto events = ask_for_stream();
    EXPECT_EQ(content_of(events), "Die Aare.") << cut << events;
    EXPECT_EQ(events.find("error"), std::string::npos) << events;
    EXPECT_TRUE(events.ends_with(kDone)) << events;
  }
}

// CASES G5.
TEST_F(ProxyStream, G5_AnEndBeforeTheLastPieceIsNotHandedOn) {
  serve({Does::streams});
  plane_.server.on_loop([&] {
    plane_.nodes.front()->pieces = {
        chunk(R"("role":"assistant","content":"Die ")"),
        chunk(R"("content":"Limmat.")", R"("stop")") + "data: [DONE]\n\n",
        chunk(R"("content":"Aare.")", R"("stop")") + "data: [DONE]\n\n"};
  });
  const auto events = ask_for_stream();
  EXPECT_EQ(content_of(events), "Die ");
  EXPECT_NE(events.find("THE STREAM ENDS BEFORE ITS END"), std::string::npos) << events;
  EXPECT_EQ(events.find("[DONE]"), std::string::npos);
  EXPECT_EQ(events.find(R"("finish_reason":"stop")"), std::string::npos);
}

// CASES G5: an honest node is not accused where somebody else has cut its stream.
TEST_F(ProxyStream, G5_ACallOfAToolThatWasCutIsGoneOnWith) {
  plane_.relays = Relays::cutting;
  serve({Does::streams});
  plane_.server.on_loop([&] {
    auto& node = *plane_.nodes.front();
    node.response =
        R"({"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"m","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1",)"
        R"("type":"function","function":{"name":"look","arguments":"{\"at\":1}"}}]},)"
        R"("finish_reason":"tool_calls"}]})";
    node.pieces = {chunk(R"("role":"assistant","tool_calls":[{"index":0,"id":"t1","type":)"
                         R"("function","function":{"name":"look","arguments":"{\"at"}}])"),
                   chunk(R"("tool_calls":[{"index":0,"function":{"arguments":"\":1}"}}])"),
                   chunk("", R"("tool_calls")") + "data: [DONE]\n\n"};
  });
  const auto events = ask_for_stream();
  EXPECT_NE(events.find(R"("tool_calls":[{"index":0,"function":{"arguments":"\":1}"}}])"),
            std::string::npos)
      << events;
  EXPECT_NE(events.find(R"("finish_reason":"tool_calls")"), std::string::npos);
  EXPECT_TRUE(events.ends_with(kDone)) << events;
}

TEST_F(ProxyStream, G5_ReorderedDoubledAndChangedPiecesAreToldAndNotShown) {
  serve({Does::streams});
  for (const auto relays : {Relays::doubling, Relays::altering}) {
    plane_.server.on_loop([&] { plane_.relays = relays; });
    const auto cancels = plane_.cancels();
    const auto events = ask_for_stream();
    EXPECT_EQ(content_of(events), "Die ") << "what came before is the node's";
    EXPECT_NE(events.find("MANIPULATED STREAM"), std::string::npos) << events;
    EXPECT_NE(events.find("data_corrupt"), std::string::npos);
    EXPECT_EQ(events.find("[DONE]"), std::string::npos) << "nobody takes it for whole";
    EXPECT_TRUE(eventually([&] { return plane_.cancels() > cancels; }));
  }
  plane_.server.on_loop([&] { plane_.relays = Relays::reordering; });
  const auto answer = chat(kStream);
  EXPECT_EQ(code_of(answer), "data_corrupt") << answer;
  EXPECT_EQ(http::fixture::header_of(answer, "x-should-retry"), "false");
}

TEST_F(ProxyStream, G5_AStreamThatIsAnotherThanTheAnswerIsToldLoudly) {
  serve({Does::streams_another});
  const auto events = ask_for_stream();
  EXPECT_EQ(content_of(events), "Die Limmat.");
  EXPECT_NE(events.find("THE STREAM AND THE ANSWER DIFFER"), std::string::npos) << events;
  EXPECT_EQ(events.find("[DONE]"), std::string::npos);
}

TEST_F(ProxyStream, WhatTheNodeBrokeOffEndsWithItsError) {
  serve({Does::breaks_off});
  const auto events = ask_for_stream();
  EXPECT_EQ(content_of(events), "Die ");
  EXPECT_NE(events.find("It died."), std::string::npos) << events;
  EXPECT_EQ(events.find("[DONE]"), std::string::npos);
  EXPECT_EQ(plane_.posts(), 1) << "it was billed";
}

TEST_F(ProxyStream, AReceiptThatDoesNotFitIsToldBehindTheStream) {
  serve({Does::streams});
  plane_.server.on_loop([&] { plane_.nodes.front()->lies = true; });
  const auto events = ask_for_stream();
  EXPECT_NE(events.find("receipt_rejected"), std::string::npos) << events;
  EXPECT_EQ(events.find("[DONE]"), std::string::npos);
}

TEST_F(ProxyStream, EvidenceOfAStreamIsKeptWhenItIsWanted) {
  std::filesystem::create_directory(folder_.path("evidence"));
  ::chmod(folder_.path("evidence").c_str(), 0700);
  serve({Does::streams}, {.evidence_folder = folder_.path("evidence")});
  EXPECT_TRUE(ask_for_stream().ends_with(kDone));
  EXPECT_EQ(folder_.files_in("evidence").size(), 1u);
}

}  // namespace
}  // namespace b3iq::client
