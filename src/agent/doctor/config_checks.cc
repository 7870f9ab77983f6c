#include <fmt/format.h>

#include "agent/doctor/doctor_checks.h"
#include "config/config_file.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

// False when the settings cannot be looked at.
bool check_file(const Home& home, Diagnosis& out) {
  const auto path = home.config();
  const auto file = config::read_config_file(path);
  if (!file.ok()) {
    out.fault("config.exists", file.error().detail,
              fmt::format("b3iq-host --home {} init", shell_word(home.root)));
    return false;
  }
  out.good("config.exists", path);
  if (file->readers == config::ConfigFile::Readers::others) {
    out.fault("config.mode", fmt::format("Other users can read {}.", path),
              "chmod 600 " + shell_word(path));
  } else {
    out.good("config.mode", path);
  }
  if (const auto document = json::Document::parse(file->text); !document.ok()) {
    out.fault("config.syntax", fmt::format("{} is not JSON: {}", path, document.error().detail),
              fmt::format("Correct {} there.", path));
    return false;
  }
  out.good("config.syntax", "It is JSON.");
  return file->readers == config::ConfigFile::Readers::owner;
}

}  // namespace

std::optional<Settings> check_config(const Home& home, const std::optional<std::string>& node_id,
                                     Diagnosis& out) {
  if (!check_file(home, out)) return std::nullopt;
  auto settings = load_settings(home.config(), "");
  if (!settings.ok()) {
    out.fault(
        "config.settings", settings.error().detail,
        fmt::format("Correct {} (docs/config.md), then: b3iq-host config check", home.config()));
    return std::nullopt;
  }
  out.good("config.settings", "Every setting is one.");
  if (node_id && !settings->node_id.empty() && settings->node_id != *node_id) {
    out.fault("config.node_id",
              fmt::format("config.json belongs to node {}, but the key in {} is that of {}.",
                          settings->node_id, home.identity_key(), *node_id),
              "Put the right key back, or remove node_id from config.json.");
  } else if (node_id) {
    out.good("config.node_id", *node_id);
  }
  return *std::move(settings);
}

}  // namespace b3iq::agent
