// An address to listen on as people write it: "127.0.0.1:8831", "[::1]:0".
#pragma once

#include <string_view>

#include "http/server.h"

namespace b3iq::http {

// Numeric addresses only; port 0 picks a free one. Error: config_invalid with the option's name.
base::Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace b3iq::http
