// Checks are for bugs, never for outside input. B3_CHECK stays on in every build and ends the
// process.
#pragma once

namespace b3iq::base {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define B3_CHECK(expression)           \
  ((expression) ? static_cast<void>(0) \
                : ::b3iq::base::check_failed(#expression, __FILE__, __LINE__))
