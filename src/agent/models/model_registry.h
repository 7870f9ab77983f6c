// Which model names this node answers to, and which runtime stands behind each. Names are the
// runtimes' own plus the owner's aliases; where two runtimes offer one name, the one that is
// configured first wins. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "inference/runtime.h"

namespace b3iq::agent {

struct ModelTarget {
  inference::Runtime* runtime = nullptr;
  std::string id;             // the name that answers and receipts carry
  std::string runtime_model;  // the runtime's own name
  inference::Capabilities capabilities;
  std::int64_t created = 0;
};

struct ModelEntry {
  std::string id;
  std::string alias_of;  // empty for a runtime's own name
  std::string runtime_kind;
  std::int64_t created = 0;
};

class ModelRegistry {
 public:
  // `runtimes` in order of preference; they outlive the registry.
  ModelRegistry(std::vector<inference::Runtime*> runtimes,
                std::map<std::string, std::string> aliases, const base::Clock& clock)
      : runtimes_(std::move(runtimes)), aliases_(std::move(aliases)), clock_(clock) {}

  // Asks every runtime for its models. One that does not answer keeps the models it had.
  base::Task<void> refresh();
  // Starts a refresh behind the caller's back when the last one is older than kStaleNs.
  void refresh_if_stale();
  // Errors: model_not_found, naming what there is; runtime_unreachable when a runtime that may have
  // it is away.
  base::Task<base::Result<ModelTarget>> resolve(std::string name);
  std::vector<ModelEntry> list() const;
  const std::vector<inference::Runtime*>& runtimes() const { return runtimes_; }

 private:
  const ModelTarget* find(std::string_view name) const;
  base::Error unknown(std::string_view name) const;

  std::vector<inference::Runtime*> runtimes_;
  std::map<std::string, std::string> aliases_;
  const base::Clock& clock_;
  std::map<const inference::Runtime*, std::vector<inference::RuntimeModel>> models_of_;
  std::map<std::string, ModelTarget, std::less<>> targets_;
  std::vector<const inference::Runtime*> unreachable_;
  std::int64_t refreshed_ns_ = 0;
  bool refreshing_ = false;
};

}  // namespace b3iq::agent
