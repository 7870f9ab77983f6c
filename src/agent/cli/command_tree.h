// The table of commands as plain data: what shell completions and the manual page are made from.
#pragma once

#include <string>
#include <vector>

namespace b3iq::agent {

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

// Scripts for the shells, to be sourced. Every word of the tree is completed, with its help where
// the shell shows one; files where a value is expected.
std::string bash_completion(const CommandNode& root);
std::string zsh_completion(const CommandNode& root);
std::string fish_completion(const CommandNode& root);
// The manual page, section 1, in man(7) macros.
std::string manual_page(const CommandNode& root, const std::string& version);

}  // namespace b3iq::agent
