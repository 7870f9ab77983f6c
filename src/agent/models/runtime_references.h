// What callers are shown as `runtime_id`: a name without meaning, so that what the owner calls the
// machines behind the node stays the owner's. `b3iq-host status` shows which is which.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "protocol/identity.h"

namespace b3iq::agent {

// Loop thread only.
class RuntimeReferences {
 public:
  // `identity` outlives this.
  explicit RuntimeReferences(const protocol::NodeIdentity& identity) : identity_(identity) {}

  // "rt_" and 16 base32 characters of SHA-256 over the node's signature of the configured id: the
  // same after a restart, another on every node, and not to be guessed back. Lives as long as this.
  std::string_view of(std::string_view runtime_id);

 private:
  const protocol::NodeIdentity& identity_;
  std::map<std::string, std::string, std::less<>> known_;
};

}  // namespace b3iq::agent
