// Options that several `admin` commands take. For the tables of commands.
#pragma once

#include <cstdint>
#include <string>

#include "control/cli/admin_command_table.h"

namespace CLI {
class App;
}

namespace b3iq::control {

// One command below `parent`, run by `run`.
using AdminRun = int (*)(const AdminOptions&);
CLI::App* add_admin_command(CLI::App* parent, AdminChoice& choice, const char* name,
                            const char* help, AdminRun run);

// An id stands in a path: nothing else gets there. "" or what is wrong.
std::string wrong_admin_id(const std::string& text);

void takes_id(CLI::App* command, AdminChoice& choice, const char* name, const char* help);
void takes_reason(CLI::App* command, AdminChoice& choice);
void takes_page(CLI::App* command, AdminChoice& choice, const char* flag, std::int64_t most);
void takes_expiry(CLI::App* command, AdminChoice& choice, const char* help);
void takes_out(CLI::App* command, AdminChoice& choice);
void takes_approval(CLI::App* command, AdminChoice& choice);

// `admin customers`, `admin prices` and `admin ledger`.
void add_money_commands(CLI::App* admin, AdminChoice& choice);

}  // namespace b3iq::control
