// One request and its answer on a connection.
#include <algorithm>
#include <charconv>

#include "http/client_impl.h"
#include "http/http_text.h"
#include "http/response_head.h"

namespace b3iq::http {

using base::ErrorCode;

namespace {

// Request body pieces written with the header in one gather write.
constexpr std::size_t kMaxBodyParts = 15;

bool sends_length(Method method) {
  return method == Method::post || method == Method::put || method == Method::patch;
}

}  // namespace

base::Status Exchange::write_head(const Origin& origin, const ClientRequest& request,
                                  std::string& out) const {
  if (request.path.empty() || request.path.front() != '/' ||
      !all_of_class(request.path, kTargetChar)) {
    return base::Error(ErrorCode::internal, "the request's path is not a valid target");
  }
  out.clear();
  out.append(method_name(request.method)).append(" ").append(origin.prefix).append(request.path);
  out.append(" HTTP/1.1\r\nHost: ");
  const bool bracketed = origin.host.find(':') != std::string::npos;
  if (bracketed) out.push_back('[');
  out.append(origin.host);
  if (bracketed) out.push_back(']');
  char number[20];
  if (origin.port != (origin.tls ? 443 : 80)) {
    const auto end = std::to_chars(number, number + sizeof number, origin.port).ptr;
    out.append(":").append(number, static_cast<std::size_t>(end - number));
  }
  out.append("\r\n");
  for (const auto& header : request.headers) {
    if (!append_header_line(out, header.name, header.value)) {
      return base::Error(ErrorCode::internal,
                         "the request's header " + std::string(header.name) + " cannot be sent");
    }
  }
  std::size_t length = 0;
  for (const auto& part : request.body) length += part.size();
  if (length > 0 || sends_length(request.method)) {
    const auto end = std::to_chars(number, number + sizeof number, length).ptr;
    out.append("Content-Length: ")
        .append(number, static_cast<std::size_t>(end - number))
        .append("\r\n");
  }
  out.append("\r\n");
  return {};
}

base::Task<base::Status> Exchange::send(const Origin& origin, const ClientRequest& request) {
  head_request_ = request.method == Method::head;
  died_silently_ = false;
  if (request.body.size() > kMaxBodyParts)
    co_return base::Error(ErrorCode::internal, "too many body pieces");
  auto& scratch = client_->reactor.scratch();
  CO_TRY_OK(write_head(origin, request, scratch));
  std::array<iovec, kMaxBodyParts + 1> parts;
  parts[0] = part_of(scratch);
  for (std::size_t i = 0; i < request.body.size(); ++i) parts[i + 1] = part_of(request.body[i]);
  std::span<iovec> pending(parts.data(), request.body.size() + 1);
  Stream& stream = connection_->stream;
  if (interrupted()) co_return upstream_failed("");
  after(client_->limits.first_byte_timeout_ms);
  for (IoState state = stream.write(pending); state != IoState::done;
       state = stream.write(pending)) {
    // A server that answers early (413) may close the request's direction: its answer is still
    // read.
    if (state != IoState::again) break;
    if (pending.data() == parts.data() && head_.empty()) {
      head_.assign(static_cast<const char*>(parts[0].iov_base), parts[0].iov_len);
      parts[0] = part_of(head_);
    }
    co_await stream.wait_writable();
    if (interrupted()) co_return upstream_failed("");
  }
  for (;;) {
    if (!stream.readable()) co_await stream.wait_readable();
    if (interrupted()) co_return upstream_failed("");
    const Poll poll = fill();
    if (poll == Poll::need_input) continue;
    if (poll != Poll::piece) {
      died_silently_ = connection_->in.empty() && interim_answers_ == 0;
      co_return upstream_failed("the runtime closed the connection before its answer");
    }
    bool complete = false;
    CO_TRY_OK(take_head(complete));
    if (complete) {
      // From here on it is the reader's time, not the server's.
      Deadline::clear();
      co_return base::Status();
    }
  }
}

// Looks for a whole header in what has come; interim answers (1xx) are skipped.
base::Status Exchange::take_head(bool& complete) {
  auto& in = connection_->in;
  for (;;) {
    const ScanLimits bounds{kMaxStatusLineBytes, client_->limits.max_header_bytes,
                            kMaxResponseHeaders};
    const ScanResult scanned = scan_.feed(in.view(), bounds);
    if (scanned == ScanResult::need_more) return {};
    if (scanned != ScanResult::complete)
      return upstream_failed("the runtime's answer has no valid header of sane size");
    head_.assign(scan_.head(in.view()));
    ResponseInfo info;
    if (const char* what = parse_response_head(head_, info)) {
      return upstream_failed(std::string("the runtime's answer is not HTTP: ") + what);
    }
    in.consume(scan_.consumed());
    scan_.reset();
    if (info.status < 200) {
      if (info.status == 101 || ++interim_answers_ > kMaxInterimAnswers) {
        return upstream_failed("the runtime sent interim answers that nobody asked for");
      }
      continue;
    }
    complete = true;
    status_ = info.status;
    headers_ = std::move(info.headers);
    keep_alive_ = info.keep_alive;
    chunked_ = info.chunked;
    left_ = info.content_length.value_or(0);
    until_close_ = !chunked_ && !info.content_length;
    if (!info.has_body(head_request_) || (!chunked_ && !until_close_ && left_ == 0)) {
      chunked_ = until_close_ = false;
      left_ = 0;
      body_done_ = true;
    }
    return {};
  }
}

Exchange::Poll Exchange::fill() {
  auto& in = connection_->in;
  in.make_room();
  const IoResult result = connection_->stream.read(in.room());
  switch (result.state) {
    case IoState::done:
      in.filled(result.bytes);
      return Poll::piece;
    case IoState::again:
      if (in.empty()) in.release();
      return Poll::need_input;
    case IoState::end:
      return Poll::end;
    case IoState::failed:
      break;
  }
  return Poll::failed;
}

// The next piece of the body out of the bytes that are here. The view lives until handed_out_ bytes
// are consumed.
Exchange::Poll Exchange::poll_piece(std::string_view& out) {
  if (!connection_) return body_done_ ? Poll::end : Poll::failed;
  auto& in = connection_->in;
  in.consume(std::exchange(handed_out_, 0));
  if (body_done_) return body_ended();
  if (in.empty()) {
    in.release();
    return Poll::need_input;
  }
  if (chunked_) {
    const auto step = decoder_.decode({in.data(), in.size()});
    if (decoder_.failed()) {
      failure_ = "the runtime's chunked answer is malformed";
      return Poll::failed;
    }
    body_done_ = decoder_.finished();
    handed_out_ = step.consumed;
    out = in.view().substr(0, step.produced);
    if (!out.empty()) return Poll::piece;
    in.consume(std::exchange(handed_out_, 0));
    return body_done_ ? body_ended() : poll_piece(out);
  }
  const std::size_t take =
      until_close_ ? in.size()
                   : static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
  out = in.view().substr(0, take);
  handed_out_ = take;
  if (!until_close_) {
    left_ -= take;
    body_done_ = left_ == 0;
  }
  return Poll::piece;
}

Exchange::Poll Exchange::body_ended() {
  recycle();
  return Poll::end;
}

void Exchange::recycle() {
  Deadline::clear();
  on_cancel_.reset();
  auto& in = connection_->in;
  in.consume(std::exchange(handed_out_, 0));
  // Bytes after the answer's end would be taken for the next answer.
  const bool clean =
      keep_alive_ && !until_close_ && in.empty() && !connection_->stream.interrupted();
  if (clean) {
    client_->put_idle(std::move(connection_));
  }
  connection_.reset();
}

// After need_input: reads what is there; true when bytes came or the body ended properly.
base::Status Exchange::take_input() {
  if (interrupted()) return upstream_failed("");
  switch (fill()) {
    case Poll::piece:
    case Poll::need_input:
      return {};
    case Poll::end:
      if (until_close_) {
        body_done_ = true;
        return {};
      }
      break;
    case Poll::failed:
      break;
  }
  connection_.reset();
  return upstream_failed("the runtime closed the connection in the middle of its answer");
}

base::Task<base::Result<std::string_view>> Exchange::read_some() {
  for (;;) {
    if (interrupted()) co_return upstream_failed("");
    std::string_view piece;
    const Poll poll = poll_piece(piece);
    if (poll == Poll::failed)
      co_return upstream_failed(failure_ ? failure_ : "the runtime's connection is gone");
    if (poll != Poll::need_input) co_return piece;
    if (!connection_->stream.readable()) {
      after(client_->limits.idle_timeout_ms);
      pieces_in_turn_ = 0;
      co_await connection_->stream.wait_readable();
      Deadline::clear();
    } else if (++pieces_in_turn_ >= kPiecesPerTurn) {
      pieces_in_turn_ = 0;
      co_await connection_->stream.yield();
    }
    CO_TRY_OK(take_input());
  }
}

base::Task<base::Result<std::string>> Exchange::read_all(std::size_t limit) {
  std::string whole;
  if (left_ > limit)
    co_return upstream_failed("the runtime's answer is larger than " + std::to_string(limit) +
                              " bytes");
  whole.reserve(static_cast<std::size_t>(left_));
  for (;;) {
    if (interrupted()) co_return upstream_failed("");
    std::string_view piece;
    const Poll poll = poll_piece(piece);
    if (poll == Poll::failed)
      co_return upstream_failed(failure_ ? failure_ : "the runtime's connection is gone");
    if (poll == Poll::end) co_return whole;
    if (poll == Poll::piece) {
      if (piece.size() > limit - whole.size()) {
        co_return upstream_failed("the runtime's answer is larger than " + std::to_string(limit) +
                                  " bytes");
      }
      whole.append(piece);
      continue;
    }
    after(client_->limits.idle_timeout_ms);
    if (!connection_->stream.readable()) co_await connection_->stream.wait_readable();
    CO_TRY_OK(take_input());
  }
}

}  // namespace b3iq::http
