// What the commands that talk to a control plane have in common: the folder, the credential, the
// pins, a loop, and the jobs on it.
#pragma once

#include <memory>

#include "base/result.h"
#include "client/cli/client_commands.h"
#include "client/control_plane/customer_api.h"
#include "client/home/customer_home.h"
#include "client/home/kept_jobs.h"
#include "client/home/pin_book.h"
#include "client/jobs/customer_jobs.h"
#include "http/event_loop.h"

namespace b3iq::client {

// A sentence for people, on standard error.
void print_notice(const std::string& sentence);

class Session {
 public:
  static base::Result<std::unique_ptr<Session>> open(const SharedOptions& shared);

  CustomerHome home;
  CustomerAccess access;
  PinBook pins;
  KeptJobs kept;
  http::EventLoop loop;
  CustomerApi api;
  CustomerJobs jobs;

 private:
  Session(CustomerHome home, CustomerAccess access, PinBook pins);
};

base::Result<PinBook> open_pins(const CustomerHome& home, const SharedOptions& shared);

// Errors: invalid_request naming the option.
base::Result<NodeWish> wish_of(const WishOptions& options);

}  // namespace b3iq::client
