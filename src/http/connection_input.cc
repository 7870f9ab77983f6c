// The reading half of a connection: header, route, body.
#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "http/connection.h"

namespace b3iq::http {

using base::ErrorCode;

namespace {
constexpr const char* kMemoryFull =
    "the node holds too many request bodies at once; try again soon";
}

Connection::Step Connection::refuse(ErrorCode code, std::string detail, bool close) {
  refusal_.emplace(code, std::move(detail));
  if (close) {
    must_close_ = true;
    unread_input_ = true;
  }
  return Step::refuse;
}

Connection::Step Connection::advance_head() {
  const auto& limits = server_->options.limits;
  if (in_.empty()) {
    if (request_.started_ns == 0)
      Deadline::set(reactor_, reactor_.now_ms() + limits.idle_timeout_ms);
    return must_close_ ? Step::close : Step::need_input;
  }
  if (request_.started_ns == 0) {
    request_.started_ns = base::system_clock().steady_ns();
    Deadline::set(reactor_, reactor_.now_ms() + limits.header_timeout_ms);
    request_.request_id = {request_id_.data(), kFreshRequestIdBytes};
    reactor_.request_ids().fresh(request_id_.data());
  }
  const ScanLimits bounds{limits.max_target_bytes + kMaxMethodBytes + sizeof("  HTTP/1.1"),
                          limits.max_header_bytes, limits.max_header_count};
  switch (scan_.feed(in_.view(), bounds)) {
    case ScanResult::complete:
      return head_complete();
    case ScanResult::bare_lf:
      return refuse(ErrorCode::bad_http,
                    "a header line ends with a bare line feed, or is empty; lines end with CRLF",
                    true);
    case ScanResult::first_line_too_long:
      return refuse(
          ErrorCode::uri_too_long,
          "the request line is longer than " + std::to_string(limits.max_target_bytes) + " bytes",
          true);
    case ScanResult::block_too_long:
      return refuse(
          ErrorCode::headers_too_large,
          "the header is larger than " + std::to_string(limits.max_header_bytes) + " bytes", true);
    case ScanResult::too_many_lines:
      return refuse(
          ErrorCode::headers_too_large,
          "the header has more than " + std::to_string(limits.max_header_count) + " lines", true);
    case ScanResult::need_more:
      break;
  }
  return Step::need_input;
}

Connection::Step Connection::read_and_advance() {
  if (stream_.interrupted()) return after_interrupt();
  in_.make_room();
  const IoResult result = stream_.read(in_.room());
  if (result.state == IoState::again) return Step::need_input;
  if (result.state != IoState::done) return Step::close;
  in_.filled(result.bytes);
  return advance_head();
}

Connection::Step Connection::after_interrupt() {
  stream_.resume_waits();
  if (cancelled_) return Step::close;
  if (!timed_out_) return Step::need_input;
  timed_out_ = false;
  if (request_.started_ns == 0) return Step::close;
  return refuse(ErrorCode::request_timeout,
                "the request did not arrive in time; send it again, faster", true);
}

Connection::Step Connection::head_complete() {
  request_bytes_ = scan_.consumed();
  const auto failure =
      parse_request_head(scan_.head(in_.view()), request_, framing_, path_storage_);
  if (valid_request_id(framing_.request_id)) {
    std::memcpy(request_id_.data(), framing_.request_id.data(), framing_.request_id.size());
    request_.request_id = {request_id_.data(), framing_.request_id.size()};
  }
  cancel_.emplace();
  request_.cancel = cancel_->token();
  if (stream_.hung_up()) cancel_->cancel();
  if (failure) return refuse(failure->code, failure->detail, true);

  Step step = choose_route();
  if (step == Step::refuse && framing_.has_body()) {
    // An answer before the body was read: the connection lives on only if the body is already here.
    const auto length = framing_.chunked ? std::string_view::npos : *framing_.content_length;
    if (length > in_.size() - request_bytes_) {
      must_close_ = true;
      unread_input_ = true;
    } else {
      request_bytes_ += length;
    }
  }
  return step;
}

Connection::Step Connection::choose_route() {
  if (server_->options.gate) {
    if (auto allowed = server_->options.gate(request_); !allowed.ok()) {
      refusal_.emplace(std::move(allowed).error());
      return Step::refuse;
    }
  }
  auto match = server_->router.match(request_);
  if (!match.route) {
    allow_ = std::move(match.allowed_methods);
    if (match.path_known) {
      return refuse(ErrorCode::method_not_allowed,
                    std::string(request_.method_text) + " is not allowed here; allowed: " + allow_,
                    false);
    }
    return refuse(ErrorCode::not_found,
                  "there is no route " + std::string(request_.path.substr(0, 200)), false);
  }
  route_ = match.route;
  if (framing_.content_length.value_or(0) > route_->max_body_bytes) {
    return refuse(
        ErrorCode::payload_too_large,
        "the body may have at most " + std::to_string(route_->max_body_bytes) + " bytes here",
        false);
  }
  // A body that is still on its way is read for nobody but a caller who may use the route.
  const bool body_on_its_way =
      framing_.chunked || framing_.content_length.value_or(0) > in_.size() - request_bytes_;
  if (body_on_its_way && route_->admits) {
    if (auto allowed = route_->admits(request_); !allowed.ok()) {
      refusal_.emplace(std::move(allowed).error());
      return Step::refuse;
    }
  }
  return Step::ready;
}

bool Connection::body_is_here() {
  if (framing_.chunked) return false;
  const auto length = static_cast<std::size_t>(framing_.content_length.value_or(0));
  if (length > in_.size() - request_bytes_) return false;
  request_.body = in_.view().substr(request_bytes_, length);
  request_bytes_ += length;
  return true;
}

void Connection::set_body_deadline(std::int64_t began_ms, std::size_t received) {
  const auto silence = server_->options.limits.body_timeout_ms;
  const auto slowest =
      began_ms + silence + static_cast<std::int64_t>(received) / kMinBodyBytesPerMs;
  Deadline::set(reactor_, std::min(reactor_.now_ms() + silence, slowest));
}

// False when the loop's connections together hold too much.
bool Connection::hold_body_memory(std::size_t bytes) {
  body_memory_ += bytes;
  server_->body_memory += bytes;
  return server_->body_memory <= server_->options.limits.max_body_memory;
}

base::Task<bool> Connection::send_continue() {
  parts_[0] = part_of("HTTP/1.1 100 Continue\r\n\r\n");
  pending_ = {parts_.data(), 1};
  auto writing = write_all();
  co_return co_await std::move(writing);
}

base::Task<Connection::Step> Connection::read_body() {
  if (framing_.expect_continue && in_.size() == request_bytes_) {
    auto sending = send_continue();
    if (!co_await std::move(sending)) co_return Step::close;
  }
  if (framing_.chunked) {
    auto reading = read_chunked_body();
    co_return co_await std::move(reading);
  }
  auto reading = read_sized_body(static_cast<std::size_t>(*framing_.content_length));
  co_return co_await std::move(reading);
}

base::Task<Connection::Step> Connection::read_sized_body(std::size_t size) {
  std::size_t have = in_.size() - request_bytes_;
  // Into the header's block when it fits, else into memory of its exact size.
  char* target = nullptr;
  if (size - have <= in_.room().size()) {
    target = in_.data() + request_bytes_;
  } else {
    sized_body_.reset(new char[size]);
    target = sized_body_.get();
    std::memcpy(target, in_.data() + request_bytes_, have);
  }
  const std::int64_t began_ms = reactor_.now_ms();
  while (have < size) {
    set_body_deadline(began_ms, have);
    if (!stream_.readable()) co_await stream_.wait_readable();
    if (stream_.interrupted()) {
      const Step step = after_interrupt();
      if (step != Step::need_input) co_return step;
    }
    const IoResult result = stream_.read({target + have, size - have});
    if (result.state == IoState::done) {
      have += result.bytes;
      if (!hold_body_memory(result.bytes))
        co_return refuse(ErrorCode::overloaded, kMemoryFull, true);
      if (!sized_body_) in_.filled(result.bytes);
    } else if (result.state != IoState::again) {
      co_return Step::close;
    }
  }
  request_.body = {target, size};
  request_bytes_ = in_.size();
  co_return Step::ready;
}

base::Task<Connection::Step> Connection::read_chunked_body() {
  InputBuffer raw(reactor_.large_blocks());
  const auto rest = in_.view().substr(request_bytes_);
  raw.reserve(std::max(reactor_.large_blocks().block_bytes(), rest.size()));
  std::memcpy(raw.room().data(), rest.data(), rest.size());
  raw.filled(rest.size());
  in_.truncate(request_bytes_);

  ChunkedDecoder decoder;
  std::size_t received = raw.size();
  const std::int64_t began_ms = reactor_.now_ms();
  for (;;) {
    const auto step = decoder.decode({raw.data(), raw.size()});
    if (decoder.failed())
      co_return refuse(ErrorCode::bad_http, "the chunked body is malformed", true);
    if (step.produced > route_->max_body_bytes - chunked_body_.size()) {
      co_return refuse(
          ErrorCode::payload_too_large,
          "the body may have at most " + std::to_string(route_->max_body_bytes) + " bytes here",
          true);
    }
    chunked_body_.append(raw.data(), step.produced);
    raw.consume(step.consumed);
    if (decoder.finished()) break;
    set_body_deadline(began_ms, received);
    if (!stream_.readable()) co_await stream_.wait_readable();
    if (stream_.interrupted()) {
      const Step interrupted = after_interrupt();
      if (interrupted != Step::need_input) co_return interrupted;
    }
    raw.make_room();
    const IoResult result = stream_.read(raw.room());
    if (result.state == IoState::done) {
      raw.filled(result.bytes);
      received += result.bytes;
      if (!hold_body_memory(result.bytes))
        co_return refuse(ErrorCode::overloaded, kMemoryFull, true);
    } else if (result.state != IoState::again) {
      co_return Step::close;
    }
  }
  request_.body = chunked_body_;
  if (!raw.empty()) next_in_.emplace(std::move(raw));
  co_return Step::ready;
}

base::Task<void> Connection::linger() {
  stream_.resume_waits();
  timed_out_ = false;
  stream_.shut_down_writes();
  Deadline::set(reactor_, reactor_.now_ms() + kLingerMs);
  auto block = reactor_.large_blocks().take();
  std::size_t turn_ends = kLingerBytesPerTurn;
  for (std::size_t dropped = 0; dropped < kMaxLingerBytes;) {
    if (dropped >= turn_ends) {
      turn_ends = dropped + kLingerBytesPerTurn;
      co_await stream_.yield();
    }
    if (!stream_.readable()) co_await stream_.wait_readable();
    if (stream_.interrupted()) break;
    const IoResult result = stream_.read({block.get(), reactor_.large_blocks().block_bytes()});
    if (result.state == IoState::done) {
      dropped += result.bytes;
    } else if (result.state != IoState::again) {
      break;
    }
  }
  reactor_.large_blocks().give(std::move(block));
}

}  // namespace b3iq::http
