#include "runtimes/embedded/model_host.h"

#include <algorithm>

namespace b3iq::runtimes {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kBusyRetryMs = 5'000;
constexpr std::int64_t kMiB = 1024 * 1024;

std::string mebibytes(std::int64_t bytes) {
  return std::to_string((bytes + kMiB - 1) / kMiB) + " MiB";
}

template <class Request>
std::string name_in(const Request& request) {
  return std::string(request.runtime_model.empty() ? request.model : request.runtime_model);
}

bool same_file(const HostedModel& left, const HostedModel& right) {
  return left.path == right.path && left.created == right.created &&
         left.size_bytes == right.size_bytes;
}

}  // namespace

// One model. Calls hold it, so it may outlive its place in the host.
struct ModelHost::Slot {
  explicit Slot(HostedModel described) : model(std::move(described)) {}

  std::int64_t expected_bytes() const {
    if (model.memory_measured) return std::max(model.memory_bytes, measured_bytes);
    if (measured_bytes > 0) return measured_bytes;
    return model.memory_bytes > 0 ? model.memory_bytes : model.size_bytes;
  }

  HostedModel model;
  // Of a model that is not loaded one whose worker was never started.
  std::shared_ptr<EmbeddedRuntime> runtime;
  bool loaded = false;
  int calls = 0;
  std::int64_t last_used_ns = 0;
  std::int64_t measured_bytes = 0;
  LoadedFacts told;
};

// One call's hold on its model, and on the worker that it began on.
class ModelHost::Use {
 public:
  Use(std::shared_ptr<Slot> slot, const base::Clock& clock)
      : slot_(std::move(slot)), runtime_(slot_->runtime), clock_(clock) {
    ++slot_->calls;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    --slot_->calls;
    slot_->last_used_ns = clock_.steady_ns();
  }
  EmbeddedRuntime& runtime() const { return *runtime_; }

 private:
  std::shared_ptr<Slot> slot_;
  std::shared_ptr<EmbeddedRuntime> runtime_;
  const base::Clock& clock_;
};

class ModelHost::HeldStream final : public inference::TokenStream {
 public:
  HeldStream(std::unique_ptr<Use> use, std::unique_ptr<inference::TokenStream> stream)
      : use_(std::move(use)), stream_(std::move(stream)) {}
  Task<Result<const inference::StreamStep*>> next() override { return stream_->next(); }
  const inference::StreamStep* next_if_ready() override { return stream_->next_if_ready(); }

 private:
  std::unique_ptr<Use> use_;
  std::unique_ptr<inference::TokenStream> stream_;
};

ModelHost::ModelHost(ModelHostSettings settings, const base::Clock& clock, http::EventLoop& loop,
                     std::function<MachineMemory()> memory)
    : settings_(std::move(settings)), clock_(clock), loop_(loop), memory_(std::move(memory)) {}

ModelHost::~ModelHost() = default;

void ModelHost::set_models(std::vector<HostedModel> models) {
  std::map<std::string, std::shared_ptr<Slot>, std::less<>> kept;
  for (auto& model : models) {
    const auto found = slots_.find(model.name);
    auto slot = found != slots_.end() && same_file(found->second->model, model)
                    ? found->second
                    : std::make_shared<Slot>(model);
    slot->model = std::move(model);
    if (!slot->runtime) slot->runtime = make_runtime(slot->model, false);
    kept.emplace(slot->model.name, std::move(slot));
  }
  const auto before = std::exchange(slots_, std::move(kept));
  for (const auto& [name, slot] : before) {
    const auto now = slots_.find(name);
    if (now == slots_.end() || now->second != slot) base::detach(end_worker(*slot));
  }
}

inference::RuntimeHealth ModelHost::health() const {
  inference::RuntimeHealth health;
  health.state = inference::RuntimeState::ready;
  const auto loaded =
      std::ranges::count_if(slots_, [](const auto& entry) { return entry.second->loaded; });
  health.detail = slots_.empty() ? "No model is installed."
                                 : std::to_string(slots_.size()) + " models, " +
                                       std::to_string(loaded) + " loaded";
  return health;
}

Task<Result<std::vector<inference::RuntimeModel>>> ModelHost::models() {
  std::vector<inference::RuntimeModel> all;
  for (const auto& [name, held] : std::map(slots_)) {
    const auto slot = held;
    CO_TRY(auto offered, co_await slot->runtime->models());
    auto& model = offered.front();
    // What the worker has not told yet: as it was when it was last loaded. A model that never was
    // may have tools; its worker refuses what its template cannot do.
    if (model.capabilities.context_tokens == 0)
      model.capabilities.context_tokens = slot->model.context_tokens;
    if (!slot->loaded)
      model.capabilities.tools = model.capabilities.chat && slot->model.tools.value_or(true);
    model.loaded = slot->loaded;
    all.push_back(std::move(model));
  }
  co_return all;
}

Result<std::shared_ptr<ModelHost::Slot>> ModelHost::find(std::string_view name) const {
  const auto found = slots_.find(name);
  if (found == slots_.end()) {
    return Error(ErrorCode::model_not_found,
                 "No model '" + std::string(name) +
                     "' is installed. `b3iq-host models installed` shows them.",
                 "model");
  }
  return found->second;
}

Task<void> ModelHost::lock() {
  while (locked_) {
    base::Arrival<bool> turn;
    auto join = [&] { waiters_.push_back(&turn); };
    co_await turn.wait(join);
  }
  locked_ = true;
}

void ModelHost::unlock() {
  locked_ = false;
  for (auto* waiter : std::exchange(waiters_, {})) waiter->set(true);
}

std::int64_t ModelHost::used_bytes() const {
  std::int64_t used = 0;
  for (const auto& [name, slot] : slots_)
    if (slot->loaded) used += slot->expected_bytes();
  return used;
}

std::int64_t ModelHost::budget_bytes() const {
  if (settings_.memory_bytes > 0) return settings_.memory_bytes;
  const auto memory = memory_();
  const auto spare = std::max(kMinSpareBytes, memory.total_bytes / 16);
  return std::max<std::int64_t>(0, used_bytes() + memory.available_bytes - spare);
}

ModelHost::Slot* ModelHost::longest_idle() const {
  Slot* oldest = nullptr;
  for (const auto& [name, slot] : slots_) {
    if (!slot->loaded || slot->calls > 0) continue;
    if (oldest == nullptr || slot->last_used_ns < oldest->last_used_ns) oldest = slot.get();
  }
  return oldest;
}

Task<Status> ModelHost::make_room(Slot& wanted) {
  const auto need = wanted.expected_bytes();
  for (;;) {
    const auto budget = budget_bytes();
    const auto used = used_bytes();
    if (used + need <= budget) co_return Status();
    if (Slot* idle = longest_idle()) {
      co_await end_worker(*idle);
      continue;
    }
    const auto numbers = "'" + wanted.model.name + "' needs " + mebibytes(need) +
                         " of memory; models may use " + mebibytes(budget) + " here";
    if (used == 0) {
      co_return Error(ErrorCode::insufficient_memory,
                      numbers +
                          ". Take a smaller model or quantisation, shorten context_tokens, "
                          "or raise models.memory in config.json.",
                      "model");
    }
    co_return Error(ErrorCode::overloaded,
                    numbers + ", and " + mebibytes(used) +
                        " of it is at work. Try again when those calls have ended.",
                    "model", kBusyRetryMs);
  }
}

std::shared_ptr<EmbeddedRuntime> ModelHost::make_runtime(const HostedModel& model,
                                                         bool start) const {
  auto settings = settings_.worker;
  settings.model_name = model.name;
  settings.model_path = model.path;
  settings.start_at_once = start;
  return std::make_shared<EmbeddedRuntime>(settings);
}

void ModelHost::start(Slot& slot) {
  slot.runtime = make_runtime(slot.model, true);
  slot.loaded = true;
  slot.last_used_ns = clock_.steady_ns();
}

// The worker's end is waited for: before that its memory is not free. Calls that still run keep it
// until they end. Touches `slot` before it waits only.
Task<void> ModelHost::end_worker(Slot& slot) {
  if (!slot.loaded) co_return;
  look_at(slot);
  slot.loaded = false;
  auto doomed = std::exchange(slot.runtime, make_runtime(slot.model, false));
  if (!ender_) ender_ = std::make_unique<base::SingleThreadExecutor>();
  base::Arrival<bool> ended;
  auto end = [this, &ended, &doomed] {
    ender_->post([&ended, &doomed] {
      doomed.reset();
      ended.set(true);
    });
  };
  co_await ended.wait(end);
}

// A loaded model's slot; a coroutine that waits only when something must be loaded or ended.
Task<Result<std::shared_ptr<ModelHost::Slot>>> ModelHost::acquire(std::string name) {
  CO_TRY(auto slot, find(name));
  if (slot->loaded) co_return slot;
  co_await lock();
  // Another call may have loaded it meanwhile, and the owner may have removed it.
  auto found = find(name);
  Status room;
  if (found.ok() && !(*found)->loaded) {
    room = co_await make_room(**found);
    if (room.ok()) start(**found);
  }
  unlock();
  if (!room.ok()) co_return std::move(room).error();
  co_return found;
}

Task<Result<std::unique_ptr<inference::TokenStream>>> ModelHost::stream(
    const inference::ChatRequest& request, base::CancelToken cancel) {
  CO_TRY(auto slot, co_await acquire(name_in(request)));
  auto use = std::make_unique<Use>(slot, clock_);
  CO_TRY(auto opened, co_await use->runtime().stream(request, cancel));
  std::unique_ptr<inference::TokenStream> held =
      std::make_unique<HeldStream>(std::move(use), std::move(opened));
  co_return held;
}

Task<Result<inference::ChatAnswer>> ModelHost::answer(const inference::ChatRequest& request,
                                                      base::CancelToken cancel) {
  CO_TRY(auto slot, co_await acquire(name_in(request)));
  const Use use(slot, clock_);
  co_return co_await use.runtime().answer(request, cancel);
}

Task<Result<inference::EmbeddingAnswer>> ModelHost::embed(
    const inference::EmbeddingRequest& request, base::CancelToken cancel) {
  CO_TRY(auto slot, co_await acquire(name_in(request)));
  const Use use(slot, clock_);
  co_return co_await use.runtime().embed(request, cancel);
}

// A worker that gave up stays down for calls; whoever asks to load has perhaps mended its file.
Task<void> ModelHost::end_if_down(const std::string& name) {
  const auto found = slots_.find(name);
  if (found == slots_.end() || !found->second->loaded) co_return;
  const auto slot = found->second;
  if (slot->runtime->worker_status().state != WorkerState::down) co_return;
  co_await lock();
  co_await end_worker(*slot);
  unlock();
}

Task<Status> ModelHost::load(std::string name, base::CancelToken cancel) {
  co_await end_if_down(name);
  CO_TRY(auto slot, co_await acquire(name));
  const Use use(slot, clock_);
  for (;;) {
    if (cancel.cancelled()) co_return Error(ErrorCode::cancelled, "The loading was cancelled.");
    const auto status = use.runtime().worker_status();
    if (status.state == WorkerState::ready) break;
    if (status.state == WorkerState::down || status.state == WorkerState::waiting)
      co_return Error(ErrorCode::upstream_failed, status.detail, "model");
    co_await loop_.sleep(kReadyPollMs);
  }
  look_at(*slot);
  co_return Status();
}

Task<Status> ModelHost::unload(std::string name) {
  CO_TRY(auto slot, find(name));
  if (slot->calls > 0) {
    co_return Error(ErrorCode::conflict,
                    std::to_string(slot->calls) + " calls run on '" + name +
                        "'. Try again when they have ended.",
                    "model", kBusyRetryMs);
  }
  co_await lock();
  co_await end_worker(*slot);
  unlock();
  co_return Status();
}

// What a worker has taught is told once, and again when it has grown.
void ModelHost::look_at(Slot& slot) {
  const auto status = slot.runtime->worker_status();
  if (status.state != WorkerState::ready) return;
  const auto counted = counted_memory(process_memory(status.pid), slot.model.estimated_bytes);
  slot.measured_bytes = std::max(slot.measured_bytes, counted);
  const LoadedFacts facts{slot.measured_bytes, status.model.context_tokens, status.model.tools};
  const bool news = facts.memory_bytes > slot.told.memory_bytes ||
                    facts.context_tokens != slot.told.context_tokens ||
                    facts.tools != slot.told.tools;
  if (!news) return;
  slot.told = facts;
  if (learned_) learned_(slot.model.name, facts);
}

void ModelHost::sweep() {
  for (const auto& [name, slot] : slots_) {
    if (!slot->loaded) continue;
    look_at(*slot);
    const auto idle_ms = (clock_.steady_ns() - slot->last_used_ns) / 1'000'000;
    if (settings_.keep_idle_ms > 0 && slot->calls == 0 && idle_ms > settings_.keep_idle_ms)
      base::detach(end_worker(*slot));
  }
}

HostedState ModelHost::state(std::string_view name) const {
  HostedState state;
  const auto found = slots_.find(name);
  if (found == slots_.end()) return state;
  const auto& slot = *found->second;
  state.calls = slot.calls;
  state.memory_bytes = slot.measured_bytes;
  state.loaded = slot.loaded;
  if (slot.loaded) state.worker = slot.runtime->worker_status();
  return state;
}

}  // namespace b3iq::runtimes
