#include "cli/secret_source.h"

#include <iostream>

#include "base/text.h"
#include "crypto/secret_file.h"

namespace b3iq::cli {

crypto::Secret read_secret_line() {
  std::string line;
  std::getline(std::cin, line);
  crypto::Secret secret(base::trimmed(line));
  crypto::wipe(line.data(), line.size());
  return secret;
}

base::Result<crypto::Secret> read_secret_input(const std::string& path) {
  TRY(const auto content, crypto::read_secret_file(path));
  return crypto::Secret(base::trimmed(content.reveal_text()));
}

}  // namespace b3iq::cli
