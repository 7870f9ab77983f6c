#include "config/reference.h"

#include <fmt/format.h>

namespace b3iq::config {
namespace {

std::string allowed(const Option& option) {
  if (option.type == Type::choice) {
    std::string out;
    for (const char c : option.choices) out += c == '|' ? std::string(", ") : std::string(1, c);
    return out;
  }
  const bool low = option.minimum != std::numeric_limits<std::int64_t>::min();
  const bool high = option.maximum != std::numeric_limits<std::int64_t>::max();
  const std::string_view unit = option.type == Type::duration_ms ? " ms"
                                : option.type == Type::bytes     ? " bytes"
                                                                 : "";
  if (low && high) return fmt::format("{} to {}{}", option.minimum, option.maximum, unit);
  if (low) return fmt::format("from {}{}", option.minimum, unit);
  return "";
}

void append_option(std::string& out, const Option& option) {
  out += fmt::format("## `{}`\n\n{}\n\n", option.name, option.help);
  out += fmt::format("- type: {}{}\n", type_name(option.type),
                     option.secret ? ", secret (never printed)" : "");
  if (const auto range = allowed(option); !range.empty())
    out += fmt::format("- allowed: {}\n", range);
  out += fmt::format("- default: {}\n",
                     option.standard.empty() ? "empty" : fmt::format("`{}`", option.standard));
  if (!option.environment.empty()) out += fmt::format("- variable: `{}`\n", option.environment);
  out += fmt::format("- example: `\"{}\": {}`\n\n", option.name.substr(option.name.rfind('.') + 1),
                     option.example);
}

}  // namespace

std::string reference_page(const Table& table, std::string_view title) {
  std::string out = fmt::format("# {}\n\n", title);
  out +=
      "Generated from the table of options; do not edit. A dot in a name leads into an object: "
      "`tls.key` is the member `key`\n"
      "of `tls`. Precedence: default, then config.json, then the environment, then the command "
      "line. An unknown or bad key\n"
      "stops the start with an error that names it. Durations are `500ms`, `30s`, `5m`, `2h`, "
      "`1d`; sizes `64KiB`, `8MiB`, "
      "`1GiB`.\n\n";
  for (const auto& option : table.options) append_option(out, option);
  for (const auto& section : table.sections) {
    out += fmt::format("## `{}`\n\n{}\n\n```json\n\"{}\": {}\n```\n\n", section.name, section.help,
                       section.name, section.example);
  }
  out.pop_back();
  return out;
}

}  // namespace b3iq::config
