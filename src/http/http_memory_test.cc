// G2 28: memory that runs out at any allocation costs at most the connection it happens to, never
// the process.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "http/http_fixture.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define B3_OWN_ALLOCATOR 1  // ThreadSanitizer brings its own operator new
#endif
#endif

namespace {
// The n-th allocation of the thread that armed it fails. Negative: none.
thread_local long allocations_left = -1;
}  // namespace

#ifndef B3_OWN_ALLOCATOR
namespace {

void* allocate(std::size_t size) {
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left > 0) --allocations_left;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace b3iq::http {
namespace {

using namespace fixture;

TEST(HttpMemory, G2_28_EachAllocationOfARequestMayFail) {
#ifdef B3_OWN_ALLOCATOR
  GTEST_SKIP() << "allocations cannot be made to fail here";
#endif
  TestServer server;
  auto probe = std::make_shared<BodyProbe>();
  server.route(
      Method::post, "/echo", 1 << 20, [](Request& request) -> base::Task<base::Result<Response>> {
        Response response;
        response.body = std::string(request.body);
        response.headers = {
            {"X-Long-Enough-To-Allocate", "a value that does not fit into the string itself"}};
        co_return response;
      });
  server.route(Method::get, "/stream", 0, [probe](Request&) -> base::Task<base::Result<Response>> {
    Response response;
    response.body =
        std::make_unique<PieceBody>("data: a piece that is long enough for the heap\n\n", 5, probe);
    co_return response;
  });
  server.start();
  const std::string body(5000, 'b');
  const std::string post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + body;
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const std::string stream = "GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  int whole = 0;
  for (long failing = 0; failing < 60; ++failing) {
    for (const std::string* request : {&post, &chunked, &stream}) {
      server.on_loop([&] { allocations_left = failing; });
      RawSocket socket(server.port());
      socket.send(*request);
      const auto answer = socket.read_answer();
      // Nothing, a 500, or all of it.
      EXPECT_TRUE(answer.empty() || status_of(answer) == 500 || status_of(answer) == 200) << answer;
      EXPECT_FALSE(socket.timed_out()) << failing;
      whole += status_of(answer) == 200;
      // The next posted job itself allocates nothing on the loop's thread.
      server.on_loop([&] { allocations_left = -1; });
    }
  }
  EXPECT_GT(whole, 20);
  RawSocket socket(server.port());
  socket.send(post);
  EXPECT_EQ(body_of(socket.read_answer()), body);
}

}  // namespace
}  // namespace b3iq::http
