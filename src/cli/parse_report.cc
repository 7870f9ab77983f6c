#include "cli/parse_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/option_rules.h"
#include "config/nearest_name.h"

namespace b3iq::cli {
namespace {

const CLI::App& chosen(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

// Those that --help shows.
std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  return names;
}

int report_unknown_command(const CLI::App& at, const std::string& word) {
  const auto& parent = at.get_name();
  if (!is_plain_word(word))
    return print_usage_error(fmt::format("That is no command of {}.", parent));
  const auto names = commands_of(at);
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto nearest = config::nearest_name(word, views);
  const auto instead = nearest.empty() ? fmt::format("It has: {}.", fmt::join(names, ", "))
                                       : fmt::format("Did you mean '{}'?", nearest);
  return print_usage_error(fmt::format("{} has no command '{}'. {}", parent, word, instead));
}

}  // namespace

int report_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto& at = chosen(app);
  const auto is = [&](CLI::ExitCodes code) {
    return error.get_exit_code() == static_cast<int>(code);
  };
  const bool lacks_command = !commands_of(at).empty() &&
                             (is(CLI::ExitCodes::RequiredError) || is(CLI::ExitCodes::ExtrasError));
  if (lacks_command) {
    const auto left = app.remaining(true);
    const auto word = std::ranges::find_if(
        left, [](const std::string& one) { return !one.empty() && !one.starts_with('-'); });
    if (word != left.end()) return report_unknown_command(at, *word);
    if (left.empty()) {
      fmt::print(stderr, "{}", app.help());
      return kExitUsage;
    }
  }
  return app.exit(error) == 0 ? kExitOk : kExitUsage;
}

}  // namespace b3iq::cli
