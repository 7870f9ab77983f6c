// The end of a restart: the process becomes the program that it was started with, with the same
// arguments, environment and process id.
#pragma once

#include "agent/home.h"
#include "agent/settings.h"
#include "http/service_notifier.h"

namespace b3iq::agent {

// Does not return, but for the exit code of a failure, which is printed. After an upgrade the new
// program starts. Nothing of the node may run any more.
int start_again(const http::ServiceNotifier& manager);

// A node that listens on any free port stays, when it starts again, where its callers know it.
void keep_port(const Home& home, Settings& settings);

}  // namespace b3iq::agent
