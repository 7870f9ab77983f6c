#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace b3iq::base {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "check failed: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace b3iq::base
