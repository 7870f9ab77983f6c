#include "base/cancel.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace b3iq::base {
namespace {

TEST(Cancel, RunsEachCallbackOnce) {
  CancelSource source;
  int runs = 0;
  CancelCallback a, b;
  source.token().on_cancel(a, [&] { ++runs; });
  source.token().on_cancel(b, [&] { ++runs; });
  source.cancel();
  source.cancel();
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(source.token().cancelled());
}

TEST(Cancel, ADestroyedCallbackNeverRuns) {
  CancelSource source;
  int runs = 0;
  CancelCallback keep;
  source.token().on_cancel(keep, [&] { runs += 10; });
  {
    CancelCallback gone;
    source.token().on_cancel(gone, [&] { ++runs; });
  }
  source.cancel();
  EXPECT_EQ(runs, 10);
}

TEST(Cancel, ACallbackMayRemoveTheOthers) {
  CancelSource source;
  std::vector<std::unique_ptr<CancelCallback>> callbacks;
  int runs = 0;
  for (int i = 0; i < 3; ++i) {
    callbacks.push_back(std::make_unique<CancelCallback>());
    source.token().on_cancel(*callbacks.back(), [&] {
      ++runs;
      callbacks.clear();
    });
  }
  source.cancel();
  EXPECT_EQ(runs, 1);
}

TEST(Cancel, RunsAtOnceWhenAlreadyCancelled) {
  CancelSource source;
  source.cancel();
  bool ran = false;
  CancelCallback callback;
  source.token().on_cancel(callback, [&] { ran = true; });
  EXPECT_TRUE(ran);
}

TEST(Cancel, ArmingAgainReplacesTheFunction) {
  CancelSource first, second;
  int seen = 0;
  CancelCallback callback;
  first.token().on_cancel(callback, [&] { seen = 1; });
  second.token().on_cancel(callback, [&] { seen = 2; });
  first.cancel();
  EXPECT_EQ(seen, 0);
  second.cancel();
  EXPECT_EQ(seen, 2);
}

TEST(Cancel, ADefaultTokenIsNeverCancelled) {
  CancelToken token;
  CancelCallback callback;
  token.on_cancel(callback, [] { FAIL(); });
  EXPECT_FALSE(token.cancelled());
}

TEST(Cancel, TheCallbackOutlivesItsSourceSafely) {
  CancelCallback callback;
  {
    CancelSource source;
    source.token().on_cancel(callback, [] { FAIL(); });
  }
  callback.reset();
}

}  // namespace
}  // namespace b3iq::base
