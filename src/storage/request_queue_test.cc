#include "storage/request_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/single_thread_executor.h"

namespace b3iq::storage {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;

Body nothing() {
  return [](Transaction&) -> Task<Status> { co_return Status(); };
}

TEST(RequestQueue, RefusesPastTheLimitAndAfterClose) {
  RequestQueue queue(2);
  std::vector<Status> answers(4);
  std::vector<std::jthread> callers;
  callers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back(
        [&, i] { answers[static_cast<std::size_t>(i)] = queue.submit_blocking(nothing()); });
  }
  while (queue.size() < 2) std::this_thread::yield();
  const Status third = queue.submit_blocking(nothing());
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().code, ErrorCode::overloaded);
  EXPECT_GT(third.error().retry_after_ms, 0);
  queue.close();
  EXPECT_EQ(queue.submit_blocking(nothing()).error().code, ErrorCode::shutting_down);
  const auto taken = queue.take(10);
  ASSERT_EQ(taken.size(), 2u);  // what was accepted is still handed out
  for (Request* request : taken) request->outcome = base::Error(ErrorCode::not_found, "x");
  queue.finish(taken);
  callers.clear();
  EXPECT_EQ(answers[0].error().code, ErrorCode::not_found);
  EXPECT_EQ(answers[1].error().code, ErrorCode::not_found);
  EXPECT_TRUE(queue.take(10).empty());
}

TEST(RequestQueue, ACoroutineIsRefusedOnItsExecutor) {
  RequestQueue queue(0);
  base::SingleThreadExecutor executor;
  const Status status = executor.run_task([&] { return queue.submit(nothing()); });
  EXPECT_EQ(status.error().code, ErrorCode::overloaded);
}

TEST(RequestQueue, PatienceRunsOut) {
  RequestQueue queue(2);
  EXPECT_TRUE(queue.take(1, std::chrono::milliseconds(1)).empty());
  EXPECT_FALSE(queue.closed());
}

}  // namespace
}  // namespace b3iq::storage
