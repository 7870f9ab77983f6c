#include "agent/upkeep/settings_service.h"

#include <fmt/format.h>

#include "agent/settings_table.h"
#include "agent/upkeep/settings_editor.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::size_t kMaxAuditedNames = 256;

config::Config values_of(const Settings& settings) {
  if (settings.values) return *settings.values;
  return config::merge(settings_table(), {}).value();
}

Result<SettingsView> load_view(const config::Config& running, const Home& home,
                               const std::string& listen_flag) {
  TRY(auto next, load_next_values(home, listen_flag));
  TRY(auto file, config::load(settings_table(), home.config(), {}));
  return SettingsView{running, std::move(next), std::move(file)};
}

std::string names_of(const std::vector<config::Change>& changes) {
  std::string names;
  for (const auto& change : changes) names += (names.empty() ? "" : ",") + change.name;
  return names.substr(0, kMaxAuditedNames);
}

Status check_next(const StartFacts& facts, const std::string& listen_flag) {
  TRY(auto values, load_next_values(facts.home, listen_flag));
  const auto settings = read_settings(std::move(values), listen_flag);
  const auto found = settings.ok() ? check_start(*settings, facts) : Status(settings.error());
  if (found.ok()) return {};
  return Error(
      ErrorCode::conflict,
      fmt::format("Nothing was stopped: the node would not start again. {}", found.error().detail),
      found.error().param);
}

}  // namespace

SettingsService::SettingsService(const Settings& running, std::function<StartFacts()> facts,
                                 AuditLog& audit)
    : running_(values_of(running)),
      listen_flag_(running.listen_flag),
      facts_(std::move(facts)),
      audit_(audit) {}

Task<Result<SettingsView>> SettingsService::view() {
  auto work = [running = running_, facts = facts_(), flag = listen_flag_] {
    return load_view(running, facts.home, flag);
  };
  co_return co_await thread_.run(std::move(work));
}

Task<Result<SettingsView>> SettingsService::change(std::vector<config::Change> changes,
                                                   std::string actor) {
  const auto names = names_of(changes);
  auto work = [facts = facts_(), flag = listen_flag_, changes = std::move(changes)] {
    return change_settings(facts, flag, changes);
  };
  CO_TRY_OK(co_await thread_.run(std::move(work)));
  if (!names.empty()) audit_.note({std::move(actor), "settings.changed", names});
  CO_TRY_OK(co_await audit_.noted());
  co_return co_await view();
}

Task<Status> SettingsService::check_start() {
  auto work = [facts = facts_(), flag = listen_flag_] { return check_next(facts, flag); };
  co_return co_await thread_.run(std::move(work));
}

Task<void> SettingsService::works_now(std::string option) {
  const auto seen = co_await view();
  if (seen.ok()) running_.take(option, seen->next);
}

}  // namespace b3iq::agent
