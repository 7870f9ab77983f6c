// What a handler sees of a request and what it answers. Views point into the connection's buffers
// and live until the handler's task has ended (for a streaming body: until the body source is
// destroyed).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/task.h"

namespace b3iq::http {

class EventLoop;

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
std::string_view method_name(Method method);

struct HeaderView {
  std::string_view name;   // as sent
  std::string_view value;  // trimmed
};

// First value of `name` (case-insensitive).
std::optional<std::string_view> find_header(const std::vector<HeaderView>& headers,
                                            std::string_view name);

struct Request {
  Method method = Method::get;
  std::string_view method_text;
  std::string_view target;  // as sent
  std::string_view
      path;  // percent-decoded once, normalised; never holds NUL, "//", "." or ".." segments
  std::string_view query;  // after '?', undecoded
  std::vector<HeaderView> headers;
  std::string_view body;  // whole; at most the route's limit
  std::string_view request_id;
  std::string_view peer_address;  // without port
  bool peer_is_loopback = false;
  bool tls = false;
  std::int64_t started_ns = 0;  // steady time of the request's first byte
  base::CancelToken
      cancel;  // fires when the peer goes away, the deadline passes or the server drains
  EventLoop* loop = nullptr;
  // Filled by the router: values of the pattern's {name} parts, in order.
  std::vector<std::string_view> path_parameters;

  std::optional<std::string_view> header(std::string_view name) const {
    return find_header(headers, name);
  }
};

// A body that is pulled: the server asks for the next piece when the last one has been written. An
// empty view ends the body. A view is valid until the next call. An error after the first piece
// cuts the connection. Destroyed early when the peer is gone; destruction must stop the work behind
// it.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual base::Task<base::Result<std::string_view>> next() = 0;
  // Asked after next(): true when the piece just given is the last one, so that the body's end goes
  // out with it. Saying false is always right.
  virtual bool last() const { return false; }
};

struct Header {
  std::string_view name;  // static storage
  std::string value;
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // static storage
  std::vector<Header> headers;
  std::variant<std::string, std::unique_ptr<BodySource>> body;
  bool close = false;                    // close the connection after this answer
  std::optional<base::ErrorCode> error;  // what the answer tells, for the server's observer
};

using Handler = base::UniqueFunction<base::Task<Response>(Request&)>;

}  // namespace b3iq::http
