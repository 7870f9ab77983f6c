#include "agent/updates/manifest_fetch.h"

#include <fmt/format.h>

#include "agent/downloads/download_refusals.h"
#include "agent/downloads/download_url.h"
#include "base/clock.h"
#include "base/join.h"
#include "http/client.h"
#include "runtimes/upstream/dial_policy.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

constexpr std::int64_t kTickMs = 25;
constexpr int kOk = 200;
constexpr int kFirstRedirect = 300;
constexpr int kFirstClientError = 400;

struct Exchange {
  base::CancelSource stop;
  bool ended = false;
  bool late = false;
  Result<std::string> text = Error(ErrorCode::internal, "");
};

Result<std::string> about_length(const DownloadUrl& url, Result<std::string> body) {
  if (body.ok()) return body;
  // The client has one code for an answer that is too long and for one that breaks off.
  return Error(ErrorCode::download_failed,
               fmt::format("The answer of {} could not be read to its end: {}", url.place(),
                           body.error().detail));
}

Task<Result<std::string>> ask(http::Client& client, const ManifestFetch& fetch,
                              const DownloadUrl& url, base::CancelToken stop) {
  http::ClientRequest request;
  request.path = url.target;
  request.headers.push_back({"Accept", "application/json"});
  auto sent = co_await client.send(url.origin, request, stop);
  if (!sent.ok()) co_return network_error(url, sent.error());
  const auto& response = *sent;
  const int status = response->status();
  if (status >= kFirstRedirect && status < kFirstClientError) {
    co_return Error(ErrorCode::download_refused,
                    fmt::format("{} answers with a redirect, which is not followed. Set "
                                "updates.manifest_url to where the manifest is.",
                                url.place()));
  }
  if (status != kOk) co_return status_error(url, {status, {}}, base::system_clock().wall_ms(), 0);
  auto body = co_await (*sent)->read_all(fetch.max_bytes);
  co_return about_length(url, std::move(body));
}

Task<void> run(http::Client& client, const ManifestFetch& fetch, const DownloadUrl& url,
               Exchange& exchange) {
  exchange.text = co_await ask(client, fetch, url, exchange.stop.token());
  exchange.ended = true;
}

Task<void> watch(http::EventLoop& loop, std::int64_t deadline_ms, base::CancelToken cancel,
                 Exchange& exchange) {
  const auto end_ms = loop.now_ms() + deadline_ms;
  while (!exchange.ended && !cancel.cancelled() && loop.now_ms() < end_ms)
    co_await loop.sleep(kTickMs);
  exchange.late = !exchange.ended && !cancel.cancelled();
  exchange.stop.cancel();
}

}  // namespace

Task<Result<std::string>> fetch_manifest(http::EventLoop& loop, ManifestFetch fetch,
                                         base::CancelToken cancel) {
  CO_TRY(const auto url, parse_download_url(fetch.url));
  http::ClientLimits limits;
  limits.connect_timeout_ms = fetch.deadline_ms;
  limits.first_byte_timeout_ms = fetch.deadline_ms;
  limits.idle_timeout_ms = fetch.deadline_ms;
  auto policy = url.origin.tls ? runtimes::dial_policy(url.origin.host, fetch.own_port)
                               : runtimes::loopback_policy(fetch.own_port);
  http::Client client(loop, limits, std::move(policy));
  Exchange exchange;
  std::vector<Task<void>> tasks;
  tasks.push_back(run(client, fetch, url, exchange));
  tasks.push_back(watch(loop, fetch.deadline_ms, cancel, exchange));
  co_await base::join_all(std::move(tasks));
  if (exchange.late) {
    co_return Error(ErrorCode::deadline_exceeded,
                    fmt::format("{} did not give the whole manifest within {} s. Ask again later.",
                                url.place(), fetch.deadline_ms / 1000));
  }
  co_return std::move(exchange.text);
}

}  // namespace b3iq::agent
