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

TEST(Metrics, HistogramsAreCumulativeInTextAndPlainInTheSnapshot) {
  Metrics metrics;
  auto& histogram = metrics.histogram("h", "H.", {0.00005, 1, 10}, {{"a", "b"}});
  for (const double value : {0.0, 0.00005, 1.0, 1.5, 11.0, 12.0}) histogram.observe(value);
  EXPECT_THAT(metrics.text(), HasSubstr("h_bucket{a=\"b\",le=\"5e-05\"} 2\n"
                                        "h_bucket{a=\"b\",le=\"1\"} 3\n"
                                        "h_bucket{a=\"b\",le=\"10\"} 4\n"
                                        "h_bucket{a=\"b\",le=\"+Inf\"} 6\n"
                                        "h_sum{a=\"b\"} 25.50005\n"
                                        "h_count{a=\"b\"} 6\n"));
  const auto families = metrics.collect();
  ASSERT_EQ(families.size(), 1u);
  EXPECT_EQ(families[0].kind, MetricKind::histogram);
  EXPECT_EQ(families[0].points[0].counts, (std::vector<std::uint64_t>{2, 1, 1, 2}));
}

TEST(Metrics, LabelsAndHelpAreEscaped) {
  Metrics metrics;
  metrics.gauge("g", "Back\\slash and\nline.", {{"l", "a\"b\\c\nd"}}).set(1);
  EXPECT_EQ(metrics.text(),
            "# HELP g Back\\\\slash and\\nline.\n# TYPE g gauge\ng{l=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Metrics, WhatIsHiddenIsNotToldUntilItIsAskedForAgain) {
  Metrics metrics;
  const Labels gone = {{"runtime", "a"}, {"outcome", "ok"}};
  metrics.counter("c", "C.", gone).add(2);
  metrics.counter("c", "C.", {{"runtime", "b"}, {"outcome", "ok"}}).add(1);
  metrics.histogram("h", "H.", {1}, {{"runtime", "a"}}).observe(0.5);
  metrics.hide({"runtime", "a"});
  EXPECT_THAT(metrics.text(), ::testing::Not(HasSubstr("runtime=\"a\"")));
  EXPECT_THAT(metrics.text(), HasSubstr("c{runtime=\"b\",outcome=\"ok\"} 1\n"));
  metrics.counter("c", "C.", gone).add(1);
  EXPECT_THAT(metrics.text(), HasSubstr("c{runtime=\"a\",outcome=\"ok\"} 3\n"));
}

TEST(Metrics, SamplersRunBeforeEachLook) {
  Metrics metrics;
  Gauge& gauge = metrics.gauge("g", "G.");
  metrics.before_collect([&gauge] { gauge.add(1); });
  EXPECT_THAT(metrics.text(), HasSubstr("\ng 1\n"));
  EXPECT_EQ(metrics.collect()[0].points[0].value, 2);
}

}  // namespace
}  // namespace b3iq::base
