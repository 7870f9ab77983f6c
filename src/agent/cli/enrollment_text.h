// How the node stands to its control plane, in lines for people.
#pragma once

#include "json/json.h"

namespace b3iq::agent {

// Prints what GET /setup/v1/enrollment answered; one line for a local node.
void print_enrollment(json::Value enrollment);

}  // namespace b3iq::agent
