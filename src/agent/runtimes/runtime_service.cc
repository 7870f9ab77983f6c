#include "agent/runtimes/runtime_service.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "agent/runtime_factory.h"
#include "agent/runtimes/runtime_section.h"
#include "agent/runtimes/server_address.h"
#include "base/log.h"
#include "crypto/secret_file.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

Error changed_by_another() {
  return {ErrorCode::conflict, "Another request is changing the runtimes. Try again in a moment."};
}

// Whether the runtime gets a `traceparent`.
bool is_traced(const TelemetrySettings& telemetry, const RuntimeSettings& runtime) {
  if (telemetry.trace_runtimes != TraceRuntimes::loopback)
    return telemetry.trace_runtimes == TraceRuntimes::all;
  const auto origin = http::parse_origin(runtime.base_url);
  if (!origin.ok()) return false;
  return origin->host == "localhost" ||
         http::classify_address(origin->host) == http::AddressClass::loopback;
}

}  // namespace

std::vector<inference::Runtime*> RuntimeService::pointers() const {
  std::vector<inference::Runtime*> pointers;
  pointers.reserve(runtimes_.size());
  for (const auto& runtime : runtimes_) pointers.push_back(runtime.get());
  return pointers;
}

// The embedded runtime runs as many calls at once as it has slots.
LaneSettings RuntimeService::lane_of(inference::Runtime& runtime,
                                     const RuntimeSettings& settings) const {
  auto limits = parts_.settings.queue;
  limits.running =
      settings.kind == RuntimeKind::embedded ? settings.slots : settings.max_concurrent;
  return {&runtime, limits, is_traced(parts_.settings.telemetry, settings)};
}

std::vector<LaneSettings> RuntimeService::lanes() const {
  std::vector<LaneSettings> lanes;
  lanes.reserve(runtimes_.size());
  for (std::size_t i = 0; i < runtimes_.size(); ++i)
    lanes.push_back(lane_of(*runtimes_[i], parts_.settings.runtimes[i]));
  return lanes;
}

const RuntimeSettings* RuntimeService::settings_of(std::string_view id) const {
  const auto& all = parts_.settings.runtimes;
  const auto found = std::ranges::find(all, id, &RuntimeSettings::id);
  return found == all.end() ? nullptr : &*found;
}

bool RuntimeService::removable(const RuntimeSettings& settings) {
  return settings.kind != RuntimeKind::embedded;
}

std::string RuntimeService::key_file_of(std::string_view id) const {
  const auto folder = std::filesystem::absolute(parts_.home.secrets()).string();
  return fmt::format("{}/runtime-{}.key", folder, id);
}

Status RuntimeService::check_new(const RuntimeSettings& settings) const {
  TRY_OK(check_server_address(settings, parts_.own_port));
  if (settings.id == kInstalledRuntime || settings_of(settings.id) != nullptr) {
    return Error(ErrorCode::conflict,
                 fmt::format("There is a runtime '{}' already. Take another id.", settings.id),
                 "id");
  }
  const auto server = server_identity(settings);
  for (const auto& other : parts_.settings.runtimes) {
    if (other.base_url.empty() || server_identity(other) != server) continue;
    return Error(ErrorCode::conflict,
                 fmt::format("The runtime '{}' is this server already. Remove it first, or give "
                             "the address of another one.",
                             other.id),
                 "base_url");
  }
  if (parts_.settings.runtimes.size() >= kMaxRuntimes) {
    return Error(ErrorCode::conflict,
                 fmt::format("The node has {} runtimes, the most that it takes. Remove one first.",
                             kMaxRuntimes));
  }
  return {};
}

class RuntimeService::Change {
 public:
  explicit Change(bool& changing) : changing_(changing) { changing_ = true; }
  Change(const Change&) = delete;
  ~Change() { changing_ = false; }

 private:
  bool& changing_;
};

// Before the runtime is made, which reads it from there as at each start.
Task<Status> RuntimeService::write_key(RuntimeSettings& settings, crypto::Secret api_key) {
  if (api_key.empty()) co_return Status();
  settings.api_key_file = key_file_of(settings.id);
  auto work = [path = settings.api_key_file, key = std::move(api_key)] {
    return crypto::write_secret_file(path, key.reveal());
  };
  co_return co_await thread_.run(std::move(work));
}

Task<Result<inference::Runtime*>> RuntimeService::add(RuntimeRequest request, std::string actor) {
  if (changing_) co_return changed_by_another();
  const Change change(changing_);
  auto& settings = request.settings;
  CO_TRY_OK(check_new(settings));
  auto written = co_await write_key(settings, std::move(request.api_key));
  std::unique_ptr<inference::Runtime> runtime;
  if (written.ok()) {
    auto made = make_runtime(parts_.loop, settings, parts_.own_port, {});
    if (made.ok()) {
      runtime = std::move(made).value();
    } else {
      written = about_request(std::move(made).error());
    }
  }
  if (written.ok()) {
    auto work = [path = parts_.home.config(), settings] { return add_to_config(path, settings); };
    written = co_await thread_.run(std::move(work));
  }
  if (!written.ok()) {
    remove_key_file(settings);
    co_return std::move(written).error();
  }
  parts_.audit.note({std::move(actor), "runtime.added", settings.id});
  co_return take_in(std::move(runtime), settings);
}

Result<inference::Runtime*> RuntimeService::take_in(std::unique_ptr<inference::Runtime> made,
                                                    const RuntimeSettings& settings) {
  sweep();
  auto& all = parts_.settings.runtimes;
  const auto index = all.size();
  for (auto& each : all) each.built_in = false;  // it is written out now
  all.push_back(settings);
  base::log(base::LogLevel::info, "runtime.added",
            {{"runtime", settings.id}, {"kind", runtime_kind_name(settings.kind)}});
  if (!parts_.serves) return nullptr;
  auto& runtime = *runtimes_.emplace_back(std::move(made));
  parts_.dispatcher.add(lane_of(runtime, settings));
  parts_.models.add(index, runtime);
  if (changed_) changed_();
  return &runtime;
}

Status RuntimeService::check_idle(const inference::Runtime& runtime) const {
  const auto* lane = parts_.dispatcher.lane(runtime);
  if (lane == nullptr || lane->queue.empty()) return {};
  return Error(
      ErrorCode::conflict,
      fmt::format("The runtime '{}' runs {} calls and {} wait for it. Wait until they have "
                  "ended, or stop them, then remove it.",
                  runtime.id(), lane->queue.running(), lane->queue.waiting()));
}

Result<const RuntimeSettings*> RuntimeService::check_removable(const std::string& id) const {
  const auto* settings = settings_of(id);
  if (id == kInstalledRuntime || (settings != nullptr && !removable(*settings))) {
    return Error(ErrorCode::conflict,
                 fmt::format("The runtime '{}' is the node's own, not a server. An entry of the "
                             "kind embedded is taken out of config.json by hand, with a restart.",
                             id));
  }
  if (settings == nullptr) {
    return Error(ErrorCode::not_found,
                 fmt::format("There is no runtime '{}'. `b3iq-host runtimes list` shows those that "
                             "there are.",
                             id.substr(0, 64)));
  }
  for (const auto& [model, ids] : parts_.settings.model_names.preferred_runtimes) {
    if (std::ranges::find(ids, id) == ids.end()) continue;
    return Error(ErrorCode::conflict,
                 fmt::format("models.prefer in config.json names the runtime '{}' for '{}'. Take "
                             "it out there and restart the node, then remove the runtime.",
                             id, model));
  }
  return settings;
}

Task<Status> RuntimeService::remove(std::string id, std::string actor) {
  if (changing_) co_return changed_by_another();
  const Change change(changing_);
  CO_TRY(const auto* settings, check_removable(id));
  const auto index = static_cast<std::size_t>(settings - parts_.settings.runtimes.data());
  if (parts_.serves) CO_TRY_OK(check_idle(*runtimes_[index]));
  auto work = [path = parts_.home.config(), id] { return remove_from_config(path, id); };
  CO_TRY_OK(co_await thread_.run(std::move(work)));
  const auto removed = parts_.settings.runtimes[index];
  if (parts_.serves) retire(index);
  parts_.settings.runtimes.erase(parts_.settings.runtimes.begin() +
                                 static_cast<std::ptrdiff_t>(index));
  remove_key_file(removed);
  if (parts_.serves && changed_) changed_();
  parts_.audit.note({std::move(actor), "runtime.removed", id});
  base::log(base::LogLevel::info, "runtime.removed", {{"runtime", id}});
  co_return Status();
}

// Only the file that the node made for it, and that no other entry names.
void RuntimeService::remove_key_file(const RuntimeSettings& settings) const {
  const auto& path = settings.api_key_file;
  if (path.empty() || path != key_file_of(settings.id)) return;
  const auto& all = parts_.settings.runtimes;
  if (std::ranges::find(all, path, &RuntimeSettings::api_key_file) != all.end()) return;
  ::unlink(path.c_str());
}

void RuntimeService::retire(std::size_t index) {
  const auto at = runtimes_.begin() + static_cast<std::ptrdiff_t>(index);
  auto use = parts_.models.remove(**at);
  parts_.dispatcher.retire(**at);
  retired_.push_back({std::move(*at), std::move(use)});
  runtimes_.erase(at);
  sweep();
}

void RuntimeService::sweep() {
  std::erase_if(retired_, [this](const Retired& each) {
    return each.use.expired() && parts_.dispatcher.forget(*each.runtime);
  });
}

void RuntimeService::clear() {
  retired_.clear();
  runtimes_.clear();
}

}  // namespace b3iq::agent
