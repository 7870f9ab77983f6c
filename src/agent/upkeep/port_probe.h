// Whether this process could listen at an address.
#pragma once

#include "http/server.h"

namespace b3iq::agent {

// Binds and lets go at once, without listening. 0, or errno.
int try_bind(const http::ListenAddress& address);

}  // namespace b3iq::agent
