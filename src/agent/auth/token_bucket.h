// The agent's name for base::TokenBucket.
#pragma once

#include "base/rate_bucket.h"

namespace b3iq::agent {

using base::TokenBucket;

}  // namespace b3iq::agent
