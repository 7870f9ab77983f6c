#include "agent/downloads/download_refusals.h"

#include <string>
#include <utility>

#include "agent/downloads/answer_fields.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kRequestTimeout = 408;
constexpr int kGone = 410;
constexpr int kTooEarly = 425;
constexpr int kTooManyRequests = 429;
constexpr int kServerErrors = 500;

bool may_pass(int status) {
  return status == kRequestTimeout || status == kTooEarly || status == kTooManyRequests ||
         status >= kServerErrors;
}

std::string_view advice(int status) {
  switch (status) {
    case kUnauthorized:
    case kForbidden:
      return "It gives this file only to some: where a model is gated, its licence must be "
             "accepted at the publisher's page. Do that, download the file there with your "
             "account, and install it from the file.";
    case kNotFound:
    case kGone:
      return "The publisher has moved or removed the file: look for it at the publisher's page, "
             "or choose another model.";
    default:
      return "Check the address at the publisher's page.";
  }
}

// The client speaks of runtimes, which is what it mostly talks to.
std::string about_server(std::string text) {
  constexpr std::string_view kRuntime = "the runtime";
  for (auto at = text.find(kRuntime); at != std::string::npos; at = text.find(kRuntime, at)) {
    text.replace(at, kRuntime.size(), "the server");
  }
  return text;
}

// In OpenSSL's words (http/tls.h).
bool about_certificate(const std::string& detail) {
  return detail.starts_with("no TLS connection") &&
         (detail.find("certificate") != std::string::npos ||
          detail.find("mismatch") != std::string::npos);
}

}  // namespace

Error status_error(const DownloadUrl& url, const RefusedStatus& refused, std::int64_t wall_ms,
                   std::int64_t max_retry_after_ms) {
  std::string detail = url.place() + " was answered with HTTP " + std::to_string(refused.status);
  if (!may_pass(refused.status)) {
    detail.append(". ").append(advice(refused.status));
    return Error(ErrorCode::download_refused, std::move(detail));
  }
  detail.append(refused.status == kTooManyRequests ? ": too many downloads for this server."
                                                   : ": the server has trouble of its own.");
  std::int64_t wait_ms = 0;
  if (refused.retry_after) {
    wait_ms = parse_retry_after(*refused.retry_after, wall_ms, max_retry_after_ms).value_or(0);
  }
  return Error(ErrorCode::download_failed, std::move(detail), "", wait_ms);
}

Error network_error(const DownloadUrl& url, const Error& error) {
  if (error.code == ErrorCode::cancelled) {
    return Error(ErrorCode::cancelled, "the download was cancelled");
  }
  if (about_certificate(error.detail)) {
    return Error(ErrorCode::download_refused,
                 url.place() + ": " + error.detail +
                     ". Somebody may stand between this machine and the server, or this machine's "
                     "clock or its list of authorities is wrong.");
  }
  return Error(ErrorCode::download_failed, url.place() + ": " + about_server(error.detail) + ".");
}

Error answer_refused(const DownloadUrl& url, std::string_view why) {
  return Error(ErrorCode::download_refused,
               "The answer of " + url.place() + " is refused: " + std::string(why) + ".");
}

}  // namespace b3iq::agent
