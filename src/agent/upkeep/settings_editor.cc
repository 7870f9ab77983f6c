#include "agent/upkeep/settings_editor.h"

#include <fmt/format.h>

#include "agent/settings_table.h"
#include "agent/upkeep/settings_view.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

Error refused(std::string_view option, std::string detail) {
  return {ErrorCode::invalid_request, std::move(detail), std::string(option)};
}

Error unknown(std::string_view name) {
  const auto nearest = settings_table().nearest(name);
  constexpr std::size_t kEchoedBytes = 64;
  auto detail = fmt::format("There is no setting '{}'", name.substr(0, kEchoedBytes));
  detail += nearest.empty() ? "." : fmt::format("; did you mean '{}'?", nearest);
  return refused(name.substr(0, kEchoedBytes), std::move(detail));
}

// As it will stand in config.json.
std::string json_of(const config::Option& option, const config::OptionValue& value) {
  std::string text;
  json::Writer w(text);
  if (option.type == config::Type::duration || option.type == config::Type::size) {
    w.value(config::show_value(option, value));
  } else {
    write_option_value(w, option, value);
  }
  return text;
}

Status prepare(const config::Config& now, config::Change& change) {
  const auto index = settings_table().find(change.name);
  if (!index) return unknown(change.name);
  const auto& option = settings_table().options()[*index];
  if (const auto reason = why_locked(option, now))
    return refused(option.name, fmt::format("{} cannot be changed here. {}", option.name, *reason));
  if (!change.json) return {};
  TRY(const auto document, json::Document::parse(*change.json));
  const auto value = config::parse_json(option, document.root());
  if (!value.ok())
    return refused(option.name, fmt::format("{} {}.", option.name, value.error().detail));
  change.json = json_of(option, *value);
  return {};
}

// What the start would say is told as something that is wrong with the request.
Error about_request(const Error& error, const std::vector<config::Change>& changes) {
  auto param = error.param;
  if (param.empty()) param = changes.size() == 1 ? changes.front().name : "changes";
  return refused(param, fmt::format("The node would not start with this: {}", error.detail));
}

}  // namespace

Result<config::Config> load_next_values(const Home& home, const std::string& listen_flag) {
  auto values = config::load(settings_table(), home.config(), config::process_environment(),
                             setting_flags(listen_flag));
  if (values.ok()) return values;
  return Error(ErrorCode::conflict,
               fmt::format("The settings cannot be read as they stand: {} Correct that on the "
                           "machine; `b3iq-host config check` says when it is right.",
                           values.error().detail));
}

Status change_settings(const StartFacts& facts, const std::string& listen_flag,
                       std::vector<config::Change> changes) {
  const auto path = facts.home.config();
  TRY(const auto now, load_next_values(facts.home, listen_flag));
  for (auto& change : changes) TRY_OK(prepare(now, change));
  const auto check = [&](const std::string& text) -> Status {
    TRY(auto values, config::merge(settings_table(), {path, text, config::process_environment(),
                                                      setting_flags(listen_flag)}));
    TRY(const auto settings, read_settings(std::move(values), listen_flag));
    auto started = check_start(settings, facts);
    if (!started.ok())
      return Error(ErrorCode::config_invalid, started.error().detail, started.error().param);
    return {};
  };
  const auto written = config::rewrite_config_file(path, settings_table(), changes, check);
  if (written.ok()) return {};
  if (written.error().code == ErrorCode::config_invalid)
    return about_request(written.error(), changes);
  return Error(ErrorCode::storage_failed,
               fmt::format("Nothing was changed: {}.", written.error().detail));
}

}  // namespace b3iq::agent
