// Two PostgreSQL servers under Patroni with one etcd, on loopback, in a temporary folder. A commit
// is answered when the other server has it (synchronous_mode). For tests where Debian's packages
// patroni and etcd-server are installed.
#pragma once

#include <sys/types.h>

#include <array>
#include <memory>
#include <string>

#include "base/result.h"

namespace b3iq::storage {

class TestPatroni {
 public:
  // Why it cannot be had on this machine; empty when it can.
  static std::string missing();
  // Blocks until one leads and the other one confirms its commits (half a minute).
  static base::Result<std::unique_ptr<TestPatroni>> start();
  TestPatroni(const TestPatroni&) = delete;
  TestPatroni& operator=(const TestPatroni&) = delete;
  ~TestPatroni();

  // Both servers, and the wish for the one that takes writes.
  std::string uri() const;
  // kill -9 of the leader: Patroni, the server and its processes. Which one it was, or -1.
  int kill_leader();

 private:
  struct Node {
    std::string folder;
    int port = 0;
    int api_port = 0;
    pid_t patroni = -1;
  };

  TestPatroni();
  bool write_settings(int number);
  void start_node(int number);
  bool is_ready() const;
  int leader() const;
  std::string ask(int number, const std::string& sql) const;
  static void end_node(Node& node, int signal_of_server);

  std::string folder_;
  int etcd_port_ = 0, etcd_peer_port_ = 0;
  pid_t etcd_ = -1;
  std::array<Node, 2> nodes_;
};

}  // namespace b3iq::storage
