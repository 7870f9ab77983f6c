// One server that the owner configured, as every HTTP adapter sees it: its origin, our credential,
// what the last contact showed. Nothing is retried after a byte was sent and no redirect is
// followed; addresses are checked when they are dialled.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.h"
#include "http/event_loop.h"
#include "inference/runtime.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxAnswerBytes = std::size_t{32} * 1024 * 1024;

// A question about the server itself is answered soon or not at all.
inline constexpr std::int64_t kQuestionConnectMs = 2'000;
inline constexpr std::int64_t kQuestionSilenceMs = 5'000;
inline constexpr std::int64_t kQuestionSilences = 2;  // its whole answer takes at most so many

struct UpstreamSettings {
  std::string id;              // configured name of the runtime
  std::string base_url;        // http or https, no user-info
  std::string api_key;         // secret, "" for none; sent as a bearer token and never printed
  std::string ca_file;         // "" for the system's authorities
  std::uint16_t own_port = 0;  // this node's listener: never dialled
  http::ClientLimits limits;   // of answers
};

// api: below the base_url's path. root: the same without a last "/v1", where servers of the OpenAI
// dialect keep what is not of it.
enum class UpstreamBase : std::uint8_t { api, root };

struct UpstreamRequest {
  http::Method method = http::Method::get;
  UpstreamBase base = UpstreamBase::api;
  std::string_view path;
  std::string_view accept = "application/json";
  std::string_view traceparent;        // "" for none
  std::vector<std::string_view> body;  // JSON; lives until the answer's header has arrived
};

using UpstreamResponse = std::unique_ptr<http::ClientResponse>;

class Upstream {
 public:
  // `loop` outlives it; `default_prefix` stands for a base_url without a path. Errors:
  // config_invalid naming what is wrong with base_url or api_key.
  static base::Result<std::unique_ptr<Upstream>> create(http::EventLoop& loop,
                                                        UpstreamSettings settings,
                                                        std::string_view default_prefix);
  ~Upstream();

  // An answer of status 200, not compressed. Errors: those of upstream_error.h and of
  // http::Client::send.
  base::Task<base::Result<UpstreamResponse>> send(const UpstreamRequest& request,
                                                  base::CancelToken cancel);
  // The whole body of a question's answer, within kQuestionSilences silences. Errors also:
  // upstream_failed past `limit` bytes, deadline_exceeded.
  base::Task<base::Result<std::string>> ask(UpstreamRequest request, std::size_t limit);

  const inference::RuntimeHealth& health() const { return health_; }
  // What answered is not what it should be.
  void note_failure(const base::Error& error);
  const std::string& id() const { return settings_.id; }
  const http::Origin& origin() const { return api_; }

 private:
  Upstream(http::EventLoop& loop, UpstreamSettings settings, http::Origin origin);
  base::Task<base::Result<UpstreamResponse>> exchange(http::Client& client,
                                                      const UpstreamRequest& request,
                                                      base::CancelToken cancel);
  void note_contact();

  http::EventLoop& loop_;
  UpstreamSettings settings_;
  std::string authorization_;  // the header's value; empty without a key
  http::Origin api_;
  http::Origin root_;
  http::Client answers_;
  std::int64_t question_ms_;
  http::Client questions_;
  inference::RuntimeHealth health_;
};

// The media type without its parameters.
std::string_view media_type(const http::ClientResponse& response);

}  // namespace b3iq::runtimes
