// What was used, by day.
//   GET /setup/v1/usage?from=&to=&by=account|user|model
#pragma once

#include "agent/auth/account_names.h"
#include "agent/auth/local_auth.h"
#include "base/clock.h"
#include "http/router.h"
#include "storage/database.h"

namespace b3iq::agent {

inline constexpr std::int64_t kDefaultUsageDays = 30;
inline constexpr std::int64_t kMaxUsageDays = 366;

struct UsageRoutes {
  UserLevels& levels;
  storage::Database& database;
  AccountNames names;
  const base::Clock& clock;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent
