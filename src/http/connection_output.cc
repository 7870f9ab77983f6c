// The writing half of a connection: header, whole bodies, pulled bodies.
#include <charconv>

#include "base/clock.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/response_head.h"

namespace b3iq::http {

using base::ErrorCode;

namespace {

// A whole body up to here follows its header into one piece: cheaper than a write of two.
constexpr std::size_t kBodyCopied = 1024;

}  // namespace

Response Connection::refusal() {
  Response response = server_->router.fallback_errors()(*refusal_, request_);
  if (!allow_.empty()) response.headers.push_back({"Allow", allow_});
  return response;
}

Response Connection::handler_failed(const char* what) {
  base::log(base::LogLevel::error, "http.handler_failed",
            {{"operation", std::string_view(route_->operation_id)},
             {"request_id", request_.request_id},
             {"what", std::string_view(what)}});
  const base::Error error(ErrorCode::internal,
                          "the request failed inside the node; its log names the request id");
  return server_->router.fallback_errors()(error, request_);
}

bool Connection::keeps_alive(const Response& response) const {
  return framing_.keep_alive && !must_close_ && !response.close &&
         framing_out_ != BodyFraming::until_close && !server_->draining;
}

void Connection::append_head(std::string& out, const Response& response, BodyFraming framing,
                             std::uint64_t length) {
  framing_out_ = framing;
  ResponseHead head;
  head.status = response.status;
  head.date_line = reactor_.date_header();
  head.content_type = response.content_type;
  head.request_id = request_.request_id;
  head.fixed_lines = server_->fixed_lines;
  head.framing = framing;
  head.content_length = length;
  head.close = !keeps_alive(response);
  head.keep_alive_line = framing_.minor_version == 0;
  if (append_response_head(out, head, response.headers) > 0) {
    base::log(base::LogLevel::error, "http.header_refused",
              {{"operation",
                route_ ? std::string_view(route_->operation_id) : std::string_view("none")}});
  }
}

// Puts the header together; for a whole body also queues both for one gather write.
void Connection::begin_answer(Response& response) {
  body_bytes_ = 0;
  const bool bodiless_status = response.status == 204 || response.status == 304;
  const bool no_body = request_.method == Method::head || bodiless_status;
  if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body); source && *source) {
    if (no_body) source->reset();
    const auto framing = no_body                       ? BodyFraming::none
                         : framing_.minor_version == 1 ? BodyFraming::chunked
                                                       : BodyFraming::until_close;
    held_.clear();
    append_head(held_, response, framing, 0);
    head_waits_ = true;
    parts_[0] = part_of(held_);
    pending_ = {parts_.data(), 1};
    return;
  }
  const auto* text = std::get_if<std::string>(&response.body);
  const std::string_view body = text ? std::string_view(*text) : std::string_view();
  auto& scratch = reactor_.scratch();
  scratch.clear();
  append_head(scratch, response, bodiless_status ? BodyFraming::none : BodyFraming::length,
              body.size());
  if (!no_body) body_bytes_ = body.size();
  if (body_bytes_ <= kBodyCopied) {
    scratch.append(body.substr(0, body_bytes_));
    parts_[0] = part_of(scratch);
    pending_ = {parts_.data(), 1};
    return;
  }
  parts_[0] = part_of(scratch);
  parts_[1] = part_of(body);
  pending_ = {parts_.data(), 2};
}

// Writes what the socket takes. Before the coroutine may suspend, header bytes move out of the
// loop's shared scratch.
IoState Connection::write_more() {
  const IoState state = stream_.write(pending_);
  if (state == IoState::again && !head_waits_ && pending_.data() == parts_.data()) {
    held_.assign(static_cast<const char*>(parts_[0].iov_base), parts_[0].iov_len);
    parts_[0] = part_of(held_);
  }
  return state;
}

base::Task<bool> Connection::write_all() {
  for (;;) {
    const IoState state = write_more();
    if (state == IoState::done) break;
    if (state != IoState::again) co_return false;
    Deadline::set(reactor_, reactor_.now_ms() + server_->options.limits.write_timeout_ms);
    co_await stream_.wait_writable();
    if (stream_.interrupted()) co_return false;
  }
  Deadline::clear();
  co_return true;
}

// The header of a stream goes out with the first piece when that is there at once, else before the
// loop sleeps.
void Connection::flush() {
  if (!head_waits_) return;
  parts_[0] = part_of(held_);
  pending_ = {parts_.data(), 1};
  const IoState state = stream_.write(pending_);
  if (state == IoState::done) {
    head_waits_ = false;
    held_.clear();
  } else if (state == IoState::again) {
    held_.erase(0, held_.size() - pending_.front().iov_len);
  }
}

void Connection::queue_piece(std::string_view piece, bool last) {
  std::size_t count = 0;
  if (head_waits_) parts_[count++] = part_of(held_);
  const bool chunked = framing_out_ == BodyFraming::chunked;
  if (!piece.empty()) {
    if (chunked) {
      auto* end = std::to_chars(chunk_line_.data(), chunk_line_.data() + chunk_line_.size() - 2,
                                piece.size(), 16)
                      .ptr;
      *end++ = '\r';
      *end++ = '\n';
      parts_[count++] = {chunk_line_.data(), static_cast<std::size_t>(end - chunk_line_.data())};
    }
    parts_[count++] = part_of(piece);
    body_bytes_ += piece.size();
  }
  if (chunked) {
    const std::string_view tail = last ? (piece.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n") : "\r\n";
    parts_[count++] = part_of(tail);
  }
  pending_ = {parts_.data(), count};
}

base::Task<bool> Connection::stream_body(std::unique_ptr<BodySource> source) {
  reactor_.flush_later(*this);
  for (bool last = false; !last;) {
    std::string_view piece;
    bool failed = false;
    try {
      auto pulling = source->next();
      auto result = co_await std::move(pulling);
      failed = !result.ok();
      if (!failed) piece = result.value();
    } catch (const std::exception& exception) {
      failed = true;
      base::log(
          base::LogLevel::error, "http.body_failed",
          {{"request_id", request_.request_id}, {"what", std::string_view(exception.what())}});
    }
    // A cancelled source may still say so in its stream, as long as somebody is there to hear it.
    if (failed || cut_ || stream_.hung_up()) co_return false;
    last = piece.empty() || source->last();
    queue_piece(piece, last);
    Flushable::unlink();
    IoState state = stream_.write(pending_);
    if (state == IoState::again) {
      auto writing = write_all();
      if (!co_await std::move(writing)) co_return false;
      state = IoState::done;
    }
    if (state != IoState::done) co_return false;
    head_waits_ = false;
  }
  co_return true;
}

void Connection::end_request(const Response& response, bool written) {
  Flushable::unlink();
  head_waits_ = false;
  if (server_->options.observer) {
    const std::int64_t took = base::system_clock().steady_ns() - request_.started_ns;
    const Finished finished{request_, route_,   response.status, body_bytes_,
                            took,     !written, response.error};
    server_->options.observer(finished);
  }
  in_.consume(request_bytes_);
  if (next_in_) {
    in_ = std::move(*next_in_);
    next_in_.reset();
  }
  sized_body_.reset();
  server_->body_memory -= std::exchange(body_memory_, 0);
  chunked_body_ = {};
  if (held_.capacity() > 0) held_ = {};
  scan_.reset();
  request_bytes_ = 0;
  route_ = nullptr;
  refusal_.reset();
  allow_.clear();
  cancel_.reset();
  pending_ = {};
  request_.started_ns = 0;
  request_.method = Method::get;
  request_.method_text = request_.target = request_.path = request_.query = request_.body = {};
  request_.headers.clear();
  request_.path_parameters.clear();
  request_.cancel = {};
}

}  // namespace b3iq::http
