// What a command is given to read: a file, or standard input where none is named.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::client {

// "" and "-" are standard input. Blocks. Kept in a secret type, because it may be a prompt. Errors:
// file_failed, payload_too_large, naming `what` ("The request's body").
base::Result<crypto::Secret> read_given(const std::string& path, std::size_t max_bytes,
                                        std::string_view what);

}  // namespace b3iq::client
