#include "agent/sync/enrollment_record.h"

#include <gtest/gtest.h>

#include "agent/cli/run_task.h"
#include "agent/sync/backoff.h"
#include "agent/sync/sequence_numbers.h"
#include "base/random.h"
#include "protocol/identity.h"

namespace b3iq::agent {
namespace {

using protocol::SignatureTag;

EnrollmentRecord record() {
  EnrollmentRecord out;
  const auto key = crypto::Ed25519SecretKey::generate(base::system_random());
  out.node_id = protocol::node_id_of(key.public_key());
  out.control_plane_id = protocol::control_plane_id_of(key.public_key());
  out.control_plane_url = "https://control.example";
  out.control_plane_public_key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  out.enrolled_at_ms = 1'790'000'000'123;
  out.boot_epoch = 7;
  out.clock_offset_ms = -600'000;
  out.also_allowed = {"model_install"};
  out.sequences[0] = 12;
  out.sequences[8] = protocol::kMaxSequence;
  return out;
}

TEST(EnrollmentRecord, ComesBackAsItWas) {
  const auto before = record();
  const auto after = read_enrollment_record(enrollment_record_text(before));
  ASSERT_TRUE(after.ok()) << after.error().detail;
  EXPECT_EQ(enrollment_record_text(*after), enrollment_record_text(before));
  EXPECT_EQ(after->clock_offset_ms, -600'000);
  EXPECT_EQ(after->sequences, before.sequences);
  EXPECT_EQ(after->also_allowed, before.also_allowed);
}

TEST(EnrollmentRecord, EveryTruncationIsRefusedAndNothingElseHappens) {
  const auto text = enrollment_record_text(record());
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto read = read_enrollment_record(std::string_view(text).substr(0, length));
    ASSERT_FALSE(read.ok()) << length;
    EXPECT_EQ(read.error().code, base::ErrorCode::corrupt);
  }
}

TEST(EnrollmentRecord, ValuesOutOfRangeAreRefused) {
  const auto text = enrollment_record_text(record());
  const auto with = [&text](std::string_view from, std::string_view to) {
    auto changed = text;
    const auto at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    return read_enrollment_record(changed).ok();
  };
  EXPECT_TRUE(with("\"boot_epoch\":7", "\"boot_epoch\":8"));
  EXPECT_FALSE(with("\"boot_epoch\":7", "\"boot_epoch\":-1"));
  EXPECT_FALSE(with("\"boot_epoch\":7", "\"boot_epoch\":1.5"));
  EXPECT_FALSE(with("\"clock_offset_ms\":-600000", "\"clock_offset_ms\":-99999999999999"));
  EXPECT_FALSE(with("\"heartbeat_interval_ms\":15000", "\"heartbeat_interval_ms\":0"));
  EXPECT_FALSE(with("b3n_", "b3c_"));
  EXPECT_FALSE(with("b3iq-heartbeat-v1", "b3iq-heartbeat-v2"));
}

TEST(Backoff, IsWithinItsBoundsAndFollowsAdvice) {
  Backoff backoff(base::system_random());
  std::int64_t most = 0;
  for (int i = 0; i < 200; ++i) {
    const auto wait = backoff.next_ms(0);
    EXPECT_GE(wait, kShortestRetryMs);
    EXPECT_LE(wait, kLongestRetryMs);
    most = std::max(most, wait);
  }
  EXPECT_GT(most, kFirstRetryMs) << "it grows";
  for (int i = 0; i < 100; ++i) {
    const auto wait = backoff.next_ms(600'000);
    EXPECT_GE(wait, 600'000);
    EXPECT_LE(wait, 750'000);
  }
  EXPECT_LE(backoff.next_ms(std::int64_t{365} * 86'400'000), kLongestAdviceMs * 5 / 4)
      << "no server silences a node for a year";
  backoff.succeeded();
  EXPECT_LE(backoff.next_ms(0), kFirstRetryMs);
}

class Numbers : public ::testing::Test {
 protected:
  SequenceNumbers process() {
    return {on_disk_, clock_,
            [this](SignatureTag tag, std::int64_t mark) -> base::Task<base::Status> {
              if (disk_fails_) co_return base::Error(base::ErrorCode::file_failed, "full");
              on_disk_.at(static_cast<std::size_t>(tag)) = mark;
              ++saves_;
              co_return base::Status();
            }};
  }
  base::Result<std::int64_t> next(SequenceNumbers& numbers, SignatureTag tag) {
    return run_task(loop_, numbers.next(tag));
  }

  http::EventLoop loop_;
  base::FakeClock clock_;
  SequenceMarks on_disk_{};
  bool disk_fails_ = false;
  int saves_ = 0;
};

TEST_F(Numbers, G4_43_RiseStrictlyThroughCrashesAtAnyPoint) {
  std::int64_t last = 0;
  for (int crash = 0; crash < 20; ++crash) {
    auto numbers = process();
    for (int i = 0; i < crash * 173; ++i) {
      const auto number = next(numbers, SignatureTag::heartbeat);
      ASSERT_TRUE(number.ok());
      ASSERT_GT(*number, last);
      last = *number;
    }
  }
  EXPECT_LT(saves_, 80) << "a number does not cost a write each";
}

TEST_F(Numbers, AClockThatWentBackDoesNotBringNumbersBack) {
  auto before = process();
  const auto first = next(before, SignatureTag::poll).value();
  clock_.set_wall_ms(1'000);
  auto after = process();
  EXPECT_GT(next(after, SignatureTag::poll).value(), first);
}

TEST_F(Numbers, G10_125_AnOlderCopyOfTheMarksGivesNewNumbersAllTheSame) {
  const auto older = on_disk_;
  auto numbers = process();
  std::int64_t last = 0;
  for (int i = 0; i < 50; ++i) last = next(numbers, SignatureTag::result).value();
  clock_.advance_ms(60'000);
  on_disk_ = older;
  auto restored = process();
  EXPECT_GT(next(restored, SignatureTag::result).value(), last);
}

TEST_F(Numbers, WithoutADiskNoNumberIsGivenOut) {
  disk_fails_ = true;
  auto numbers = process();
  EXPECT_FALSE(next(numbers, SignatureTag::enroll).ok());
}

}  // namespace
}  // namespace b3iq::agent
