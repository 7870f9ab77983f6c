#include <fmt/format.h>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/runtime_factory.h"
#include "agent/settings.h"
#include "agent/settings_table.h"
#include "config/config.h"
#include "json/json.h"

namespace b3iq::agent {
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
      return "flag";
  }
  return "default";
}

void print_json(const config::Config& values) {
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
  fmt::print("{}\n", out);
}

void print_text(const config::Config& values, bool with_origin) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& option : values.table().options()) {
    std::vector<std::string> row{std::string(option.name), values.shown(option.name)};
    if (with_origin) row.push_back(values.origin(option.name).where);
    rows.push_back(std::move(row));
  }
  if (with_origin) rows.insert(rows.begin(), {"NAME", "VALUE", "FROM"});
  print_table(rows);
}

}  // namespace

int run_config_show(const Home& home, bool with_origin, OutputForm form) {
  const auto values = config::load(settings_table(), home.config(), config::process_environment());
  if (!values.ok()) return print_error(values.error());
  if (form == OutputForm::json) {
    print_json(*values);
  } else {
    print_text(*values, with_origin);
  }
  return kExitOk;
}

int run_config_check(const Home& home, OutputForm form) {
  const auto settings = load_settings(home.config(), "");
  if (!settings.ok()) return print_error(settings.error());
  if (const auto servers = check_servers(*settings); !servers.ok())
    return print_error(servers.error());
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
  return kExitOk;
}

}  // namespace b3iq::agent
