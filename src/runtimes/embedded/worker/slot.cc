#include "runtimes/embedded/worker/slot.h"

#include <algorithm>

namespace b3iq::runtimes::worker {

std::size_t reusable_prefix(const Slot& slot, const PreparedRequest& request) {
  if (slot.partition != request.cache_partition) return 0;
  const auto& prompt = request.prompt;
  std::size_t limit = std::min(slot.cached.size(), prompt.size() - 1);
  auto [cached, wanted] =
      std::mismatch(slot.cached.begin(), slot.cached.begin() + static_cast<std::ptrdiff_t>(limit),
                    prompt.begin());
  return static_cast<std::size_t>(cached - slot.cached.begin());
}

}  // namespace b3iq::runtimes::worker
