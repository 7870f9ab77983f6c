// Where a customer's control plane is, and with which credential it is asked.
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/secret.h"
#include "http/client.h"

namespace b3iq::client {

// As the command line gives them; what is empty comes from the environment.
struct AccessOptions {
  std::string url;         // else B3IQ_GATEWAY_BASE_URL
  std::string customer;    // else B3IQ_CUSTOMER_ID
  std::string token_file;  // else B3IQ_CUSTOMER_TOKEN_FILE, else the token in B3IQ_CUSTOMER_TOKEN
  std::string ca_file;     // trusted instead of the system's authorities
};

struct CustomerAccess {
  std::string url;  // as it is pinned: no slash at its end
  http::Origin origin;
  std::string customer_id;  // empty: public routes only
  crypto::Secret token;
  std::string ca_file;
};

// Errors: config_invalid (what is missing, or an address that the token would cross the network to
// in the clear); those of reading the file.
base::Result<CustomerAccess> find_customer_access(const AccessOptions& options);
// For what anybody may read: no credential is looked for.
base::Result<CustomerAccess> find_public_access(const AccessOptions& options);

}  // namespace b3iq::client
