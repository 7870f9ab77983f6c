// A secret that a command is given: never an argument, other users can read the process list.
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::cli {

// The first line of standard input, without the spaces around it.
crypto::Secret read_secret_line();
// The content of a file that only its owner can read, without the spaces around it. Errors: those
// of crypto::read_secret_file.
base::Result<crypto::Secret> read_secret_input(const std::string& path);

}  // namespace b3iq::cli
