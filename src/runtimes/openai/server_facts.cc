#include "runtimes/openai/server_facts.h"

#include "json/json.h"
#include "runtimes/openai/model_list.h"

namespace b3iq::runtimes {
namespace {

using base::Result;
using base::Task;
using inference::RuntimeFacts;
using inference::RuntimeLoad;
using inference::RuntimeModel;

Task<Result<std::string>> ask_root(Upstream& upstream, std::string_view path) {
  UpstreamRequest request;
  request.base = UpstreamBase::root;
  request.path = path;
  co_return co_await upstream.ask(request, kMaxFactBytes);
}

// The answer's object; nothing when it cannot be had.
Task<std::optional<json::Document>> ask_json(Upstream& upstream, std::string_view path) {
  const auto body = co_await ask_root(upstream, path);
  if (!body.ok()) co_return std::nullopt;
  auto document = json::Document::parse(*body, {.max_bytes = kMaxFactBytes});
  if (!document.ok()) co_return std::nullopt;
  co_return std::optional<json::Document>(std::move(document).value());
}

struct GaugeNames {
  std::string_view running;
  std::string_view waiting;
};

Task<RuntimeLoad> load_of_metrics(Upstream& upstream, GaugeNames names) {
  const auto text = co_await ask_root(upstream, "/metrics");
  RuntimeLoad load;
  if (!text.ok()) co_return load;
  load.running = sum_gauge(*text, names.running);
  load.waiting = sum_gauge(*text, names.waiting);
  co_return load;
}

Task<std::string> version_of(Upstream& upstream, std::string_view path, std::string_view member) {
  const auto document = co_await ask_json(upstream, path);
  co_return document ? read_version(document->root().find(member)) : std::string();
}

// /metrics is off by default; /slots is on.
Task<RuntimeLoad> llama_load(Upstream& upstream) {
  GaugeNames names{"llamacpp:requests_processing", "llamacpp:requests_deferred"};
  RuntimeLoad load = co_await load_of_metrics(upstream, names);
  if (load.running) co_return load;
  const auto slots = co_await ask_json(upstream, "/slots");
  if (!slots || !slots->root().is_array()) co_return load;
  std::int64_t busy = 0;
  for (std::size_t i = 0; i < slots->root().size(); ++i) {
    const auto processing = slots->root().at(i).find("is_processing").boolean();
    if (!processing) co_return load;
    if (*processing) ++busy;
  }
  load.running = busy;
  co_return load;
}

// /metrics is off by default. /get_load is [{"num_reqs":…,"num_waiting_reqs":…}], one per data
// parallel rank; num_reqs counts the waiting ones too.
Task<RuntimeLoad> sglang_load(Upstream& upstream) {
  GaugeNames names{"sglang:num_running_reqs", "sglang:num_queue_reqs"};
  RuntimeLoad load = co_await load_of_metrics(upstream, names);
  if (load.running) co_return load;
  const auto ranks = co_await ask_json(upstream, "/get_load");
  if (!ranks || !ranks->root().is_array() || ranks->root().size() == 0) co_return load;
  std::int64_t all = 0;
  std::int64_t waiting = 0;
  for (std::size_t i = 0; i < ranks->root().size(); ++i) {
    const auto here = ranks->root().at(i).find("num_reqs").integer();
    const auto queued = ranks->root().at(i).find("num_waiting_reqs").integer();
    if (!here || !queued || *queued < 0 || *here < *queued) co_return load;
    all += *here;
    waiting += *queued;
  }
  load.running = all - waiting;
  load.waiting = waiting;
  co_return load;
}

// The information holds the server's own settings, its key among them: nothing but the version is
// taken from it.
Task<std::string> sglang_version(Upstream& upstream) {
  std::string version = co_await version_of(upstream, "/get_server_info", "version");
  if (version.empty()) version = co_await version_of(upstream, "/server_info", "version");
  co_return version;
}

}  // namespace

Task<Result<RuntimeFacts>> ask_facts(Upstream& upstream, ServerProfile profile) {
  UpstreamRequest there;
  there.path = "/models";
  const auto answered = co_await upstream.ask(there, kMaxModelListBytes);
  if (!answered.ok()) co_return answered.error();
  RuntimeFacts facts;
  switch (profile) {
    case ServerProfile::any:
    case ServerProfile::lmstudio:  // tells neither
      break;
    case ServerProfile::llama_server:
      facts.version = co_await version_of(upstream, "/props", "build_info");
      facts.load = co_await llama_load(upstream);
      break;
    case ServerProfile::vllm: {
      GaugeNames names{"vllm:num_requests_running", "vllm:num_requests_waiting"};
      facts.version = co_await version_of(upstream, "/version", "version");
      facts.load = co_await load_of_metrics(upstream, names);
      break;
    }
    case ServerProfile::sglang:
      facts.version = co_await sglang_version(upstream);
      facts.load = co_await sglang_load(upstream);
      break;
  }
  co_return facts;
}

Task<void> learn_more(Upstream& upstream, ServerProfile profile,
                      std::vector<RuntimeModel>& models) {
  if (profile == ServerProfile::llama_server && models.size() == 1) {
    const auto props = co_await ask_json(upstream, "/props");
    if (props) read_llama_props(props->root(), models.front());
  }
  if (profile == ServerProfile::lmstudio) {
    const auto v0 = co_await ask_json(upstream, "/api/v0/models");
    if (v0 && read_lmstudio_models(v0->root(), models)) co_return;
    const auto v1 = co_await ask_json(upstream, "/api/v1/models");
    if (v1) read_lmstudio_models(v1->root(), models);
  }
}

}  // namespace b3iq::runtimes
