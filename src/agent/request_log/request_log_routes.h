// The last requests, for the node's users.
//   GET  /setup/v1/requests?limit=&before=&outcome=&account=&model=
//   GET  /setup/v1/requests/{request}/content    the owner's
//   GET  /setup/v1/request-log
//   POST /setup/v1/request-log                   the owner's: content on and off
#pragma once

#include "agent/auth/account_names.h"
#include "agent/auth/local_auth.h"
#include "agent/request_log/request_log_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct RequestLogRoutes {
  UserLevels& levels;
  RequestLogService& service;
  AccountNames names;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent
