// What accounts have used over time, summed up by the database. Days are UTC, counted since
// 1970-01-01.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// Rows of one answer; the oldest days are left out.
inline constexpr std::size_t kMaxUsageRows = 10'000;

struct UsagePeriod {
  std::int64_t first_day = 0;
  std::int64_t last_day = 0;  // included
};

struct UsageCounts {
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

struct UsageRow {
  std::int64_t day = 0;
  std::string account;  // a key's or user's id, or "operator"
  std::string model;
  UsageCounts counts;
};

enum class UsageGrouping : std::uint8_t { account, user, model };
struct UsageGroup {
  std::int64_t day = 0;
  // The account, the model, or the user that the key was made for ("" for none); use that is no
  // key's stands under its account.
  std::string group;
  UsageCounts counts;
};

template <class Row>
struct UsageReport {
  std::vector<Row> rows;  // oldest day first
  bool truncated = false;
};

base::Task<base::Result<UsageReport<UsageRow>>> read_usage(storage::Database& database,
                                                           UsagePeriod period);
base::Task<base::Result<UsageReport<UsageGroup>>> read_grouped_usage(storage::Database& database,
                                                                     UsagePeriod period,
                                                                     UsageGrouping by);

}  // namespace b3iq::agent
