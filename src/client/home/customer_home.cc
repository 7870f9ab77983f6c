#include "client/home/customer_home.h"

namespace b3iq::client {

base::Result<CustomerHome> CustomerHome::open(const std::string& flag) {
  CustomerHome home;
  TRY(home.root, config::find_home_folder(kCustomerHome, flag));
  for (const auto& folder : {home.root, home.jobs(), home.evidence()})
    TRY_OK(config::make_private_folder(kCustomerHome, folder));
  return home;
}

}  // namespace b3iq::client
