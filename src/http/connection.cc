#include "http/connection.h"

#include "base/clock.h"
#include "base/log.h"

namespace b3iq::http {

Connection::Connection(std::shared_ptr<Server::Impl> server, int fd, const SocketAddress& peer)
    : server_(std::move(server)),
      reactor_(server_->reactor),
      peer_address_(host_text(peer)),
      stream_(reactor_, fd),
      in_(reactor_.small_blocks()) {
  server_->connections.push_back(*this);
  ++server_->open;
  request_.peer_address = peer_address_;
  request_.peer_is_loopback = is_loopback(peer);
  request_.tls = server_->tls != nullptr;
  request_.loop = &server_->loop;
  stream_.listen_for_hangup(this);
}

Connection::~Connection() {
  --server_->open;
  server_->body_memory -= body_memory_;
}

Detached Connection::serve(std::unique_ptr<Connection> self) {
  Connection& c = *self;
  try {
    if (c.server_->tls) {
      auto shaken = c.handshake();
      if (!co_await std::move(shaken)) co_return;
    }
    for (bool keep = true; keep;) {
      Step step = c.advance_head();
      while (step == Step::need_input) {
        if (c.in_.empty()) c.in_.release();
        if (!c.stream_.readable()) co_await c.stream_.wait_readable();
        step = c.read_and_advance();
      }
      if (step == Step::ready && !c.body_is_here()) {
        auto reading = c.read_body();
        step = co_await std::move(reading);
      }
      if (step == Step::close) break;
      c.Deadline::clear();
      co_await c.reactor_.turn();

      Response response;
      if (step == Step::refuse) {
        response = c.refusal();
      } else {
        const char* failure = nullptr;
        std::string what;
        try {
          auto task = c.route_->handler(c.request_);
          response = co_await std::move(task);
        } catch (const std::exception& exception) {
          failure = "an exception left the handler";
          what = exception.what();
        } catch (...) {
          failure = "something unknown left the handler";
        }
        if (failure) response = c.handler_failed(what.c_str());
      }

      if (c.server_->options.decorate) c.server_->options.decorate(c.request_, response);
      bool written = false;
      c.begin_answer(response);
      if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body);
          source && *source) {
        auto streaming = c.stream_body(std::move(*source));
        written = co_await std::move(streaming);
      } else if (const IoState state = c.write_more(); state == IoState::again) {
        auto writing = c.write_all();
        written = co_await std::move(writing);
      } else {
        written = state == IoState::done;
      }
      keep = written && c.keeps_alive(response);
      c.end_request(response, written);
    }
    if (c.unread_input_ && !c.cancelled_) {
      auto lingering = c.linger();
      co_await std::move(lingering);
    } else if (!c.stream_.hung_up()) {
      c.stream_.shut_down_writes();
    }
  } catch (const std::exception& exception) {
    log_failure("http.connection_failed", exception.what());
  }
}

base::Task<bool> Connection::handshake() {
  auto session = server_->tls->accept();
  if (!session) co_return false;
  stream_.start_tls(std::move(session));
  Deadline::set(reactor_, reactor_.now_ms() + server_->options.limits.header_timeout_ms);
  for (;;) {
    const IoState state = stream_.handshake();
    if (state == IoState::done) break;
    if (state != IoState::again) co_return false;
    co_await stream_.wait_readable();
    if (stream_.interrupted()) co_return false;
  }
  Deadline::clear();
  co_return true;
}

void Connection::expired() {
  timed_out_ = true;
  stream_.interrupt();
}

void Connection::hung_up() {
  if (cancel_) cancel_->cancel();
}

void Connection::begin_drain() {
  must_close_ = true;
  // Idle: nothing of a request has come.
  if (request_.started_ns == 0) {
    cancelled_ = true;
    stream_.interrupt();
  }
}

void Connection::cancel() {
  cut_ = std::exchange(cancelled_, true);
  must_close_ = true;
  stream_.interrupt();
  if (cancel_) cancel_->cancel();
}

}  // namespace b3iq::http
