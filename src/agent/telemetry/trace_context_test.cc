#include "agent/telemetry/trace_context.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/telemetry/tracer.h"

namespace b3iq::agent {
namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kSpan = "00f067aa0ba902b7";
const std::string kHeader = "00-" + kTrace + "-" + kSpan + "-01";

std::string text_of(const TraceContext& context) {
  const auto text = traceparent_text(context);
  return {text.data(), text.size()};
}

TEST(TraceContext, ReadsWhatItWrites) {
  const auto parent = parse_traceparent(kHeader);
  ASSERT_TRUE(parent);
  EXPECT_TRUE(parent->sampled);
  TraceContext context;
  context.trace_id = parent->trace_id;
  context.span_id = parent->span_id;
  context.sampled = true;
  EXPECT_EQ(text_of(context), kHeader);
  context.sampled = false;
  EXPECT_TRUE(text_of(context).ends_with("-00"));
}

TEST(TraceContext, RefusesWhatTheStandardRefuses) {
  const std::string zeros(32, '0');
  for (const std::string& bad : {
           std::string(),
           kHeader.substr(1),
           kHeader + "-",                                    // version 00 has no fifth part
           "ff-" + kTrace + "-" + kSpan + "-01",             // a version that never is
           "00-" + zeros + "-" + kSpan + "-01",              // no trace
           "00-" + kTrace + "-" + zeros.substr(16) + "-01",  // no span
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kSpan + "-01",
           "00-" + kTrace + "_" + kSpan + "-01",
           "01-" + kTrace + "-" + kSpan + "-01x",
       }) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
  }
  EXPECT_TRUE(parse_traceparent("cc-" + kTrace + "-" + kSpan + "-01-what.comes.later"));
}

class TracerTest : public ::testing::Test {
 protected:
  TraceContext begin(TracerSettings settings, std::optional<std::string_view> header) {
    return Tracer(settings, base::system_random(), metrics_).begin(header);
  }
  base::Metrics metrics_;
};

TEST_F(TracerTest, G12_137_BeginsATraceOfItsOwnAtTheBorder) {
  const auto context = begin({.keeps_spans = true}, kHeader);
  EXPECT_FALSE(context.parent);
  EXPECT_EQ(text_of(context).find(kTrace), std::string::npos);
  EXPECT_NE(begin({.keeps_spans = true}, kHeader).trace_id, context.trace_id);
}

TEST_F(TracerTest, ContinuesATrustedCallersTraceWithASpanOfItsOwn) {
  const auto context = begin({.trusts_caller = true}, kHeader);
  ASSERT_TRUE(context.parent);
  EXPECT_TRUE(text_of(context).starts_with("00-" + kTrace + "-"));
  EXPECT_EQ(text_of(context).find(kSpan), std::string::npos);
  EXPECT_TRUE(context.sampled);
  EXPECT_FALSE(begin({.trusts_caller = true}, "rubbish").parent);
  EXPECT_FALSE(begin({.trusts_caller = true}, std::nullopt).parent);
}

TEST_F(TracerTest, SamplesByTheTraceIdAndDropsWhatNobodyTakes) {
  Tracer none({.keeps_spans = true, .sampling_percent = 0}, base::system_random(), metrics_);
  Tracer all({.keeps_spans = true, .sampling_percent = 100}, base::system_random(), metrics_);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(none.wants(none.begin(std::nullopt)));
    EXPECT_TRUE(all.wants(all.begin(std::nullopt)));
  }
  for (std::size_t i = 0; i < kMaxWaitingSpans + 3; ++i) all.end({});
  EXPECT_EQ(all.waiting(), kMaxWaitingSpans);
  EXPECT_NE(metrics_.text().find("b3iq_telemetry_dropped_total{what=\"span\"} 3\n"),
            std::string::npos);
  EXPECT_EQ(all.take(10).size(), 10u);
  EXPECT_EQ(all.waiting(), kMaxWaitingSpans - 10);
}

}  // namespace
}  // namespace b3iq::agent
