// Which model names this node answers to, and which runtimes stand behind each, in order of
// preference. Names are the runtimes' own plus the owner's aliases. Where several runtimes offer
// one name, those that the owner prefers for it come first, then the others as they are configured.
// An alias leads to its models in the order in which it names them; a runtime's own name goes
// before an alias. A name without a tag and the one with ":latest" find each other. Loop thread
// only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/models/model_route.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "inference/runtime.h"

namespace b3iq::agent {

// From config.json: other names of models, and runtimes to prefer for a model.
struct ModelNames {
  std::map<std::string, std::vector<std::string>> aliases;
  std::map<std::string, std::vector<std::string>> preferred_runtimes;
};

struct ModelEntry {
  std::string id;
  std::string alias_of;  // empty for a runtime's own name
  std::string runtime_kind;
  std::int64_t created = 0;
  ModelRoutePointer route;
  // Of the runtime that stands first for it, as in ModelTarget.
  std::int64_t size_bytes = 0;
  std::optional<bool> loaded;
};

// Ollama's habit: a name without a tag is the one with ":latest".
bool same_model(std::string_view one, std::string_view other);

class ModelRegistry {
 public:
  // `runtimes` in order of preference; they live until they are removed.
  ModelRegistry(std::vector<inference::Runtime*> runtimes, ModelNames names,
                const base::Clock& clock);

  // A runtime more, before the one that stands at `index` now.
  void add(std::size_t index, inference::Runtime& runtime);
  // Its models are gone at once. The runtime itself may be destroyed once the answer has expired:
  // calls and questions that are under way hold it.
  std::weak_ptr<const void> remove(const inference::Runtime& runtime);
  // For questions that the holder asks the runtime itself.
  RuntimeUse use(const inference::Runtime& runtime) const { return uses_.at(&runtime); }
  const ModelNames& names() const { return names_; }

  // Asks every runtime for its models. One that does not answer keeps the models it had.
  base::Task<void> refresh();
  // Asks one runtime for its models.
  base::Task<void> learn(inference::Runtime& runtime);
  // Starts a refresh behind the caller's back when the last one is older than kStaleNs.
  void refresh_if_stale();
  // Errors: model_not_found, naming what there is; runtime_unreachable when a runtime that may have
  // it is away.
  base::Task<base::Result<ModelRoutePointer>> resolve(std::string name);
  std::vector<ModelEntry> list() const;
  // Whether config.json gives this name to other models.
  bool is_alias(std::string_view name) const { return names_.aliases.contains(std::string(name)); }
  // What a runtime offered when it was last asked.
  const std::vector<inference::RuntimeModel>& models_of(const inference::Runtime& runtime) const;
  // The routes of the runtimes' own names, by name.
  std::vector<ModelRoutePointer> routes() const;
  const std::vector<inference::Runtime*>& runtimes() const { return runtimes_; }
  // Rises whenever the list may have become another.
  std::uint64_t revision() const { return revision_; }

 private:
  // Waits for the refresh that runs, or runs one.
  base::Task<void> refreshed();
  void make_routes();
  // By a runtime's own name.
  ModelRoutePointer offered(std::string_view name) const;
  ModelRoutePointer find(const std::string& name) const;
  std::vector<inference::Runtime*> runtimes_for(const std::string& model) const;
  base::Error unknown(std::string_view name) const;

  std::vector<inference::Runtime*> runtimes_;
  std::map<const inference::Runtime*, RuntimeUse> uses_;  // of runtimes_
  ModelNames names_;
  const base::Clock& clock_;
  std::map<const inference::Runtime*, std::vector<inference::RuntimeModel>> models_of_;
  std::map<std::string, ModelRoutePointer, std::less<>> routes_;   // by the runtimes' names
  std::map<std::string, ModelRoutePointer, std::less<>> aliased_;  // by alias
  std::vector<const inference::Runtime*> unreachable_;
  std::int64_t refreshed_ns_ = 0;
  std::map<const inference::Runtime*, bool> ready_when_asked_;
  std::vector<base::Arrival<bool>*> waiters_;  // for the refresh that runs
  bool refreshing_ = false;
  std::uint64_t revision_ = 0;
};

}  // namespace b3iq::agent
