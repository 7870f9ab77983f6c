#include "agent/models/model_library.h"

#include <chrono>
#include <thread>

#include "agent/runtime_factory.h"
#include "cli/version.h"
#include "http/interval_timer.h"

namespace b3iq::agent {

using base::Status;
using base::Task;

namespace {

// How often the host looks at its workers' memory and idleness.
constexpr std::int64_t kSweepEveryUs = 2'000'000;
// Work that is cut off when the node is made to stop at once ends within this.
constexpr int kLastTurns = 300;
constexpr std::chrono::milliseconds kTurn{10};

InstallerSettings installer_settings(const InstalledModelSettings& settings) {
  return {settings.download_bytes_per_second, settings.context_tokens, settings.slots};
}

ModelInstaller::Libraries libraries(const LibraryNeeds& needs) {
  return [&loop = needs.loop, &settings = needs.settings, &own_port = needs.own_port](
             const std::string& id) { return make_ollama_library(loop, settings, id, own_port); };
}

}  // namespace

ModelLibrary::ModelLibrary(const LibraryNeeds& needs, Catalogue catalogue)
    : loop_(needs.loop),
      registry_(needs.registry),
      catalogue_(std::move(catalogue)),
      store_(needs.database, needs.home.models()),
      jobs_(needs.database, needs.clock, needs.random),
      host_(std::make_unique<runtimes::ModelHost>(
          host_settings(needs.settings.installed, needs.installation), needs.clock, needs.loop)),
      timer_(http::interval_timer(needs.loop, kSweepEveryUs)),
      installer_(installer_settings(needs.settings.installed), store_, jobs_, *host_,
                 libraries(needs), needs.own_port, needs.clock, needs.loop),
      benchmark_(registry_, jobs_, *host_, needs.database, std::string(cli::kVersion),
                 needs.clock) {
  connect();
}

void ModelLibrary::connect() {
  store_.on_change([this] {
    host_->set_models(store_.hosted());
    base::detach(registry_.refresh());
  });
  host_->on_learned([this](const std::string& model, const runtimes::LoadedFacts& facts) {
    const auto* known = store_.find(model);
    const bool news = known == nullptr || !known->was_loaded ||
                      known->learned.context_tokens != facts.context_tokens ||
                      known->learned.tools != facts.tools;
    store_.learn(model, facts);
    if (news) base::detach(registry_.refresh());
  });
  jobs_.on_work(JobKind::install, [this](const ModelJob& job, base::CancelToken cancel) {
    return installer_.install(job, cancel);
  });
  jobs_.on_work(JobKind::pull, [this](const ModelJob& job, base::CancelToken cancel) {
    return installer_.pull(job, cancel);
  });
  jobs_.on_work(JobKind::benchmark, [this](const ModelJob& job, base::CancelToken cancel) {
    return benchmark_.run(job, cancel);
  });
  jobs_.on_discard([this](const ModelJob& job) { installer_.discard(job); });
}

Status ModelLibrary::load() {
  TRY_OK(store_.load());
  TRY_OK(jobs_.load());
  std::vector<std::string> unfinished;
  for (const auto& job : jobs_.list())
    if (!job.ended()) unfinished.push_back(ModelInstaller::folder_of(job));
  store_.remove_strays(unfinished);
  host_->set_models(store_.hosted());
  return {};
}

void ModelLibrary::start() {
  jobs_.start();
  if (timer_) base::detach(sweep());
}

Task<void> ModelLibrary::sweep() {
  while (co_await http::next_tick(*timer_)) host_->sweep();
}

void ModelLibrary::close() {
  if (timer_) timer_->close();
  jobs_.close();
}

Task<base::Status> ModelLibrary::remove(std::string id) {
  const auto* model = store_.find(id);
  if (model != nullptr && !store_.is_missing(*model)) CO_TRY_OK(co_await host_->unload(id));
  co_return co_await store_.remove(id);
}

void ModelLibrary::end() {
  for (int turn = 0; turn < kLastTurns && !jobs_.idle(); ++turn) {
    loop_.settle();
    std::this_thread::sleep_for(kTurn);
  }
  host_.reset();
}

}  // namespace b3iq::agent
