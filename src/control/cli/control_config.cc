#include <fmt/format.h>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "config/config.h"
#include "control/cli/control_commands.h"
#include "control/config/control_settings.h"
#include "control/config/control_settings_table.h"
#include "json/json.h"

namespace b3iq::control {
namespace {

std::string_view kind_name(config::Origin::Kind kind) {
  switch (kind) {
    case config::Origin::Kind::fallback:
      return "default";
    case config::Origin::Kind::file:
      return "file";
    case config::Origin::Kind::environment:
      return "environment";
    case config::Origin::Kind::flag:
      break;
  }
  return "flag";
}

std::string json_of(const config::Config& values) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  for (const auto& option : values.table().options()) {
    const auto& origin = values.origin(option.name);
    w.key(option.name);
    w.begin_object();
    w.member("value", values.shown(option.name));
    w.member("origin", kind_name(origin.kind));
    w.member("where", origin.where);
    w.end_object();
  }
  w.end_object();
  return out;
}

}  // namespace

int run_config_show(const ControlHome& home, bool with_origin, OutputForm form) {
  const auto values =
      config::load(control_settings_table(), home.config(), config::process_environment());
  if (!values.ok()) return cli::print_error(values.error());
  if (form == OutputForm::json) {
    fmt::print("{}\n", json_of(*values));
    return cli::kExitOk;
  }
  std::vector<std::vector<std::string>> rows;
  if (with_origin) rows.push_back({"NAME", "VALUE", "FROM"});
  for (const auto& option : values->table().options()) {
    auto& row = rows.emplace_back();
    row = {std::string(option.name), values->shown(option.name)};
    if (with_origin) row.push_back(values->origin(option.name).where);
  }
  cli::print_table(rows);
  return cli::kExitOk;
}

int run_config_check(const ControlHome& home, OutputForm form) {
  const auto settings = load_control_settings(home, {});
  if (!settings.ok()) return cli::print_error(settings.error());
  if (const auto rules = check_listen_rules(*settings); !rules.ok())
    return cli::print_error(rules.error());
  if (form == OutputForm::json) {
    std::string out;
    json::Writer w(out);
    w.begin_object();
    w.member("path", home.config());
    w.member("right", true);
    w.end_object();
    fmt::print("{}\n", out);
  } else {
    fmt::print("{} is right.\n", home.config());
  }
  return cli::kExitOk;
}

int run_config_reference() {
  fmt::print("{}", control_settings_reference_page());
  return cli::kExitOk;
}

}  // namespace b3iq::control
