// The folder in which b3iq keeps what is a customer's own: ~/.b3iq-customer, mode 0700.
#pragma once

#include <string>

#include "base/result.h"
#include "config/home_folder.h"

namespace b3iq::client {

inline constexpr config::HomeNames kCustomerHome{"B3IQ_CUSTOMER_HOME", ".b3iq-customer",
                                                 "this customer"};

struct CustomerHome {
  std::string root;

  // `flag`: what --home says, or "". Makes what is not there. Errors: config_invalid, file_failed.
  static base::Result<CustomerHome> open(const std::string& flag);

  std::string pins() const { return root + "/pins.json"; }
  std::string jobs() const { return root + "/jobs"; }
  std::string evidence() const { return root + "/evidence"; }
  std::string proxy_token() const { return root + "/proxy-token"; }
};

}  // namespace b3iq::client
