// What changes, as it changes.
//   GET /setup/v1/events    text/event-stream
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/events/event_hub.h"
#include "base/clock.h"
#include "http/router.h"

namespace b3iq::agent {

struct EventRoutes {
  UserLevels& levels;
  const LocalAuth& auth;
  EventHub& hub;
  const base::Clock& clock;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent
