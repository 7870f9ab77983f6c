#include "agent/models/model_registry.h"

#include <fmt/format.h>

#include "base/log.h"
#include "protocol/receipt.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {
// A request for an unknown name asks the runtimes again, but not more often than this.
constexpr std::int64_t kRefreshEveryNs = 2'000'000'000;
// The list that a client sees is at most this old when the next one asks.
constexpr std::int64_t kStaleNs = 15'000'000'000;
// Names listed in an error; a long list helps nobody.
constexpr std::size_t kNamesInError = 8;

// A model that no receipt can name is not offered: its answers could not be proved.
std::vector<inference::RuntimeModel> usable(const inference::Runtime& runtime,
                                            std::vector<inference::RuntimeModel> models) {
  const auto refused = std::erase_if(models, [](const inference::RuntimeModel& model) {
    return !protocol::valid_model_name(model.name);
  });
  if (refused > 0) {
    base::log(base::LogLevel::warn, "models.name_refused",
              {{"runtime", runtime.id()}, {"models", static_cast<std::int64_t>(refused)}});
  }
  return models;
}
}  // namespace

void ModelRegistry::refresh_if_stale() {
  if (!refreshing_ && clock_.steady_ns() - refreshed_ns_ > kStaleNs) base::detach(refresh());
}

Task<void> ModelRegistry::refresh() {
  refreshing_ = true;
  refreshed_ns_ = clock_.steady_ns();
  std::vector<const inference::Runtime*> unreachable;
  for (auto* runtime : runtimes_) {
    auto models = co_await runtime->models();
    if (models.ok()) {
      models_of_[runtime] = usable(*runtime, std::move(models).value());
    } else {
      unreachable.push_back(runtime);
    }
  }
  refreshing_ = false;
  unreachable_ = std::move(unreachable);
  targets_.clear();
  for (auto* runtime : runtimes_) {
    for (const auto& model : models_of_[runtime]) {
      targets_.try_emplace(model.name, ModelTarget{runtime, model.name, model.name,
                                                   model.capabilities, model.created});
    }
  }
}

const ModelTarget* ModelRegistry::find(std::string_view name) const {
  if (const auto found = targets_.find(name); found != targets_.end()) return &found->second;
  const auto alias = aliases_.find(std::string(name));
  if (alias == aliases_.end()) return nullptr;
  const auto found = targets_.find(alias->second);
  return found == targets_.end() ? nullptr : &found->second;
}

Error ModelRegistry::unknown(std::string_view name) const {
  if (!unreachable_.empty()) {
    return Error(ErrorCode::runtime_unreachable,
                 fmt::format("No reachable runtime offers '{}', and the runtime '{}' does not "
                             "answer. Start it, or see "
                             "`b3iq-host doctor`.",
                             name, unreachable_.front()->id()),
                 "model");
  }
  std::string names;
  std::size_t count = 0;
  for (const auto& [id, target] : targets_) {
    if (count++ == kNamesInError) break;
    names += names.empty() ? id : ", " + id;
  }
  return Error(
      ErrorCode::model_not_found,
      fmt::format(
          "This node has no model '{}'. It has: {}. The owner can add an alias in config.json.",
          name, names.empty() ? "none" : names),
      "model");
}

Task<Result<ModelTarget>> ModelRegistry::resolve(std::string name) {
  const ModelTarget* target = find(name);
  // What an embedded model can do is known once it is loaded.
  const bool learned = target && !target->capabilities.same_dialect &&
                       target->capabilities.context_tokens == 0 &&
                       target->runtime->health().state == inference::RuntimeState::ready;
  if (learned || (!target && clock_.steady_ns() - refreshed_ns_ > kRefreshEveryNs)) {
    co_await refresh();
    target = find(name);
  }
  if (!target) co_return unknown(name);
  co_return *target;
}

std::vector<ModelEntry> ModelRegistry::list() const {
  std::vector<ModelEntry> entries;
  entries.reserve(targets_.size() + aliases_.size());
  for (const auto& [id, target] : targets_) {
    entries.push_back({id, "", std::string(target.runtime->kind()), target.created});
  }
  for (const auto& [alias, id] : aliases_) {
    const auto* target = find(alias);
    if (target && targets_.find(alias) == targets_.end()) {
      entries.push_back({alias, id, std::string(target->runtime->kind()), target->created});
    }
  }
  return entries;
}

}  // namespace b3iq::agent
