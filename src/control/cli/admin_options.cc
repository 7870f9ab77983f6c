#include "control/cli/admin_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/option_rules.h"

namespace b3iq::control {

CLI::App* add_admin_command(CLI::App* parent, AdminChoice& choice, const char* name,
                            const char* help, AdminRun run) {
  auto* command = parent->add_subcommand(name, help);
  command->add_flag("--json", choice.json, "Print JSON");
  command->callback([&choice, run] { choice.run = run; });
  return command;
}

std::string wrong_admin_id(const std::string& text) {
  constexpr std::size_t kMaxIdBytes = 64;
  const bool plain = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!text.empty() && text.size() <= kMaxIdBytes && plain) return {};
  return "must be an id as the list of them shows it, such as b3n_… or cmd_…";
}

void takes_id(CLI::App* command, AdminChoice& choice, const char* name, const char* help) {
  command->add_option(name, choice.options.id, help)->required()->check(wrong_admin_id);
}

void takes_reason(CLI::App* command, AdminChoice& choice) {
  command->add_option("--reason", choice.options.reason, "Why; kept with it");
}

void takes_page(CLI::App* command, AdminChoice& choice, const char* flag, std::int64_t most) {
  cli::takes_whole_number(
      command->add_option("-n,--limit", choice.options.limit, "At most so many (default: 100)"), 1,
      most);
  command->add_option(flag, choice.options.page, "The next page: what the last one said");
}

void takes_expiry(CLI::App* command, AdminChoice& choice, const char* help) {
  command->add_option("--expires", choice.options.expires, help);
}

void takes_out(CLI::App* command, AdminChoice& choice) {
  command->add_option("--out", choice.options.out,
                      "Write the secret to this new file (0600), not to the screen");
}

void takes_approval(CLI::App* command, AdminChoice& choice) {
  command
      ->add_option("--approval", choice.options.approval,
                   "Id (apr_…) of a second person's approval of exactly this")
      ->check(wrong_admin_id);
}

}  // namespace b3iq::control
