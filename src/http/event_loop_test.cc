#include "http/event_loop.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "http/fd_stream.h"
#include "http/http_fixture.h"

namespace b3iq::http {
namespace {

using namespace fixture;

TEST(EventLoopTest, PostsFromAnyThreadRunInOrder) {
  EventLoop loop;
  std::thread thread([&] { loop.run(); });
  std::vector<int> seen;
  for (int i = 0; i < 10'000; ++i) {
    loop.post([&seen, i] { seen.push_back(i); });
  }
  loop.post([&] { loop.stop(); });
  thread.join();
  ASSERT_EQ(seen.size(), 10'000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(EventLoopTest, PostNeverRunsInsideTheCall) {
  EventLoop loop;
  bool inner = false;
  loop.post([&] {
    loop.post([&] {
      inner = true;
      loop.stop();
    });
    EXPECT_FALSE(inner);
    EXPECT_EQ(base::Executor::current(), &loop);
  });
  loop.run();
  EXPECT_TRUE(inner);
  EXPECT_EQ(base::Executor::current(), nullptr);
}

base::Task<void> sleeper(EventLoop* loop, std::int64_t ms, std::vector<std::int64_t>* order) {
  auto pause = loop->sleep(ms);
  co_await std::move(pause);
  order->push_back(ms);
}

TEST(EventLoopTest, SleepsEndInOrder) {
  EventLoop loop;
  std::vector<std::int64_t> order;
  const auto began = std::chrono::steady_clock::now();
  loop.post([&] {
    for (const int ms : {60, 5, 30}) base::detach(sleeper(&loop, ms, &order));
    base::detach([](EventLoop* at) -> base::Task<void> {
      auto pause = at->sleep(80);
      co_await std::move(pause);
      at->stop();
    }(&loop));
  });
  loop.run();
  EXPECT_EQ(order, (std::vector<std::int64_t>{5, 30, 60}));
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(79));
}

TEST(EventLoopTest, IdleServersUseNoProcessorTime) {
  TestServer server;
  server.fixed(Method::get, "/health", "ok");
  server.start();
  RawSocket idle(server.port());
  idle.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  idle.read_answer();
  const auto switches = [&] {
    rusage usage{};
    server.on_loop([&] { getrusage(RUSAGE_THREAD, &usage); });
    return usage.ru_nvcsw;
  };
  const long before = switches();
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  // No ticking while the only deadline is the idle one, 75 s away. (The question itself wakes the
  // loop.)
  EXPECT_LE(switches() - before, 4);
}

struct Pair {
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0); }
  int fds[2];
};

// Both ends as streams, made and ended on the loop's thread.
struct Ends {
  Ends(TestServer& server, const Pair& pair) : host(server) {
    host.on_loop([&] {
      left = std::make_unique<FdStream>(host.loop, pair.fds[0]);
      right = std::make_unique<FdStream>(host.loop, pair.fds[1]);
    });
  }
  ~Ends() {
    host.on_loop([&] {
      left.reset();
      right.reset();
    });
  }
  TestServer& host;
  std::unique_ptr<FdStream> left;
  std::unique_ptr<FdStream> right;
};

base::Task<void> copy_all(FdStream* stream, std::string* out, base::ErrorCode* failure) {
  char buffer[1000];
  for (;;) {
    auto reading = stream->read_some(buffer);
    auto got = co_await std::move(reading);
    if (!got.ok()) {
      *failure = got.error().code;
      co_return;
    }
    if (got.value() == 0) co_return;
    out->append(buffer, got.value());
  }
}

base::Task<void> write_then_drop(FdStream* stream, const std::string* bytes, bool* ok) {
  auto writing = stream->write_all(*bytes);
  auto written = co_await std::move(writing);
  *ok = written.ok();
  stream->close();
}

base::Task<void> note_first_byte(FdStream* stream, EventLoop* loop, std::string* order) {
  char byte = 0;
  auto reading = stream->read_some({&byte, 1});
  const auto got = co_await std::move(reading);
  if (got.ok()) *order += byte;
  loop->stop();
}

// A server that has begun to listen takes up its own work before the first caller is heard.
TEST(FdStreamTest, WhatWasPostedBeforeTheLoopRanGoesBeforeWhatWaitsAtASocket) {
  EventLoop loop;
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
  FdStream stream(loop, fds[0]);
  std::string order;
  base::detach(note_first_byte(&stream, &loop, &order));
  ASSERT_EQ(write(fds[1], "s", 1), 1);
  loop.post([&] { order += "p"; });
  loop.run();
  EXPECT_EQ(order, "ps");
  close(fds[1]);
}

TEST(FdStreamTest, LargeWritesArriveWhole) {
  TestServer host;
  host.start();
  Pair pair;
  Ends ends(host, pair);
  const std::string bytes(5 << 20, 'z');
  bool ok = false;
  host.on_loop([&] { base::detach(write_then_drop(ends.left.get(), &bytes, &ok)); });
  std::string got;
  base::ErrorCode failure = base::ErrorCode::internal;
  host.run([&]() -> base::Task<void> { return copy_all(ends.right.get(), &got, &failure); });
  EXPECT_TRUE(ok);
  EXPECT_TRUE(got == bytes);
}

TEST(FdStreamTest, CloseEndsAPendingRead) {
  TestServer host;
  host.start();
  Pair pair;
  Ends ends(host, pair);
  std::string got;
  base::ErrorCode failure = base::ErrorCode::internal;
  host.on_loop([&] { host.loop.post([&] { ends.right->close(); }); });
  host.run([&]() -> base::Task<void> { return copy_all(ends.right.get(), &got, &failure); });
  EXPECT_EQ(failure, base::ErrorCode::cancelled);
}

}  // namespace
}  // namespace b3iq::http
