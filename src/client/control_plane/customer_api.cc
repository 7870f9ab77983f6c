#include "client/control_plane/customer_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "json/json.h"

namespace b3iq::client {

using base::CancelToken;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::string_view kJobs = "/v1/private-inference/jobs";
constexpr std::size_t kMaxErrorBytes = 64 * 1024;
constexpr std::size_t kMaxListBytes = 8 * 1024 * 1024;
// Both envelopes in base64url, and the rest.
constexpr std::size_t kMaxJobBytes = 8 * 1024 * 1024;
// Behind the longest poll.
constexpr std::int64_t kFirstByteMs = 60'000;
constexpr std::int64_t kIdleMs = 60'000;
constexpr std::int64_t kMaxRetryAfterSeconds = 3'600;
constexpr int kModelsPerPage = 100;  // the most that is given
constexpr int kMaxModelPages = 10;

http::ClientLimits limits() {
  http::ClientLimits limits;
  limits.first_byte_timeout_ms = kFirstByteMs;
  limits.idle_timeout_ms = kIdleMs;
  return limits;
}

// A path's segment or a parameter's value.
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string path_of(const protocol::ClientJobId& job_id) {
  return fmt::format("{}/{}", kJobs, job_id.text());
}

// 0 for a date, too: nobody sends one here.
std::int64_t whole_seconds_as_ms(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [at, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_number = failure == std::errc() && at == text.data() + text.size() && seconds >= 0;
  return is_number ? std::min(seconds, kMaxRetryAfterSeconds) * 1'000 : 0;
}

// Says of an answer of the wrong form that it is the control plane's.
template <class T>
Result<T> told(Result<T> read) {
  if (read.ok() || read.error().code != ErrorCode::invalid_json) return read;
  return Error(ErrorCode::upstream_failed,
               "The control plane's answer is not JSON. Is the address right?");
}

}  // namespace

CustomerApi::CustomerApi(http::EventLoop& loop, const CustomerAccess& access)
    : access_(access),
      client_(loop, limits(), [](std::string_view, std::uint16_t) { return Status(); },
              {access.ca_file}) {}

Task<Result<std::unique_ptr<http::ClientResponse>>> CustomerApi::open(const Call& what,
                                                                      CancelToken cancel) {
  http::ClientRequest request;
  request.method = what.method;
  request.path = what.path;
  if (what.as == As::customer) {
    request.headers = {{"X-B3IQ-Customer-ID", access_.customer_id},
                       {"X-B3IQ-Customer-Token", access_.token.reveal_text()}};
  }
  if (!what.body.empty()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body.push_back(what.body);
  }
  auto response = co_await client_.send(access_.origin, request, cancel);
  if (!response.ok()) co_return unreachable(response.error());
  const int status = (*response)->status();
  if (status < 300) co_return std::move(response).value();
  const auto retry_after = (*response)->header("retry-after").value_or("");
  const auto retry_after_ms = whole_seconds_as_ms(retry_after);
  const auto text = co_await (*response)->read_all(kMaxErrorBytes);
  auto error = error_of_answer(status, text.ok() ? *text : std::string());
  error.retry_after_ms = retry_after_ms;
  co_return error;
}

Task<Result<std::string>> CustomerApi::call(Call what, CancelToken cancel) {
  CO_TRY(const auto response, co_await open(what, cancel));
  auto text = co_await response->read_all(what.max_bytes);
  if (!text.ok()) co_return unreachable(text.error());
  co_return text;
}

Error CustomerApi::unreachable(const Error& error) const {
  if (error.code != ErrorCode::runtime_unreachable && error.code != ErrorCode::upstream_failed)
    return error;
  return Error(
      ErrorCode::control_plane_unreachable,
      fmt::format("The control plane at {} does not answer: {}", access_.url, error.detail));
}

Task<Result<std::vector<Candidate>>> CustomerApi::candidates(std::string model,
                                                             CancelToken cancel) {
  Call what{.path = "/v1/private-inference/candidates?model_id=" + encoded(model),
            .body = {},
            .max_bytes = kMaxListBytes};
  CO_TRY(const auto text, co_await call(std::move(what), cancel));
  co_return told(read_candidates(text));
}

Task<Result<JobView>> CustomerApi::queue(JobPost job, CancelToken cancel) {
  Call what{.method = http::Method::post,
            .path = std::string(kJobs),
            .body = {},
            .max_bytes = kMaxJobBytes};
  json::Writer w(what.body);
  w.begin_object();
  w.member("job_id", job.job_id.text());
  w.member("node_id", job.node_id.text());
  w.member("model_id", job.model_id);
  if (job.max_price) w.member("max_price_wei", job.max_price->to_string());
  w.key("encrypted_request");
  protocol::write_sealed_envelope(w, job.envelope);
  w.end_object();
  CO_TRY(const auto text, co_await call(std::move(what), cancel));
  co_return told(read_job(text));
}

Task<Result<JobView>> CustomerApi::read(protocol::ClientJobId job_id, std::int64_t wait_seconds,
                                        CancelToken cancel) {
  Call what{.path = path_of(job_id), .body = {}, .max_bytes = kMaxJobBytes};
  if (wait_seconds > 0)
    what.path += fmt::format("?wait_seconds={}", std::min(wait_seconds, kMaxPollSeconds));
  CO_TRY(const auto text, co_await call(std::move(what), cancel));
  co_return told(read_job(text));
}

Task<Result<std::unique_ptr<FrameReader>>> CustomerApi::stream(protocol::ClientJobId job_id,
                                                               std::uint32_t from,
                                                               CancelToken cancel) {
  const Call what{.path = fmt::format("{}/stream?from={}", path_of(job_id), from), .body = {}};
  CO_TRY(auto response, co_await open(what, cancel));
  co_return std::make_unique<FrameReader>(std::move(response));
}

Task<Result<std::vector<JobView>>> CustomerApi::list(int limit) {
  Call what{
      .path = fmt::format("{}?limit={}", kJobs, limit), .body = {}, .max_bytes = kMaxListBytes};
  CO_TRY(const auto text, co_await call(std::move(what), {}));
  co_return told(read_jobs(text));
}

Task<Result<JobView>> CustomerApi::cancel(protocol::ClientJobId job_id) {
  Call what{.method = http::Method::post,
            .path = path_of(job_id) + "/cancel",
            .body = {},
            .max_bytes = kMaxJobBytes};
  CO_TRY(const auto text, co_await call(std::move(what), {}));
  co_return told(read_job(text));
}

Task<Result<std::vector<std::string>>> CustomerApi::models(CancelToken cancel) {
  std::vector<std::string> names;
  std::string after;
  for (int page = 0; page < kMaxModelPages; ++page) {
    Call what{.path = fmt::format("/v1/public/models?limit={}", kModelsPerPage),
              .body = {},
              .as = As::anybody,
              .max_bytes = kMaxListBytes};
    if (!after.empty()) what.path += "&after=" + encoded(after);
    CO_TRY(const auto text, co_await call(std::move(what), cancel));
    CO_TRY(auto read, told(read_models(text)));
    names.insert(names.end(), read.names.begin(), read.names.end());
    after = std::move(read.next_after);
    if (after.empty()) break;
  }
  co_return names;
}

Task<Result<std::string>> CustomerApi::get_public(std::string path, std::size_t max_bytes,
                                                  CancelToken cancel) {
  Call what{.path = std::move(path), .body = {}, .as = As::anybody, .max_bytes = max_bytes};
  co_return co_await call(std::move(what), cancel);
}

}  // namespace b3iq::client
