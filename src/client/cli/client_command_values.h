// What the command line of b3iq says, and the table that reads it.
#pragma once

#include <memory>

#include "client/cli/client_commands.h"

namespace CLI {
class App;
}

namespace b3iq::client {

struct CommandValues {
  bool json = false;
  SharedOptions shared;
  SealOptions seal;
  OpenOptions open;
  SendOptions send;
  GetOptions get;
  std::int64_t list_limit = 50;
  std::string cancel_job;
  ProxyOptions proxy;
  std::string pin;
  BindingOptions binding;
  ReceiptOptions receipt;
  LogOptions log;
  LogFetchOptions log_fetch;
  std::string completion;  // which shell's, or "man"
};

// The tree of commands. `values` outlives it.
std::unique_ptr<CLI::App> make_command_table(CommandValues& values);
// Its parts, each in a file of its own.
CLI::App* add_command(CLI::App& parent, CommandValues& values, const char* name, const char* help);
void add_private_commands(CLI::App& root, CommandValues& values);
void add_evidence_commands(CLI::App& root, CommandValues& values);

}  // namespace b3iq::client
