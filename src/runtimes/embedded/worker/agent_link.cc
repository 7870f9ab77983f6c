#include "runtimes/embedded/worker/agent_link.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace b3iq::runtimes::worker {
namespace {
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kExitAgentGone = 0;
constexpr int kExitBadAgent = 3;
}  // namespace

std::optional<Frame> AgentLink::receive(int timeout_ms) {
  while (true) {
    auto frame = reader_.next();
    if (!frame.ok()) _exit(kExitBadAgent);
    if (frame->has_value()) return std::move(*frame);
    // A thread that sleeps in read() on this kind of socket is woken each time that the agent takes
    // bytes (there is room to write again), once per token; one that sleeps in poll() is not.
    pollfd wait{fd_, POLLIN, 0};
    const int ready = poll(&wait, 1, timeout_ms);
    if (ready == 0) return std::nullopt;
    if (ready < 0 && errno == EINTR) continue;
    char* room = reader_.reserve(kReadBytes);
    ssize_t count = read(fd_, room, kReadBytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(kExitAgentGone);
    reader_.commit(static_cast<std::size_t>(count));
  }
}

void AgentLink::send(const Frame& frame) {
  std::string bytes;
  append_frame(bytes, frame);
  send_bytes(bytes);
}

void AgentLink::send_bytes(std::string_view bytes) {
  std::lock_guard lock(write_mutex_);
  write_all(bytes);
}

void AgentLink::try_send(const Frame& frame) {
  std::unique_lock lock(write_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  std::string bytes;
  append_frame(bytes, frame);
  write_all(bytes);
}

void AgentLink::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(kExitAgentGone);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, std::min(text.size(), kMaxDetailBytes)));
  std::erase(out, '\n');
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return out;
}

}  // namespace b3iq::runtimes::worker
