// For tests: the real worker spoken to in frames, without a hub.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <utility>

#include "runtimes/embedded/chat_frame.h"
#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {

class BareWorker {
 public:
  explicit BareWorker(const EmbeddedSettings& settings) {
    const WorkerSettings worker = worker_settings(settings);
    auto started = WorkerProcess::start(worker.command);
    EXPECT_TRUE(started.ok());
    if (started.ok()) process_ = std::move(started).value();
    send(worker.load);
  }

  void send(const Frame& frame) {
    std::string bytes;
    append_frame(bytes, frame);
    EXPECT_EQ(::send(process_.socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void ask(std::uint64_t id, const inference::ChatRequest& request) {
    auto chat = to_chat_frame(request);
    ASSERT_TRUE(chat.ok());
    chat->id = id;
    send(Frame(std::move(chat).value()));
  }

  // Nothing at the end of the stream, or when nothing came for a minute.
  std::optional<Frame> next() {
    while (true) {
      auto frame = reader_.next();
      if (!frame.ok()) return std::nullopt;
      if (frame->has_value()) return std::move(frame).value();
      pollfd wait{process_.socket(), POLLIN, 0};
      if (poll(&wait, 1, kFrameWaitMs) != 1) return std::nullopt;
      const ssize_t count = recv(process_.socket(), reader_.reserve(kReadBytes), kReadBytes, 0);
      if (count <= 0) return std::nullopt;
      reader_.commit(static_cast<std::size_t>(count));
      ++reads_;
    }
  }
  // The next frame that is an F; the others are skipped.
  template <class F>
  bool wait_for() {
    while (auto frame = next()) {
      if (std::holds_alternative<F>(*frame)) return true;
    }
    return false;
  }
  // Times that bytes came: at most the worker's writes.
  int reads() const { return reads_; }

 private:
  static constexpr int kFrameWaitMs = 60'000;
  static constexpr std::size_t kReadBytes = 64 * 1024;
  WorkerProcess process_;
  FrameReader reader_;
  int reads_ = 0;
};

}  // namespace b3iq::runtimes
