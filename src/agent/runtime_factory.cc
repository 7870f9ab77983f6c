#include "agent/runtime_factory.h"

namespace b3iq::agent {

base::Result<std::vector<std::unique_ptr<inference::Runtime>>> make_runtimes(http::EventLoop&, const Settings&,
                                                                             const Installation&) {
  return std::vector<std::unique_ptr<inference::Runtime>>();
}

}  // namespace b3iq::agent
