#include "config/reference_page.h"

#include <fmt/format.h>

#include "config/option_value.h"

namespace b3iq::config {
namespace {

std::string fallback_text(const Option& option) {
  if (option.type == Type::section) return "none";
  if (option.fallback.empty()) return "empty";
  return fmt::format("`{}`", show_value(option, parse_text(option, option.fallback).value()));
}

void add_option(std::string& page, const Option& option) {
  page += fmt::format("\n## `{}`\n\n{}\n\n", option.name, option.help);
  page += fmt::format("- Value: {}.\n- Default: {}.\n", expectation(option), fallback_text(option));
  if (!option.example.empty()) page += fmt::format("- Example: `{}`\n", option.example);
  if (!option.environment.empty()) page += fmt::format("- Environment: `{}`\n", option.environment);
  if (!option.flag.empty()) page += fmt::format("- Flag: `{}`\n", option.flag);
  if (option.secrecy == Secrecy::secret) {
    page += "- Secret: never shown; the file that holds it must be private (mode 0600).\n";
  }
}

}  // namespace

std::string reference_page(const OptionTable& table, std::string_view title,
                           std::string_view introduction) {
  std::string page =
      fmt::format("# {}\n\n<!-- Generated from the option table; do not edit. -->\n\n{}\n", title,
                  introduction);
  page +=
      "\nA name with dots stands for objects inside each other: `limits.body` is written\n"
      "`{\"limits\": {\"body\": …}}`. Later sources win: default, file, environment, flag. An "
      "unknown or bad\n"
      "value stops the start.\n";
  for (const Option& option : table.options()) add_option(page, option);
  return page;
}

}  // namespace b3iq::config
