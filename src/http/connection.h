// One accepted connection: reads requests in order, runs their handlers, writes the answers, until
// either side ends it.
#pragma once

#include <sys/uio.h>

#include <array>
#include <optional>
#include <string>

#include "http/chunked.h"
#include "http/detached.h"
#include "http/header_scan.h"
#include "http/input_buffer.h"
#include "http/message.h"
#include "http/request_ids.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/server_impl.h"
#include "http/stream.h"

namespace b3iq::http {

// A body that comes more slowly than this on the whole is a request_timeout, whatever its silences.
inline constexpr std::int64_t kMinBodyBytesPerMs = 1;
// After an answer that leaves a request unread, its rest is taken and dropped this long, so that
// the answer arrives: a socket closed over unread bytes resets, and the client loses the answer.
inline constexpr std::int64_t kLingerMs = 2'000;
inline constexpr std::size_t kMaxLingerBytes = 64 * 1024 * 1024;
// Bytes dropped in a row before other connections get their turn.
inline constexpr std::size_t kLingerBytesPerTurn = 1024 * 1024;

class Connection final : public ListNode<ConnectionTag>,
                         private Deadline,
                         private Flushable,
                         private HangupListener {
 public:
  // Takes the descriptor unless it throws (bad_alloc).
  Connection(std::shared_ptr<Server::Impl> server, int fd, const SocketAddress& peer);
  ~Connection();

  bool registered() const { return stream_.registered(); }
  // Serves until the end; the connection belongs to the coroutine.
  static Detached serve(std::unique_ptr<Connection> self);
  // Closes when idle; otherwise the running answer is the last.
  void begin_drain();
  // Cancels the running request; its answer is still written, and is the last. A second call cuts
  // it off.
  void cancel();

 private:
  enum class Step : std::uint8_t { need_input, ready, refuse, close };

  void expired() override;
  void flush() override;
  void hung_up() override;

  base::Task<bool> handshake();
  // connection_input.cc
  Step advance_head();
  Step read_and_advance();
  Step after_interrupt();
  Step head_complete();
  Step refuse(base::ErrorCode code, std::string detail, bool close);
  Step choose_route();
  bool body_is_here();
  base::Task<Step> read_body();
  base::Task<Step> read_sized_body(std::size_t size);
  base::Task<Step> read_chunked_body();
  void set_body_deadline(std::int64_t began_ms, std::size_t received);
  bool hold_body_memory(std::size_t bytes);
  base::Task<bool> send_continue();
  base::Task<void> linger();
  // connection_output.cc
  Response refusal();
  Response handler_failed(const char* what);
  void begin_answer(Response& response);
  IoState write_more();
  base::Task<bool> write_all();
  base::Task<bool> stream_body(std::unique_ptr<BodySource> source);
  void queue_piece(std::string_view piece, bool last);
  void append_head(std::string& out, const Response& response, BodyFraming framing,
                   std::uint64_t length);
  void end_request(const Response& response, bool written);
  bool keeps_alive(const Response& response) const;

  std::shared_ptr<Server::Impl> server_;
  Reactor& reactor_;
  std::string peer_address_;  // may throw: made before the stream takes the descriptor
  Stream stream_;
  bool timed_out_ = false;
  bool cancelled_ = false;
  bool cut_ = false;
  bool must_close_ = false;  // after this answer
  bool head_waits_ = false;  // held_ begins with a header that is not written yet
  bool unread_input_ = false;
  BodyFraming framing_out_ = BodyFraming::length;

  // The request being read or answered.
  InputBuffer in_;
  std::optional<InputBuffer> next_in_;  // what came after a chunked body
  HeaderScan scan_;
  std::size_t request_bytes_ = 0;  // of in_ that belong to it
  Request request_;
  RequestFraming framing_;
  const Route* route_ = nullptr;
  std::string path_storage_;
  std::unique_ptr<char[]> sized_body_;
  std::string chunked_body_;
  std::size_t body_memory_ = 0;  // counted in the server's body_memory
  std::optional<base::Error> refusal_;
  std::string allow_;
  std::optional<base::CancelSource> cancel_;
  std::array<char, kMaxRequestIdBytes> request_id_;

  // The answer being written.
  std::array<iovec, 4> parts_;
  std::span<iovec> pending_;
  std::string held_;  // header bytes that outlive one turn
  std::array<char, 24> chunk_line_;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace b3iq::http
