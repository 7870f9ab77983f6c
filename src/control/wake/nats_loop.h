// The thread of one NATS connection. libnats by itself reads on one thread and writes on another,
// both through one OpenSSL object without a lock, which OpenSSL forbids. With its interface for
// external event loops it does neither: it asks for one and the other here, and one thread at a
// time, first the connecting one, then this one, then the one that ends it, uses the socket and
// what OpenSSL keeps for it (docs/adr/0025).
//
// What libnats does on other threads then: the thread that connects makes the handshake and the
// first round trip, and libnats attaches the loop last, which starts the thread; publishing, its
// ping timer and its flush only fill a buffer under the connection's lock and ask for a write.
// Its own check for servers that do not answer must be off, since it closes on the timer's thread:
// watch() is in its place.
#pragma once

#include <nats/nats.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace b3iq::control {

class NatsLoop {
 public:
  NatsLoop();
  // After end(), and after the connection was closed.
  ~NatsLoop();
  NatsLoop(const NatsLoop&) = delete;
  NatsLoop& operator=(const NatsLoop&) = delete;

  // For one connection that is made with these options, by any thread. It never connects again.
  natsStatus serve(natsOptions* options);
  // Returns when the thread has ended, after what libnats holds was sent or kNatsWriteMs. From then
  // on the connection belongs to the caller's thread, which closes it. Any thread, once.
  void end();
  // Waits until libnats holds no unsent bytes, for `ms` at most. False when it still does, or when
  // the connection is closed. Any thread but the loop's.
  bool wait_until_sent(std::int64_t ms);
  // Closes the connection when the server is taken for dead: silent for kNatsSilentMs, or nothing
  // moves for kNatsStuckMs while something should. To be called every second or so. Any thread.
  void watch();
  // Why watch() closed it; "" while it has not. Any thread.
  std::string cut_reason() const;

 private:
  static natsStatus on_attach(void** data, void* loop, natsConnection* connection, natsSock socket);
  static natsStatus on_read(void* data, bool add);
  static natsStatus on_write(void* data, bool add);
  static natsStatus on_detach(void* data);

  void run();
  // Waits for the next thing to do. False when there is nothing to come.
  bool turn();
  void read();
  void write();
  void enter();
  void leave();
  void cut(std::string reason);  // with mutex_ held
  void wake() const;

  // Set by on_attach() before the thread starts.
  natsConnection* connection_ = nullptr;
  natsSock libnats_socket_ = -1;
  int socket_ = -1;  // a duplicate: libnats closes its own when it likes
  const int wake_;

  mutable std::mutex mutex_;  // guards what follows; never held around a call of libnats
  std::condition_variable changed_;
  bool unsent_ = false;  // libnats asked for a write
  bool closed_ = false;  // libnats has closed the connection
  bool ending_ = false;
  bool ended_ = false;
  std::string cut_reason_;
  std::int64_t heard_ms_ = 0;
  std::int64_t unsent_since_ms_ = 0;   // or since some of it was taken
  std::int64_t inside_since_ms_ = -1;  // the thread is in a call of libnats; -1 while it is not

  std::thread thread_;
};

}  // namespace b3iq::control
