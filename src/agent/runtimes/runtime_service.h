// The runtimes of config.json while the node runs: made at the start, added and removed by an
// operator without a restart. A change is in config.json before it is at work. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/home.h"
#include "agent/models/model_registry.h"
#include "agent/routing/dispatcher.h"
#include "agent/runtimes/runtime_request.h"
#include "agent/settings.h"
#include "agent/upkeep/side_thread.h"
#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::agent {

class RuntimeService {
 public:
  // All of it outlives the service, but `models` and `dispatcher` may be built later: they are used
  // once the loop runs. `own_port` is known once the node listens. `serves`: the runtimes are at
  // work; else only config.json is changed.
  struct Parts {
    const Home& home;
    Settings& settings;
    http::EventLoop& loop;
    ModelRegistry& models;
    Dispatcher& dispatcher;
    AuditLog& audit;
    const std::uint16_t& own_port;
    bool serves;
  };
  using Made = std::vector<std::unique_ptr<inference::Runtime>>;
  // `made`: one for each of settings.runtimes, in order; none when nothing serves.
  RuntimeService(Parts parts, Made made) : parts_(parts), runtimes_(std::move(made)) {}

  bool serves() const { return parts_.serves; }
  // In order of preference.
  std::vector<inference::Runtime*> pointers() const;
  std::vector<LaneSettings> lanes() const;
  // Null for a runtime that no entry of config.json makes.
  const RuntimeSettings* settings_of(std::string_view id) const;
  static bool removable(const RuntimeSettings& settings);

  // Both write their files beside the loop, one change at a time: conflict while another is
  // written. `actor` is whom the audit log names.
  //
  // The runtime, or null when nothing serves. Errors: conflict (id or server are there already),
  // invalid_request, those of writing config.json.
  base::Task<base::Result<inference::Runtime*>> add(RuntimeRequest request, std::string actor);
  // Errors: not_found; conflict while calls run or wait on it, or when it is not to be removed;
  // those of writing config.json. Calls that began meanwhile come to their end.
  base::Task<base::Status> remove(std::string id, std::string actor);
  bool idle() const { return !changing_; }
  // Called when one was added or removed while the node serves.
  void on_change(std::function<void()> told) { changed_ = std::move(told); }

  // Ends removed runtimes that nothing uses any more. Adding and removing do so too.
  void sweep();
  // For the node's end: destroys all of them.
  void clear();
  // Removed runtimes that something still uses.
  std::size_t retired() const { return retired_.size(); }

 private:
  struct Retired {
    std::unique_ptr<inference::Runtime> runtime;
    std::weak_ptr<const void> use;
  };

  // Only one change at a time, from its checks to its end.
  class Change;

  base::Status check_new(const RuntimeSettings& settings) const;
  base::Result<const RuntimeSettings*> check_removable(const std::string& id) const;
  base::Status check_idle(const inference::Runtime& runtime) const;
  base::Task<base::Status> write_key(RuntimeSettings& settings, crypto::Secret api_key);
  base::Result<inference::Runtime*> take_in(std::unique_ptr<inference::Runtime> made,
                                            const RuntimeSettings& settings);
  LaneSettings lane_of(inference::Runtime& runtime, const RuntimeSettings& settings) const;
  std::string key_file_of(std::string_view id) const;
  void remove_key_file(const RuntimeSettings& settings) const;
  void retire(std::size_t index);

  Parts parts_;
  Made runtimes_;  // as settings.runtimes, while the node serves
  std::vector<Retired> retired_;
  std::function<void()> changed_;
  bool changing_ = false;
  SideThread thread_;
};

}  // namespace b3iq::agent
