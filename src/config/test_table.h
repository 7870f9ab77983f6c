// A small table with every type, for tests and the fuzz target.
#pragma once

#include "config/option_table.h"

namespace b3iq::config {

inline OptionTable test_table() {
  return OptionTable({
      {.name = "listen",
       .type = Type::text,
       .fallback = "127.0.0.1:8831",
       .example = "127.0.0.1:9000",
       .help = "Where to listen.",
       .environment = "B3IQ_LISTEN",
       .flag = "--listen",
       .min = 3,
       .max = 64},
      {.name = "allow_remote",
       .type = Type::boolean,
       .fallback = "false",
       .help = "Leave the loopback."},
      {.name = "limits.max_body",
       .type = Type::size,
       .fallback = "8MiB",
       .example = "\"16MiB\"",
       .help = "The largest body.",
       .environment = "B3IQ_MAX_BODY",
       .min = 1024,
       .max = 64 << 20},
      {.name = "limits.deadline",
       .type = Type::duration,
       .fallback = "30s",
       .help = "How long.",
       .min = 1000,
       .max = 600'000},
      {.name = "limits.slots",
       .type = Type::integer,
       .fallback = "4",
       .help = "At once.",
       .environment = "B3IQ_SLOTS",
       .min = 1,
       .max = 64},
      {.name = "log.level",
       .type = Type::choice,
       .fallback = "info",
       .help = "How much.",
       .environment = "B3IQ_LOG_LEVEL",
       .choices = {"debug", "info", "warn"}},
      {.name = "allowed_hosts",
       .type = Type::list,
       .fallback = "",
       .help = "Names.",
       .environment = "B3IQ_ALLOWED_HOSTS",
       .max = 3},
      {.name = "control.token",
       .type = Type::text,
       .fallback = "",
       .help = "A secret.",
       .environment = "B3IQ_CONTROL_TOKEN",
       .max = 100,
       .secrecy = Secrecy::secret},
      {.name = "runtimes", .type = Type::section, .help = "The runtimes."},
      {.name = "models.aliases", .type = Type::section, .help = "Further names."},
  });
}

}  // namespace b3iq::config
