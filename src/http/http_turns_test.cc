// Who gets the loop when many want it at once.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "http/fd_stream.h"
#include "http/http_fixture.h"
#include "http/reactor.h"

namespace b3iq::http {
namespace {

using namespace fixture;

constexpr int kCallers = 4 * kTurnsPerWait;

class HttpTurnsTest : public ::testing::Test {
 protected:
  HttpTurnsTest() {
    server_.fixed(Method::get, "/health", "ok");
    server_.route(Method::get, "/n/{number}", 0,
                  [this](Request& request) -> base::Task<base::Result<Response>> {
                    begun_.emplace_back(request.path);
                    Response response;
                    response.body = std::string("ok");
                    co_return response;
                  });
    server_.start();
    for (int i = 0; i < kCallers; ++i) {
      callers_.push_back(std::make_unique<RawSocket>(server_.port()));
      callers_.back()->send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
      callers_.back()->read_answer();
    }
  }

  static std::string request(int number) {
    return "GET /n/" + std::to_string(1000 + number) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  TestServer server_;
  std::vector<std::unique_ptr<RawSocket>> callers_;
  std::vector<std::string> begun_;  // of the loop's thread
};

base::Task<void> note_at_arrival(FdStream* stream, const std::vector<std::string>* begun,
                                 std::size_t* out) {
  char byte = 0;
  auto reading = stream->read_some({&byte, 1});
  auto got = co_await std::move(reading);
  if (got.ok()) *out = begun->size();
}

TEST_F(HttpTurnsTest, ABurstOfRequestsDoesNotHoldUpAStreamThatRuns) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  std::unique_ptr<FdStream> running;
  std::size_t begun_before = kCallers;
  server_.on_loop([&] {
    running = std::make_unique<FdStream>(server_.loop, fds[0]);
    base::detach(note_at_arrival(running.get(), &begun_, &begun_before));
  });
  // The loop is kept busy until all is there; the stream's byte came last.
  server_.on_loop([&] {
    for (int i = 0; i < kCallers; ++i) callers_[static_cast<std::size_t>(i)]->send(request(i));
    EXPECT_EQ(::send(fds[1], "x", 1, 0), 1);
  });
  for (const auto& caller : callers_) EXPECT_EQ(status_of(caller->read_answer()), 200);
  EXPECT_LE(begun_before, std::size_t{kTurnsPerWait});
  EXPECT_EQ(begun_.size(), std::size_t{kCallers});
  EXPECT_TRUE(std::is_sorted(begun_.begin(), begun_.end())) << "not in the order of arrival";
  server_.on_loop([&] { running.reset(); });
  ::close(fds[1]);
}

TEST_F(HttpTurnsTest, ACallerThatSendsManyRequestsAtOnceDoesNotKeepTheOthersWaiting) {
  server_.on_loop([&] {
    std::string many;
    for (int i = 0; i < kCallers; ++i) many += request(i);
    callers_[0]->send(many);
    callers_[1]->send(request(8000));
  });
  for (int i = 0; i < kCallers; ++i) EXPECT_EQ(status_of(callers_[0]->read_answer()), 200);
  EXPECT_EQ(status_of(callers_[1]->read_answer()), 200);
  const auto other = std::find(begun_.begin(), begun_.end(), "/n/9000");
  ASSERT_NE(other, begun_.end());
  EXPECT_LE(other - begun_.begin(), kTurnsPerWait + 1);
}

TEST_F(HttpTurnsTest, AServerThatEndsAnswersNobodyTwiceAndLeaksNobody) {
  server_.on_loop([&] {
    for (int i = 0; i < kCallers; ++i) callers_[static_cast<std::size_t>(i)]->send(request(i));
  });
  server_.stop();
  EXPECT_LE(begun_.size(), std::size_t{kCallers});
  for (const auto& caller : callers_) EXPECT_TRUE(caller->closed_within(kPatience));
}

}  // namespace
}  // namespace b3iq::http
