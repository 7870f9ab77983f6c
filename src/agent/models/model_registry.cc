#include "agent/models/model_registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/join.h"
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

constexpr std::string_view kImpliedTag = ":latest";

std::string_view untagged(std::string_view name) {
  return name.ends_with(kImpliedTag) ? name.substr(0, name.size() - kImpliedTag.size()) : name;
}

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

bool same_model(std::string_view one, std::string_view other) {
  return untagged(one) == untagged(other);
}

ModelRegistry::ModelRegistry(std::vector<inference::Runtime*> runtimes, ModelNames names,
                             const base::Clock& clock)
    : runtimes_(std::move(runtimes)), names_(std::move(names)), clock_(clock) {
  for (const auto* runtime : runtimes_) uses_.emplace(runtime, std::make_shared<const char>());
}

void ModelRegistry::add(std::size_t index, inference::Runtime& runtime) {
  runtimes_.insert(runtimes_.begin() + static_cast<std::ptrdiff_t>(index), &runtime);
  uses_.emplace(&runtime, std::make_shared<const char>());
}

std::weak_ptr<const void> ModelRegistry::remove(const inference::Runtime& runtime) {
  const std::weak_ptr<const void> use = uses_.at(&runtime);
  std::erase(runtimes_, &runtime);
  std::erase(unreachable_, &runtime);
  models_of_.erase(&runtime);
  ready_when_asked_.erase(&runtime);
  uses_.erase(&runtime);
  make_routes();
  return use;
}

void ModelRegistry::refresh_if_stale() {
  if (!refreshing_ && clock_.steady_ns() - refreshed_ns_ > kStaleNs) base::detach(refresh());
}

// All runtimes are asked at once: one that hangs does not keep the others' models away.
Task<void> ModelRegistry::refresh() {
  refreshing_ = true;
  refreshed_ns_ = clock_.steady_ns();
  std::vector<Task<void>> questions;
  questions.reserve(runtimes_.size());
  for (auto* runtime : runtimes_) questions.push_back(learn(*runtime));
  co_await base::join_all(std::move(questions));
  refreshing_ = false;
  for (auto* waiter : std::exchange(waiters_, {})) waiter->set(true);
}

Task<void> ModelRegistry::refreshed() {
  if (!refreshing_) co_return co_await refresh();
  base::Arrival<bool> done;
  auto join = [&] { waiters_.push_back(&done); };
  co_await done.wait(join);
}

Task<void> ModelRegistry::learn(inference::Runtime& runtime) {
  const RuntimeUse use = uses_.at(&runtime);
  auto models = co_await runtime.models();
  if (!uses_.contains(&runtime)) co_return;  // removed meanwhile
  ready_when_asked_[&runtime] = runtime.health().state == inference::RuntimeState::ready;
  std::erase(unreachable_, &runtime);
  if (models.ok()) {
    models_of_[&runtime] = usable(runtime, std::move(models).value());
    make_routes();
  } else {
    unreachable_.push_back(&runtime);
  }
}

std::vector<inference::Runtime*> ModelRegistry::runtimes_for(const std::string& model) const {
  const auto found = names_.preferred_runtimes.find(model);
  if (found == names_.preferred_runtimes.end()) return runtimes_;
  std::vector<inference::Runtime*> ordered;
  for (const auto& id : found->second) {
    const auto wanted = std::ranges::find(runtimes_, id, &inference::Runtime::id);
    if (wanted != runtimes_.end()) ordered.push_back(*wanted);
  }
  for (auto* runtime : runtimes_) {
    if (std::ranges::find(ordered, runtime) == ordered.end()) ordered.push_back(runtime);
  }
  return ordered;
}

void ModelRegistry::make_routes() {
  ++revision_;
  std::map<std::string, ModelRoute> made;
  for (const auto& [runtime, models] : models_of_)
    for (const auto& model : models) made[model.name];
  routes_.clear();
  aliased_.clear();
  for (auto& [name, route] : made) {
    for (auto* runtime : runtimes_for(name)) {
      const auto& models = models_of_[runtime];
      const auto model = std::ranges::find(models, name, &inference::RuntimeModel::name);
      if (model == models.end()) continue;
      route.targets.push_back({runtime, name, name, model->capabilities, model->created,
                               model->size_bytes, model->loaded, uses_.at(runtime)});
    }
    routes_.emplace(name, std::make_shared<const ModelRoute>(std::move(route)));
  }
  for (const auto& [alias, models] : names_.aliases) {
    ModelRoute route;
    for (const auto& name : models) {
      const auto found = offered(name);
      if (!found) continue;
      const auto& targets = found->targets;
      route.targets.insert(route.targets.end(), targets.begin(), targets.end());
    }
    if (!route.targets.empty())
      aliased_.emplace(alias, std::make_shared<const ModelRoute>(std::move(route)));
  }
}

ModelRoutePointer ModelRegistry::offered(std::string_view name) const {
  if (const auto found = routes_.find(name); found != routes_.end()) return found->second;
  std::string other;
  if (name.ends_with(kImpliedTag)) {
    other = untagged(name);
  } else if (name.find(':') == std::string_view::npos) {
    other = fmt::format("{}{}", name, kImpliedTag);
  }
  const auto same = routes_.find(other);
  return same == routes_.end() ? nullptr : same->second;
}

ModelRoutePointer ModelRegistry::find(const std::string& name) const {
  if (const auto found = routes_.find(name); found != routes_.end()) return found->second;
  const auto alias = aliased_.find(name);
  return alias == aliased_.end() ? offered(name) : alias->second;
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
  if (const auto alias = names_.aliases.find(std::string(name)); alias != names_.aliases.end()) {
    return Error(
        ErrorCode::model_not_found,
        fmt::format("The alias '{}' leads to '{}', which no runtime of this node offers. The "
                    "owner can correct models.aliases in config.json.",
                    name, fmt::join(alias->second, "', '")),
        "model");
  }
  std::string names;
  std::size_t count = 0;
  for (const auto& [id, route] : routes_) {
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

Task<Result<ModelRoutePointer>> ModelRegistry::resolve(std::string name) {
  auto route = find(name);
  // What an embedded model can do is known once it is loaded.
  for (std::size_t i = 0; route && i < route->targets.size(); ++i) {
    auto* runtime = route->targets[i].runtime;
    if (ready_when_asked_[runtime] || runtime->health().state != inference::RuntimeState::ready) {
      continue;
    }
    co_await learn(*runtime);
    route = find(name);
  }
  if (!route && (refreshing_ || clock_.steady_ns() - refreshed_ns_ > kRefreshEveryNs)) {
    co_await refreshed();
    route = find(name);
  }
  if (!route) co_return unknown(name);
  co_return route;
}

const std::vector<inference::RuntimeModel>& ModelRegistry::models_of(
    const inference::Runtime& runtime) const {
  static const std::vector<inference::RuntimeModel> kNone;
  const auto found = models_of_.find(&runtime);
  return found == models_of_.end() ? kNone : found->second;
}

std::vector<ModelRoutePointer> ModelRegistry::routes() const {
  std::vector<ModelRoutePointer> routes;
  routes.reserve(routes_.size());
  for (const auto& [name, route] : routes_) routes.push_back(route);
  return routes;
}

std::vector<ModelEntry> ModelRegistry::list() const {
  std::vector<ModelEntry> entries;
  entries.reserve(routes_.size() + aliased_.size());
  const auto add = [&entries](const std::string& id, const std::string& alias_of,
                              const ModelRoutePointer& route) {
    const auto& first = route->targets.front();
    entries.push_back({id, alias_of, std::string(first.runtime->kind()), first.created, route,
                       first.size_bytes, first.loaded});
  };
  for (const auto& [id, route] : routes_) add(id, "", route);
  for (const auto& [alias, route] : aliased_) {
    if (!routes_.contains(alias)) add(alias, route->targets.front().id, route);
  }
  return entries;
}

}  // namespace b3iq::agent
