// The settings as the owner sees them: each option's value in config.json, the environment or a
// flag, and whether the running node works with it yet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/home.h"
#include "config/config.h"
#include "json/json.h"

namespace b3iq::agent {

struct SettingsView {
  config::Config running;  // what the node works with
  config::Config next;     // what it would start with now
  config::Config file;     // config.json alone
};

// Why an option cannot be changed through the API, in words; nothing when it can.
std::optional<std::string> why_locked(const config::Option& option, const config::Config& next);

// An option's value as JSON: milliseconds, bytes. Shows secrets.
void write_option_value(json::Writer& w, const config::Option& option,
                        const config::OptionValue& value);

// One Setting of api/local.json. A secret's value is null.
void write_setting(json::Writer& w, const config::Option& option, const SettingsView& view);

bool is_pending(const config::Option& option, const SettingsView& view);

}  // namespace b3iq::agent
