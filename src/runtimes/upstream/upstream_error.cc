#include "runtimes/upstream/upstream_error.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "inference/chunk_facts.h"
#include "json/json.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::int64_t kDefaultRetryMs = 1'000;
constexpr std::int64_t kMaxRetrySeconds = 3'600;
constexpr std::size_t kMaxParamBytes = 200;

// Seconds only; a date counts as no advice.
std::int64_t retry_ms(const std::optional<std::string_view>& header) {
  std::int64_t seconds = 0;
  if (!header) return kDefaultRetryMs;
  const auto parsed = std::from_chars(header->begin(), header->end(), seconds);
  if (parsed.ec != std::errc() || parsed.ptr != header->end() || seconds < 1)
    return kDefaultRetryMs;
  return std::min(seconds, kMaxRetrySeconds) * 1'000;
}

// The upstream's error body, as far as it is in the dialect.
struct Told {
  std::string message;
  std::string kind;  // code and type
  std::string param;
};

Told read_body(std::string_view body) {
  Told told;
  const auto document = json::Document::parse(body, {.max_bytes = kMaxErrorBodyBytes});
  if (!document.ok()) return told;
  const json::Value root = document->root();
  told.message = inference::upstream_message(root);
  const json::Value error = root.find("error");
  told.kind = error.find("code").string().value_or("");
  told.kind.append(" ").append(error.find("type").string().value_or(""));
  told.param = error.find("param").string().value_or("").substr(0, kMaxParamBytes);
  return told;
}

std::string with_message(std::string_view start, const Told& told) {
  std::string detail(start);
  if (!told.message.empty()) detail.append(": ").append(told.message);
  constexpr std::string_view kEnds = ".!?";
  if (kEnds.find(detail.back()) == std::string_view::npos) detail.push_back('.');
  return detail;
}

Error failed(std::string detail, std::int64_t retry = 0) {
  return Error(ErrorCode::upstream_failed, std::move(detail), {}, retry);
}

Error bad_request(const Told& told) {
  const bool too_long = told.kind.find("context") != std::string::npos;
  const auto code = too_long ? ErrorCode::context_length_exceeded : ErrorCode::invalid_request;
  return Error(code, with_message("The runtime refused the request", told), told.param);
}

Error not_found(const Told& told) {
  if (told.message.empty()) {
    return failed("The runtime has no chat completions at its address; check its base_url.");
  }
  return Error(ErrorCode::model_not_found, with_message("The runtime does not find it", told),
               "model");
}

Error unavailable(const UpstreamRefusal& refusal, const Told& told) {
  const bool loading = told.message.find("oading") != std::string::npos;
  return Error(loading ? ErrorCode::model_loading : ErrorCode::upstream_failed,
               with_message("The runtime is not ready", told), {}, retry_ms(refusal.retry_after));
}

}  // namespace

Error upstream_error(const UpstreamRefusal& refusal) {
  const Told told = read_body(refusal.body);
  switch (refusal.status) {
    case 400:
    case 415:
    case 422:
      return bad_request(told);
    case 401:
    case 403:
      return failed(with_message("The runtime refused our credential", told) +
                    " Check the runtime's API key on this node.");
    case 404:
      return not_found(told);
    case 413:
      return Error(ErrorCode::payload_too_large,
                   with_message("The request is too large for the runtime", told));
    case 429:
      return Error(ErrorCode::overloaded, with_message("The runtime is busy", told), {},
                   retry_ms(refusal.retry_after));
    case 501:
      return Error(ErrorCode::unimplemented, with_message("The runtime cannot do this", told));
    case 503:
      return unavailable(refusal, told);
    default:
      break;
  }
  const std::string status = std::to_string(refusal.status);
  if (refusal.status >= 300 && refusal.status < 400) {
    return failed("The runtime answered with a redirect (" + status +
                  "), which is never followed; set its base_url to the final address.");
  }
  return failed(with_message("The runtime answered with status " + status, told));
}

}  // namespace b3iq::runtimes
