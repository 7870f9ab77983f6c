#include "runtimes/probe/runtime_probe.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "http/client.h"
#include "json/json.h"
#include "runtimes/openai/server_facts.h"
#include "runtimes/probe/server_marks.h"
#include "runtimes/upstream/dial_policy.h"
#include "runtimes/upstream/upstream.h"

namespace b3iq::runtimes {
namespace {

using base::Task;

constexpr int kOk = 200;
constexpr std::int64_t kTickMs = 5;
constexpr std::array kServers = {ProbedServer::ollama, ProbedServer::lmstudio,
                                 ProbedServer::llama_server, ProbedServer::vllm,
                                 ProbedServer::sglang};

// What the probes of one call share. Kept alive by each of them.
struct Shared {
  base::CancelSource stop;
  std::size_t open = 0;
  std::vector<std::optional<FoundRuntime>> found;
};

// One address that is asked.
class Prober {
 public:
  Prober(http::EventLoop& loop, const ProbeCandidate& candidate, http::Origin origin,
         ProbeLimits limits, base::CancelToken stop)
      : origin_(std::move(origin)),
        client_(loop, client_limits(limits),
                candidate.configured ? dial_policy(origin_.host, limits.own_port)
                                     : loopback_policy(limits.own_port)),
        stop_(stop) {}

  Task<std::optional<FoundRuntime>> look(ProbedServer likely) {
    auto found = co_await look_for(likely);
    for (const ProbedServer server : kServers) {
      if (found || away_) break;
      if (server != likely) found = co_await look_for(server);
    }
    co_return found;
  }

 private:
  static http::ClientLimits client_limits(const ProbeLimits& limits) {
    http::ClientLimits out;
    out.connect_timeout_ms = limits.deadline_ms;
    out.first_byte_timeout_ms = limits.deadline_ms;
    out.idle_timeout_ms = limits.deadline_ms;
    out.max_idle_per_origin = 1;
    return out;
  }

  Task<std::optional<FoundRuntime>> look_for(ProbedServer server) {
    std::vector<std::string> bodies;
    for (const ServerMark& mark : marks_of(server)) {
      auto body = co_await ask(mark);
      if (!body) co_return std::nullopt;
      bodies.push_back(*std::move(body));
    }
    auto found = recognize(server, bodies);
    if (found && server == ProbedServer::sglang) found->version = co_await sglang_version();
    co_return found;
  }

  // The answer's body; nothing for any other status, type or length. Each path is asked once.
  Task<std::optional<std::string>> ask(ServerMark mark) {
    const auto known = answers_.find(mark.path);
    if (known != answers_.end()) co_return known->second;
    auto answer = co_await send(mark);
    answers_.emplace(mark.path, answer);
    co_return answer;
  }

  Task<std::optional<std::string>> send(ServerMark mark) {
    http::ClientRequest request;
    request.path = mark.path;
    request.headers.push_back({"Accept", mark.json ? "application/json" : "text/plain"});
    const auto sent = co_await client_.send(origin_, request, stop_);
    if (!sent.ok()) {
      away_ = true;  // nobody there, or nobody that speaks HTTP
      co_return std::nullopt;
    }
    http::ClientResponse& response = **sent;
    const std::string_view type = media_type(response);
    const bool fits = type == (mark.json ? "application/json" : "text/plain");
    if (response.status() != kOk || !fits) {
      // Read, so that the connection can be used for the next question.
      [[maybe_unused]] const auto rest = co_await response.read_all(kMaxProbeBytes);
      co_return std::nullopt;
    }
    auto body = co_await response.read_all(kMaxProbeBytes);
    if (!body.ok()) co_return std::nullopt;
    co_return std::optional(std::move(body).value());
  }

  Task<std::string> sglang_version() {
    ServerMark mark{.path = "/get_server_info"};
    const auto body = co_await ask(mark);
    if (!body) co_return std::string();
    const auto document = json::Document::parse(*body, {.max_bytes = kMaxProbeBytes});
    co_return document.ok() ? read_version(document->root().find("version")) : std::string();
  }

  http::Origin origin_;
  http::Client client_;
  base::CancelToken stop_;
  std::map<std::string_view, std::optional<std::string>> answers_;
  bool away_ = false;
};

std::string base_url_of(const ProbeCandidate& candidate, ProbedServer server) {
  std::string url = candidate.url;
  while (url.ends_with('/')) url.pop_back();
  return server == ProbedServer::ollama ? url : url + "/v1";
}

Task<void> probe_one(http::EventLoop& loop, ProbeCandidate candidate, ProbeLimits limits,
                     std::shared_ptr<Shared> shared, std::size_t index) {
  auto origin = http::parse_origin(candidate.url);
  if (origin.ok()) {
    Prober prober(loop, candidate, std::move(*origin), limits, shared->stop.token());
    auto found = co_await prober.look(candidate.likely);
    if (found) found->base_url = base_url_of(candidate, found->server);
    shared->found[index] = std::move(found);
  }
  --shared->open;
}

}  // namespace

std::string_view probed_kind(ProbedServer server) {
  switch (server) {
    case ProbedServer::ollama:
      return "ollama";
    case ProbedServer::vllm:
      return "vllm";
    case ProbedServer::sglang:
      return "sglang";
    case ProbedServer::lmstudio:
    case ProbedServer::llama_server:
      break;
  }
  return "openai";
}

std::string_view probed_profile(ProbedServer server) {
  if (server == ProbedServer::lmstudio) return "lmstudio";
  if (server == ProbedServer::llama_server) return "llama-server";
  return "";
}

std::vector<ProbeCandidate> well_known_candidates() {
  return {{.url = "http://127.0.0.1:11434", .likely = ProbedServer::ollama},
          {.url = "http://127.0.0.1:1234", .likely = ProbedServer::lmstudio},
          {.url = "http://127.0.0.1:8080", .likely = ProbedServer::llama_server},
          {.url = "http://127.0.0.1:8000", .likely = ProbedServer::vllm},
          {.url = "http://127.0.0.1:30000", .likely = ProbedServer::sglang}};
}

Task<std::vector<FoundRuntime>> probe_runtimes(http::EventLoop& loop,
                                               std::vector<ProbeCandidate> candidates,
                                               ProbeLimits limits) {
  candidates.resize(std::min(candidates.size(), kMaxProbeCandidates));
  const auto shared = std::make_shared<Shared>();
  shared->found.resize(candidates.size());
  shared->open = candidates.size();
  const std::int64_t deadline = loop.now_ms() + limits.deadline_ms;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    base::detach(probe_one(loop, candidates[i], limits, shared, i));
  }
  while (shared->open > 0) {
    if (loop.now_ms() >= deadline) shared->stop.cancel();
    co_await loop.sleep(kTickMs);
  }
  std::vector<FoundRuntime> found;
  for (auto& each : shared->found) {
    if (each) found.push_back(*std::move(each));
  }
  co_return found;
}

}  // namespace b3iq::runtimes
