#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace b3iq::base {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, WritesTheTextExposition) {
  Metrics metrics;
  metrics.counter("b3iq_requests_total", "Requests.", {{"route", "chat"}}).add(3);
  metrics.gauge("b3iq_streams", "Open streams.").set(2);
  metrics.histogram("b3iq_seconds", "Time.", {0.1, 1}).observe(0.5);
  const std::string text = metrics.text();
  EXPECT_THAT(
      text,
      HasSubstr("# HELP b3iq_requests_total Requests.\n# TYPE b3iq_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("b3iq_requests_total{route=\"chat\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("b3iq_streams 2\n"));
  EXPECT_THAT(text, HasSubstr("b3iq_seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("b3iq_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("b3iq_seconds_bucket{le=\"+Inf\"} 1\n"));
}

TEST(Metrics, TheSameNameAndLabelsGiveTheSameObject) {
  Metrics metrics;
  Counter& first = metrics.counter("a_total", "A.", {{"x", "1"}});
  EXPECT_EQ(&first, &metrics.counter("a_total", "A.", {{"x", "1"}}));
  EXPECT_NE(&first, &metrics.counter("a_total", "A.", {{"x", "2"}}));
  EXPECT_EQ(&metrics.gauge("g", "G."), &metrics.gauge("g", "G."));
}

TEST(Metrics, CountsFromManyThreads) {
  Metrics metrics;
  Counter& counter = metrics.counter("n_total", "N.");
  Gauge& gauge = metrics.gauge("g", "G.");
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) {
          counter.add();
          gauge.add(i % 2 == 0 ? 1 : -1);
        }
      });
    }
  }
  EXPECT_THAT(metrics.text(), HasSubstr("n_total 40000\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("\ng 0\n"));
}

}  // namespace
}  // namespace b3iq::base
