#include "control/private_jobs/job_state.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace b3iq::control {
namespace {

constexpr JobEvent kAllEvents[kJobEvents] = {JobEvent::lease,  JobEvent::start,  JobEvent::lapse,
                                             JobEvent::answer, JobEvent::done,   JobEvent::stopped,
                                             JobEvent::fail,   JobEvent::cancel, JobEvent::expire};

TEST(JobState, EveryTransitionIsWrittenDown) {
  using S = JobStatus;
  using E = JobEvent;
  const std::map<std::pair<S, E>, S> expected = {
      {{S::queued, E::lease}, S::claimed},
      {{S::queued, E::fail}, S::failed},
      {{S::queued, E::cancel}, S::cancelled},
      {{S::queued, E::expire}, S::expired},
      {{S::claimed, E::start}, S::running},
      {{S::claimed, E::lapse}, S::queued},
      {{S::claimed, E::answer}, S::awaiting_receipt},
      {{S::claimed, E::done}, S::completed},
      {{S::claimed, E::stopped}, S::cancelled},
      {{S::claimed, E::fail}, S::failed},
      {{S::claimed, E::cancel}, S::cancelled},
      {{S::claimed, E::expire}, S::expired},
      {{S::running, E::lapse}, S::queued},
      {{S::running, E::answer}, S::awaiting_receipt},
      {{S::running, E::done}, S::completed},
      {{S::running, E::stopped}, S::cancelled},
      {{S::running, E::fail}, S::failed},
      {{S::running, E::cancel}, S::cancelled},
      {{S::running, E::expire}, S::expired},
      {{S::awaiting_receipt, E::done}, S::completed},
      {{S::awaiting_receipt, E::stopped}, S::cancelled},
      {{S::awaiting_receipt, E::fail}, S::failed},
  };
  for (const auto from : kAllJobStatuses) {
    for (const auto event : kAllEvents) {
      const auto at = expected.find({from, event});
      const auto next = next_job_status(from, event);
      EXPECT_EQ(next.has_value(), at != expected.end())
          << wire_name(from) << " " << static_cast<int>(event);
      if (next && at != expected.end()) EXPECT_EQ(*next, at->second) << wire_name(from);
    }
  }
}

TEST(JobState, WhatHasEndedStaysSoAndNamesAreReadBack) {
  std::set<std::string_view> names;
  for (const auto status : kAllJobStatuses) {
    names.insert(wire_name(status));
    EXPECT_EQ(job_status_from_name(wire_name(status)), status);
    if (!is_terminal(status)) continue;
    for (const auto event : kAllEvents) EXPECT_FALSE(next_job_status(status, event));
  }
  EXPECT_EQ(names.size(), kJobStatuses);
  EXPECT_FALSE(job_status_from_name("done"));
}

}  // namespace
}  // namespace b3iq::control
