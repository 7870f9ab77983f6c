#include "cli/config_output.h"

#include <vector>

#include "cli/console.h"
#include "cli/print_object.h"

namespace b3iq::cli {
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

void print_config_json(const config::Config& values) {
  print_object([&](json::Writer& w) {
    for (const auto& option : values.table().options()) {
      const auto& origin = values.origin(option.name);
      w.key(option.name);
      w.begin_object();
      w.member("value", values.shown(option.name));
      w.member("origin", kind_name(origin.kind));
      w.member("where", origin.where);
      w.end_object();
    }
  });
}

}  // namespace

void print_config(const config::Config& values, bool with_origin, OutputForm form) {
  if (form == OutputForm::json) return print_config_json(values);
  std::vector<std::vector<std::string>> rows;
  rows.reserve(values.table().options().size() + 1);
  if (with_origin) rows.push_back({"NAME", "VALUE", "FROM"});
  for (const auto& option : values.table().options()) {
    auto& row = rows.emplace_back();
    row = {std::string(option.name), values.shown(option.name)};
    if (with_origin) row.push_back(values.origin(option.name).where);
  }
  print_table(rows);
}

void print_config_is_right(const std::string& path, OutputForm form) {
  if (form == OutputForm::text) {
    fmt::print("{} is right.\n", path);
    return;
  }
  print_object([&](json::Writer& w) {
    w.member("path", path);
    w.member("right", true);
  });
}

}  // namespace b3iq::cli
