#include "runtimes/embedded/worker/physical_cores.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

namespace b3iq::runtimes::worker {

unsigned physical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  // Hyper-threads of one core name the same siblings.
  std::set<std::string> cores;
  unsigned unknown = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                       "/topology/thread_siblings_list");
    std::string siblings;
    if (std::getline(file, siblings)) {
      cores.insert(siblings);
    } else {
      ++unknown;
    }
  }
  return std::max(1u, static_cast<unsigned>(cores.size()) + unknown);
}

}  // namespace b3iq::runtimes::worker
