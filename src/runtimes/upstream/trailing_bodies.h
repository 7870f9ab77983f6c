// Answers that are whole, but whose body's end mark is still on its way. They are read to that mark
// behind the caller's back, so that the connection can be used again and the caller waits for
// nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>

#include "base/cancel.h"
#include "base/task.h"
#include "http/client.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxTrailingBodies = 32;  // past it, connections are closed instead

// Belongs to one loop. Held by the runtime and by the reads that run. A server that holds the mark
// back is given up after the client's idle timeout.
class TrailingBodies {
 public:
  // `source` is the one whose token the response was sent with.
  static void finish(const std::shared_ptr<TrailingBodies>& bodies,
                     std::shared_ptr<base::CancelSource> source,
                     std::unique_ptr<http::ClientResponse> response);
  // Cancels all; their connections close.
  void stop();

 private:
  static base::Task<void> read(std::shared_ptr<TrailingBodies> bodies,
                               std::shared_ptr<base::CancelSource> source,
                               std::unique_ptr<http::ClientResponse> response);

  std::unordered_set<std::shared_ptr<base::CancelSource>> open_;
  bool stopped_ = false;
};

}  // namespace b3iq::runtimes
