// A stream's connections, against a control plane on real sockets.
#include "client/jobs/answer_stream.h"

#include <gtest/gtest.h>

#include "client/jobs/customer_jobs.h"
#include "client/testing/command_run.h"
#include "client/testing/fake_control_plane.h"
#include "http/blocking_task.h"

namespace b3iq::client {
namespace {

using base::Result;
using testing::Does;
using testing::Relays;

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kLongMs = 120'000;
constexpr std::string_view kBody =
    R"({"model":"m","stream":true,"messages":[{"role":"user","content":"?"}]})";

class AnswerStreamTest : public ::testing::Test {
 protected:
  SentJob send(Does does) {
    plane_.nodes.push_back(std::make_unique<testing::FakeNode>(does));
    plane_.start();
    access_.url = plane_.url();
    access_.origin = *http::parse_origin(access_.url);
    access_.customer_id = plane_.customer;
    access_.token = crypto::Secret(plane_.token);
    auto pins = PinBook::open(folder_.path("pins.json"), "", [](const std::string&) {});
    EXPECT_TRUE(pins.ok());
    pins_.emplace(std::move(pins).value());
    api_.emplace(loop_, access_);
    jobs_.emplace(CustomerJobsNeeds{.loop = loop_,
                                    .api = *api_,
                                    .pins = *pins_,
                                    .clock = base::system_clock(),
                                    .random = base::system_random()});
    const JobOrder order{"m", crypto::Secret(kBody), {}, true, false};
    const auto to = http::run_task(loop_, jobs_->choose(order, {}, {}));
    EXPECT_TRUE(to.ok());
    auto sent = http::run_task(
        loop_, jobs_->send(order, *to, new_private_job_id(base::system_random()), {}));
    EXPECT_TRUE(sent.ok());
    return std::move(sent).value();
  }
  std::unique_ptr<AnswerStream> open(const SentJob& sent, std::int64_t timeout_ms = kLongMs) {
    const AnswerStream::Needs needs{
        loop_, *api_, base::system_clock(), {.first_ms = 1, .most_ms = 4}};
    return std::make_unique<AnswerStream>(needs, sent.job.opener,
                                          base::system_clock().steady_ns() + timeout_ms * kNsPerMs,
                                          cancel_.token());
  }
  // All pieces, or the error.
  Result<std::string> read(AnswerStream& stream) {
    std::string all;
    for (;;) {
      const auto piece = http::run_task(loop_, stream.next());
      if (!piece.ok()) return piece.error();
      if (piece->empty()) return all;
      all += *piece;
    }
  }

  testing::TestFolder folder_;
  testing::FakeControlPlane plane_;
  base::CancelSource cancel_;
  http::EventLoop loop_;
  CustomerAccess access_;
  std::optional<PinBook> pins_;
  std::optional<CustomerApi> api_;
  std::optional<CustomerJobs> jobs_;
};

TEST_F(AnswerStreamTest, ItIsAskedForAsLongAsTheJobMayTake) {
  plane_.refuse_streams = 20;
  const auto sent = send(Does::streams_slowly);
  const auto stream = open(sent);
  const auto first = http::run_task(loop_, stream->next());
  ASSERT_TRUE(first.ok()) << first.error().detail;
  EXPECT_NE(first->find("Die "), std::string_view::npos);
  EXPECT_EQ(plane_.streams(), 21);
  plane_.go_on(plane_.last_job());
  const auto rest = read(*stream);
  ASSERT_TRUE(rest.ok()) << rest.error().detail;
  EXPECT_NE(rest->find("[DONE]"), std::string::npos);
  EXPECT_TRUE(stream->whole());
}

TEST_F(AnswerStreamTest, ItIsOverOnceTheAnswerIsThere) {
  plane_.relays = Relays::refusing;
  const auto sent = send(Does::streams);
  const auto stream = open(sent);
  const auto all = read(*stream);
  ASSERT_TRUE(all.ok()) << all.error().detail;
  EXPECT_EQ(*all, "");
  EXPECT_FALSE(stream->whole());
  EXPECT_EQ(plane_.streams(), kConnectionsBeforeLook);
}

TEST_F(AnswerStreamTest, TheDeadlineEndsItsTrying) {
  plane_.relays = Relays::refusing;
  plane_.retry_after_ms = 3'600'000;
  const auto sent = send(Does::holds);
  const auto stream = open(sent, 300);
  const auto all = read(*stream);
  ASSERT_FALSE(all.ok());
  EXPECT_EQ(all.error().code, base::ErrorCode::deadline_exceeded);
}

TEST_F(AnswerStreamTest, RetryAfterIsHeeded) {
  plane_.refuse_streams = 1;
  plane_.retry_after_ms = 1'000;
  const auto sent = send(Does::streams);
  const auto stream = open(sent);
  const auto all = read(*stream);
  ASSERT_TRUE(all.ok()) << all.error().detail;
  const auto times = plane_.streamed_at_ms();
  ASSERT_EQ(times.size(), 2u);
  EXPECT_GE(times[1] - times[0], 990) << "and not after the pause of its own, 1 ms";
}

}  // namespace
}  // namespace b3iq::client
