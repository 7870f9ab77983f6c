// Host names to addresses, on a helper thread ("b3-resolver", started by the first name, ends with
// the Resolver): the system's getaddrinfo blocks for as long as it likes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/task.h"
#include "http/event_loop.h"
#include "http/socket_address.h"

namespace b3iq::http {

// One question. Loop thread only, except inside the resolver.
class Lookup {
 public:
  explicit Lookup(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  // Resumes the waiter before the answer has come. The answer, when it comes, is dropped.
  void abandon(EventLoop& loop);
  bool done() const { return done_; }
  const std::vector<SocketAddress>& addresses() const { return addresses_; }
  const std::string& failure() const { return failure_; }

  struct Wait {
    Lookup& lookup;
    bool await_ready() const noexcept { return lookup.done_ || lookup.abandoned_; }
    void await_suspend(std::coroutine_handle<> handle) noexcept { lookup.waiter_ = handle; }
    void await_resume() const noexcept {}
  };
  Wait wait() { return Wait{*this}; }

 private:
  friend class Resolver;
  std::string host_;
  std::uint16_t port_;
  bool done_ = false;
  bool abandoned_ = false;
  std::coroutine_handle<> waiter_;
  std::vector<SocketAddress> addresses_;
  std::string failure_;
};

class Resolver {
 public:
  explicit Resolver(EventLoop& loop);
  // Does not wait for a lookup that hangs in the system's resolver.
  ~Resolver();
  void start(std::shared_ptr<Lookup> lookup);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace b3iq::http
