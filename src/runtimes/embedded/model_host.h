// Many models behind one Runtime: each runs in a worker process of its own (embedded_runtime.h),
// which is started when somebody asks for the model and ended when it was idle for long or when
// another one needs its memory.
//
// Memory is counted by what was measured: the most that a running worker had of its own, and the
// pages of its file as far as the estimate says that they are needed. llama.cpp copies most weights
// into an order of its own; the file's pages, still mapped, are then cache that the kernel takes
// back when it wants. Of a model that was never loaded the estimate counts. A model is started only
// when it fits beside those that work; idle ones make room, the longest unused first.
//
// Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/single_thread_executor.h"
#include "http/event_loop.h"
#include "runtimes/embedded/embedded_runtime.h"

namespace b3iq::runtimes {

// How often load() looks whether the worker is ready.
inline constexpr std::int64_t kReadyPollMs = 20;
// Left to the rest of the machine when no budget is set: a sixteenth of its memory, at least this.
inline constexpr std::int64_t kMinSpareBytes = std::int64_t{512} * 1024 * 1024;

struct HostedModel {
  std::string name;
  std::string path;
  std::int64_t created = 0;  // Unix seconds
  std::int64_t size_bytes = 0;
  // Measured when it ran before, else estimated; 0 unknown: the file's size counts.
  std::int64_t memory_bytes = 0;
  bool memory_measured = false;
  std::int64_t estimated_bytes = 0;  // by the file; 0 unknown: all mapped pages count
  // Learned when it was loaded before; 0 and nothing: not yet.
  std::int64_t context_tokens = 0;
  std::optional<bool> tools;
};

struct ModelHostSettings {
  EmbeddedSettings worker;  // of every model; id is the host's, name and path are not used
  std::int64_t memory_bytes =
      0;  // budget of all workers together; 0: what the machine has to spare
  std::int64_t keep_idle_ms = 1'800'000;  // 0: until the memory is needed
};

// What is known of a model beside its files.
struct HostedState {
  bool loaded = false;            // a worker runs for it
  WorkerStatus worker;            // of a loaded one
  int calls = 0;                  // that run on it now
  std::int64_t memory_bytes = 0;  // measured, the most so far; 0 unknown
};

// What loading taught. Told each time that it has changed.
struct LoadedFacts {
  std::int64_t memory_bytes = 0;
  std::int64_t context_tokens = 0;
  bool tools = false;
};

struct MachineMemory {
  std::int64_t total_bytes = 0;
  std::int64_t available_bytes = 0;
};
// What the kernel tells (also under a memory limit of a container); zeros where it does not.
MachineMemory machine_memory();
// What a process has resident now; zeros when it is gone.
struct ProcessMemory {
  std::int64_t own_bytes = 0;   // anonymous: nobody else has it, and it cannot be read again
  std::int64_t file_bytes = 0;  // pages of files
};
ProcessMemory process_memory(pid_t pid);
// What counts of it for a model whose file promises `estimated_bytes`.
std::int64_t counted_memory(const ProcessMemory& memory, std::int64_t estimated_bytes);

class ModelHost final : public inference::Runtime {
 public:
  using Learned = std::function<void(const std::string& name, const LoadedFacts& facts)>;
  // `memory` is asked before a model is started.
  ModelHost(ModelHostSettings settings, const base::Clock& clock, http::EventLoop& loop,
            std::function<MachineMemory()> memory = machine_memory);
  ~ModelHost() override;

  // The models that there are from now on. The worker of a model that is gone, or has another file,
  // ends with the calls that it has.
  void set_models(std::vector<HostedModel> models);
  void on_learned(Learned learned) { learned_ = std::move(learned); }

  std::string_view id() const override { return settings_.worker.id; }
  std::string_view kind() const override { return "embedded"; }
  inference::RuntimeHealth health() const override;
  base::Task<base::Result<std::vector<inference::RuntimeModel>>> models() override;
  // Errors: model_not_found, insufficient_memory, overloaded when the memory is in use, and those
  // of EmbeddedRuntime.
  base::Task<base::Result<std::unique_ptr<inference::TokenStream>>> stream(
      const inference::ChatRequest& request, base::CancelToken cancel) override;
  base::Task<base::Result<inference::ChatAnswer>> answer(const inference::ChatRequest& request,
                                                         base::CancelToken cancel) override;
  base::Task<base::Result<inference::EmbeddingAnswer>> embed(
      const inference::EmbeddingRequest& request, base::CancelToken cancel) override;

  // Starts the model, also when it failed to start before, and waits until it is ready. Errors:
  // those of stream(), and what kept it from loading as upstream_failed; cancelled ends the wait,
  // not the loading.
  base::Task<base::Status> load(std::string name, base::CancelToken cancel);
  // Ends its worker and waits for it. Errors: model_not_found; conflict while calls run on it.
  base::Task<base::Status> unload(std::string name);
  // Looks at every worker's memory and ends those that were idle for too long. To be called every
  // second or so.
  void sweep();

  HostedState state(std::string_view name) const;
  // What models may use in all, and what the loaded ones take of it.
  std::int64_t budget_bytes() const;
  std::int64_t used_bytes() const;

 private:
  struct Slot;
  class HeldStream;
  class Use;

  base::Task<base::Result<std::shared_ptr<Slot>>> acquire(std::string name);
  base::Task<base::Status> make_room(Slot& wanted);
  base::Task<void> end_worker(Slot& slot);
  base::Task<void> end_if_down(const std::string& name);
  Slot* longest_idle() const;
  std::shared_ptr<EmbeddedRuntime> make_runtime(const HostedModel& model, bool start) const;
  void start(Slot& slot);
  void look_at(Slot& slot);
  base::Result<std::shared_ptr<Slot>> find(std::string_view name) const;
  base::Task<void> lock();
  void unlock();

  ModelHostSettings settings_;
  const base::Clock& clock_;
  http::EventLoop& loop_;
  std::function<MachineMemory()> memory_;
  Learned learned_;
  std::map<std::string, std::shared_ptr<Slot>, std::less<>> slots_;
  bool locked_ = false;  // one model is started or ended at a time
  std::vector<base::Arrival<bool>*> waiters_;
  // Workers end here: that takes as long as the kernel needs to give their memory back.
  std::unique_ptr<base::SingleThreadExecutor> ender_;
};

}  // namespace b3iq::runtimes
