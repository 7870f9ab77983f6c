// A real nats-server for tests, on loopback, in a temporary folder. Its ports stay the same when it
// is started again. Whatever happens to the test, the server dies with the thread that started it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace b3iq::control {

class TestNats {
 public:
  struct Options {
    std::string configuration;                // more lines of its file
    std::vector<std::uint16_t> cluster_with;  // cluster ports of other servers
    bool clustered = false;
    std::uint16_t port = 0;  // 0: a free one
  };
  // Why there can be no server on this machine; empty when there can be one.
  static std::string missing();
  static base::Result<std::unique_ptr<TestNats>> start_new(const Options& options);
  TestNats(const TestNats&) = delete;
  TestNats& operator=(const TestNats&) = delete;
  ~TestNats();

  // False when it does not answer within kStartWait.
  bool start();
  void kill_nine();
  // SIGSTOP: connections stay, nothing answers. SIGCONT: it goes on.
  void freeze();
  void go_on();

  std::uint16_t port() const { return port_; }
  std::uint16_t cluster_port() const { return cluster_port_; }
  const std::string& folder() const { return folder_; }
  std::string log() const;
  // A port that nobody listens on now; 0: none is to be had.
  static std::uint16_t free_port();

 private:
  explicit TestNats(const Options& options);

  std::string folder_;
  std::uint16_t port_;
  std::uint16_t cluster_port_ = 0;
  pid_t server_ = -1;
};

}  // namespace b3iq::control
