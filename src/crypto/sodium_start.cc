#include "crypto/sodium_start.h"

#include <sodium/core.h>

#include "base/check.h"

namespace b3iq::crypto {

void start_sodium() {
  static const bool started = sodium_init() >= 0;
  B3_CHECK(started);
}

}  // namespace b3iq::crypto
