// The worker's end of the socket to the agent. One thread reads; any thread sends. When the agent
// is gone the process ends.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes::worker {

class AgentLink {
 public:
  explicit AgentLink(int fd) : fd_(fd) {}
  static constexpr int kForever = -1;
  // The next frame, or nothing when none came in `timeout_ms`; ends the process at the end of the
  // stream or when the agent breaks the grammar. Reader thread.
  std::optional<Frame> receive(int timeout_ms = kForever);
  // Writes at once.
  void send(const Frame& frame);
  // Writes bytes made by append_frame.
  void send_bytes(std::string_view bytes);
  // For a thread that must not wait for another that holds the socket: gives up then.
  void try_send(const Frame& frame);

 private:
  void write_all(std::string_view bytes);

  int fd_;
  FrameReader reader_;
  std::mutex write_mutex_;
};

// `text` cut to kMaxDetailBytes, with control characters and broken UTF-8 replaced: it may come
// from a model file.
std::string printable(std::string_view text);

}  // namespace b3iq::runtimes::worker
