#include "agent/inventory/inventory_service.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/inventory/inventory_json.h"
#include "base/log.h"

namespace b3iq::agent::inventory {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

// Shared with what the probe's thread posts, which may arrive when the service is gone.
class InventoryService::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(InventoryOptions options, const base::Clock& clock, base::Executor& loop)
      : options_(std::move(options)), clock_(clock), loop_(loop), runner_(options_.limits) {}

  void refresh() {
    if (probing_) return;
    probing_ = true;
    try {
      // Joined before this object dies, so it may borrow from it.
      thread_ = std::thread([this] { probe(); });
    } catch (const std::system_error& failure) {  // no thread to be had
      probing_ = false;
      base::log(base::LogLevel::warn, "inventory.no_thread", {{"error", failure.what()}});
      answer(Error(ErrorCode::overloaded, "The machine has no thread left to be read with."));
    }
  }

  void close() {
    stop_ = true;
    closed_ = true;
    if (thread_.joinable()) thread_.join();
    answer(Error(ErrorCode::shutting_down, "The node is stopping."));
  }

  const SnapshotPtr& latest() const { return latest_; }
  std::int64_t age_ms(const Snapshot& snapshot) const {
    return (clock_.steady_ns() - snapshot.taken_ns) / 1'000'000;
  }

  // Holds the core itself: the service may go while this waits.
  static Task<Result<SnapshotPtr>> snapshot(std::shared_ptr<Core> core) {
    if (core->latest_ && core->age_ms(*core->latest_) <= core->options_.fresh_ms)
      co_return core->latest_;
    if (core->closed_) co_return Error(ErrorCode::shutting_down, "The node is stopping.");
    base::Arrival<Result<SnapshotPtr>> arrival;
    auto begin = [&core, &arrival] {
      core->waiting_.push_back(&arrival);
      core->refresh();
    };
    co_return co_await arrival.wait(begin);
  }

 private:
  // The thread's body.
  void probe() {
    const std::int64_t begun = clock_.steady_ns();
    Snapshot made;
    made.inventory = probe_once(options_, runner_, stop_);
    made.taken_ns = clock_.steady_ns();
    made.taken_at_ms = clock_.wall_ms();
    made.took_ms = (made.taken_ns - begun) / 1'000'000;
    loop_.post([weak = weak_from_this(), snapshot = std::move(made)]() mutable {
      if (const auto core = weak.lock()) core->finish(std::move(snapshot));
    });
  }

  void finish(Snapshot made) {
    if (closed_) return;
    thread_.join();
    probing_ = false;
    tell_gone_gpus(made);
    made.content_hash = content_hash(made.inventory);
    for (const Note& note : made.inventory.notes) {
      if (told_.insert(note.code.value_or("") + note.text.value_or("")).second)
        base::log(base::LogLevel::warn, "inventory.note",
                  {{"code", note.code.value_or("")}, {"text", note.text.value_or("")}});
    }
    if (told_.size() > kMaxTold) told_.clear();
    latest_ = std::make_shared<const Snapshot>(std::move(made));
    answer(latest_);
  }

  // A GPU that was there and is not, where all GPUs could be seen. Told until it is back.
  void tell_gone_gpus(Snapshot& made) {
    Inventory& inventory = made.inventory;
    if (!inventory.gpus_complete.value_or(false) || !inventory.gpus) return;
    std::map<std::string, std::string> now;
    for (const Gpu& gpu : *inventory.gpus) {
      if (gpu.pci_address) now[*gpu.pci_address] = gpu.name.value_or("a GPU without a name");
    }
    for (const auto& [address, name] : seen_gpus_) {
      if (now.contains(address)) continue;
      inventory.notes.push_back(
          {"gpu_gone",
           fmt::format("{} at {} was there and is gone: taken out, or dropped by its driver.", name,
                       address)});
    }
    for (auto& [address, name] : now) seen_gpus_.insert_or_assign(address, std::move(name));
  }

  void answer(const Result<SnapshotPtr>& result) {
    for (auto* arrival : std::exchange(waiting_, {})) arrival->set(result);
  }

  static constexpr std::size_t kMaxTold = 256;

  InventoryOptions options_;
  const base::Clock& clock_;
  base::Executor& loop_;
  ProbeRunner runner_;  // the probe's thread only
  std::atomic<bool> stop_ = false;
  bool closed_ = false;
  bool probing_ = false;
  SnapshotPtr latest_;
  std::map<std::string, std::string> seen_gpus_;  // every one of this run, by address
  std::set<std::string> told_;                    // notes that stand in the log already
  std::vector<base::Arrival<Result<SnapshotPtr>>*> waiting_;
  std::thread thread_;
};

InventoryService::InventoryService(InventoryOptions options, const base::Clock& clock,
                                   base::Executor& loop)
    : core_(std::make_shared<Core>(std::move(options), clock, loop)) {}

InventoryService::~InventoryService() { core_->close(); }

void InventoryService::refresh() { core_->refresh(); }
SnapshotPtr InventoryService::latest() const { return core_->latest(); }
Task<Result<SnapshotPtr>> InventoryService::snapshot() { return Core::snapshot(core_); }
std::int64_t InventoryService::age_ms(const Snapshot& snapshot) const {
  return core_->age_ms(snapshot);
}

void write_snapshot(json::Writer& writer, const Snapshot& snapshot, std::int64_t age_ms) {
  constexpr int kVersion = 1;
  writer.begin_object();
  writer.member("version", kVersion);
  writer.member("taken_at", std::string_view(base::rfc3339(snapshot.taken_at_ms)));
  writer.member("age_ms", age_ms);
  writer.member("probe_ms", snapshot.took_ms);
  writer.member("content_hash", snapshot.content_hash);
  writer.key("inventory");
  write_inventory(writer, snapshot.inventory);
  writer.end_object();
}

}  // namespace b3iq::agent::inventory
