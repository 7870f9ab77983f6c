// An end to work inside a library that has none: what runs under a WorkLimit throws WorkTooLong
// once the thread has computed for longer. Seen at allocations: the program's own operator new
// looks at the thread's clock (llama.cpp's grammars allocate at every step). What the work has
// touched is half done and can only be thrown away.
#pragma once

#include <cstdint>
#include <new>

namespace b3iq::runtimes::worker {

class WorkTooLong final : public std::bad_alloc {
 public:
  const char* what() const noexcept override { return "it takes too long"; }
};

// One at a time for each thread.
class WorkLimit {
 public:
  // `most_us`: of the thread's own processor time.
  explicit WorkLimit(std::int64_t most_us);
  WorkLimit(const WorkLimit&) = delete;
  ~WorkLimit();
  std::int64_t spent_us() const;

 private:
  std::int64_t began_ns_;
};

}  // namespace b3iq::runtimes::worker
