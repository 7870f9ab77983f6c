#include "http/resolver.h"

#include <netdb.h>
#include <pthread.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

namespace b3iq::http {
namespace {

constexpr std::size_t kMaxAddresses = 16;

struct Answer {
  std::vector<SocketAddress> addresses;
  std::string failure;
};

Answer resolve(const std::string& host, std::uint16_t port) {
  Answer answer;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) {
    answer.failure = gai_strerror(error);
    return answer;
  }
  for (const addrinfo* entry = list; entry && answer.addresses.size() < kMaxAddresses;
       entry = entry->ai_next) {
    if (entry->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    answer.addresses.push_back(address);
  }
  freeaddrinfo(list);
  return answer;
}

}  // namespace

struct Resolver::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by mutex:
  std::deque<std::shared_ptr<Lookup>> queue;
  bool running = false;
  bool closed = false;
  EventLoop* loop;
};

void Lookup::abandon(EventLoop& loop) {
  abandoned_ = true;
  if (waiter_) loop.post(std::exchange(waiter_, nullptr));
}

Resolver::Resolver(EventLoop& loop) : shared_(std::make_shared<Shared>()) { shared_->loop = &loop; }

Resolver::~Resolver() {
  std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->changed.notify_all();
}

void Resolver::start(std::shared_ptr<Lookup> lookup) {
  std::lock_guard lock(shared_->mutex);
  shared_->queue.push_back(std::move(lookup));
  shared_->changed.notify_one();
  if (shared_->running) return;
  shared_->running = true;
  std::thread thread([shared = shared_] { work(shared); });
  pthread_setname_np(thread.native_handle(), "b3-resolver");
  thread.detach();
}

void Resolver::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->closed) {
    if (shared->queue.empty()) {
      shared->changed.wait(lock);
      continue;
    }
    auto lookup = std::move(shared->queue.front());
    shared->queue.pop_front();
    const std::string host = lookup->host_;
    const std::uint16_t port = lookup->port_;
    lock.unlock();
    Answer answer = resolve(host, port);
    lock.lock();
    if (shared->closed) break;
    // Under the lock: the loop cannot go away before the resolver is closed.
    shared->loop->post([lookup = std::move(lookup), answer = std::move(answer)]() mutable {
      lookup->addresses_ = std::move(answer.addresses);
      lookup->failure_ = std::move(answer.failure);
      lookup->done_ = true;
      if (lookup->waiter_) std::exchange(lookup->waiter_, nullptr).resume();
    });
  }
}

}  // namespace b3iq::http
