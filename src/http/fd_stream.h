// Reads and writes of a stream socket that already exists (a worker process's socketpair), on a
// loop.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::http {

class FdStream {
 public:
  // Takes the descriptor. Loop thread only, like every call.
  FdStream(EventLoop& loop, int fd);
  ~FdStream();
  // At least one byte, or 0 at the end. One reader at a time.
  base::Task<base::Result<std::size_t>> read_some(std::span<char> buffer);
  // Writes all of it. One writer at a time.
  base::Task<base::Status> write_all(std::string_view bytes);
  // Ends a pending read and write with `cancelled`.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace b3iq::http
