#include "agent/downloads/redirecting_client.h"

#include <string>
#include <utility>

#include "agent/downloads/download_refusals.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

http::ClientLimits client_limits(const DownloadLimits& limits) {
  http::ClientLimits out;
  out.connect_timeout_ms = limits.connect_ms;
  out.first_byte_timeout_ms = limits.silence_ms;
  out.idle_timeout_ms = limits.silence_ms;
  out.max_idle_per_origin = 1;
  return out;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

RedirectingClient::RedirectingClient(http::EventLoop& loop, const DownloadLimits& limits,
                                     const DownloadNetwork& network)
    : guard_(std::make_shared<HopGuard>(network.own_port)),
      client_(loop, client_limits(limits), guard_->policy(), {.ca_file = network.ca_file}) {}

Task<Result<DownloadAnswer>> RedirectingClient::get(DownloadUrl url,
                                                    std::vector<http::HeaderView> headers,
                                                    base::CancelToken cancel) {
  http::ClientRequest request;
  request.headers = std::move(headers);
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    guard_->begin(hop == 0 ? HopKind::first : HopKind::redirect, url.origin.host);
    request.path = url.target;
    auto sent = co_await client_.send(url.origin, request, cancel);
    if (!sent.ok()) {
      if (guard_->refusal() && !cancel.cancelled()) co_return *guard_->refusal();
      co_return network_error(url, sent.error());
    }
    DownloadAnswer answer{.response = std::move(*sent), .url = url};
    if (!is_redirect(answer.response->status())) co_return answer;
    CO_TRY(url, resolve_redirect(answer.url, answer.response->header("location").value_or("")));
  }
  co_return Error(ErrorCode::download_refused, "More than " + std::to_string(kMaxRedirects) +
                                                   " redirects were answered, the last to " +
                                                   url.place() +
                                                   ". Check the address at the publisher's page.");
}

}  // namespace b3iq::agent
