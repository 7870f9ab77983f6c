// The table of commands as plain data: what shell completions and the manual page are made from.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace b3iq::cli {

struct CommandOption {
  std::string flag;   // "--name"; "" for a positional argument
  std::string value;  // how its value is called, "" for a switch
  std::string help;
  std::vector<std::string> choices;  // the only values that it may have; empty: any
};

struct CommandNode {
  std::string name;
  std::string help;
  std::vector<CommandOption> options;  // without --help, which every command has
  std::vector<CommandNode> commands;
};

// What was added to `app`, as data.
CommandNode tree_of(const CLI::App& app);

// Scripts for the shells, to be sourced. Every word of the tree is completed, with its help where
// the shell shows one; files where a value is expected.
std::string bash_completion(const CommandNode& root);
std::string zsh_completion(const CommandNode& root);
std::string fish_completion(const CommandNode& root);

// What a program's manual page says beside its commands.
struct ManualFacts {
  std::string version;
  std::string exit_status;  // in man(7) macros, as the next
  std::string sections;     // ENVIRONMENT, FILES
};
// The manual page, section 1, in man(7) macros.
std::string manual_page(const CommandNode& root, const ManualFacts& facts);

// Prints the script of "bash", "zsh" or "fish", or for "man" the page.
void print_completion(const CLI::App& app, const std::string& what, const ManualFacts& facts);

}  // namespace b3iq::cli
