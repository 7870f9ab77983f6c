#include "agent/cli/command_tree.h"

#include <fmt/format.h>

#include <string_view>

namespace b3iq::agent {
namespace {

// Calls `visit(path, node)` for the node and all below it; the path has the names, without the
// program's.
template <class F>
void walk(const CommandNode& node, std::vector<std::string>& path, const F& visit) {
  visit(path, node);
  for (const auto& command : node.commands) {
    path.push_back(command.name);
    walk(command, path, visit);
    path.pop_back();
  }
}
template <class F>
void walk(const CommandNode& root, const F& visit) {
  std::vector<std::string> path;
  walk(root, path, visit);
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::vector<std::string> words_of(const CommandNode& node) {
  std::vector<std::string> words;
  for (const auto& command : node.commands) words.push_back(command.name);
  for (const auto& option : node.options)
    if (!option.flag.empty()) words.push_back(option.flag);
  words.emplace_back("--help");
  return words;
}

// The options of all commands that take a value: the word behind one is a value, not a command.
std::string flags_with_values(const CommandNode& root) {
  std::vector<std::string> flags;
  walk(root, [&flags](const auto&, const CommandNode& node) {
    for (const auto& option : node.options)
      if (!option.flag.empty() && !option.value.empty()) flags.push_back(option.flag);
  });
  return fmt::format("{}", fmt::join(flags, "|"));
}

// man(7) reads a leading dot or quote as a request and a backslash as an escape.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '-') out += '\\';
    out += c;
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

void append_options(std::string& out, const CommandNode& node) {
  for (const auto& option : node.options) {
    const auto value = option.value.empty() ? "" : fmt::format(" \\fI{}\\fR", roff(option.value));
    out += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(option.flag), value, roff(option.help));
  }
}

}  // namespace

std::string bash_completion(const CommandNode& root) {
  std::string cases;
  walk(root, [&cases](const auto& path, const CommandNode& node) {
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", fmt::join(path, " "),
                         fmt::join(words_of(node), " "));
  });
  return fmt::format(
      "# bash completion for {0}, made by `{0} completion bash`\n"
      "_b3iq_host() {{\n"
      "  local word previous='' path='' words='' current=${{COMP_WORDS[COMP_CWORD]}}\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case $previous in {1}) previous=''; continue ;; esac\n"
      "    previous=$word\n"
      "    [[ $word == -* ]] || path=${{path:+$path }}$word\n"
      "  done\n"
      "  COMPREPLY=()\n"
      "  case $previous in {1}) COMPREPLY=($(compgen -f -- \"$current\")); return ;; esac\n"
      "  case $path in\n{2}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}}\n"
      "complete -o filenames -F _b3iq_host {0}\n",
      root.name, flags_with_values(root), cases);
}

std::string zsh_completion(const CommandNode& root) {
  std::string cases;
  walk(root, [&cases](const auto& path, const CommandNode& node) {
    std::string items;
    const auto add = [&items](std::string_view word, std::string_view help) {
      std::string item;
      for (const char c : word) item += c == ':' ? std::string("\\:") : std::string(1, c);
      items += " " + single_quoted(fmt::format("{}:{}", item, help));
    };
    for (const auto& command : node.commands) add(command.name, command.help);
    for (const auto& option : node.options)
      if (!option.flag.empty()) add(option.flag, option.help);
    add("--help", "Print every option");
    cases += fmt::format("    \"{}\") items=({}) ;;\n", fmt::join(path, " "), items);
  });
  return fmt::format(
      "#compdef {0}\n"
      "# zsh completion for {0}, made by `{0} completion zsh`\n"
      "_b3iq_host() {{\n"
      "  local word previous='' at=''\n"
      "  local -a items\n"
      "  for word in \"${{(@)words[2,CURRENT-1]}}\"; do\n"
      "    case $previous in ({1}) previous=''; continue ;; esac\n"
      "    previous=$word\n"
      "    [[ $word == -* ]] || at=${{at:+$at }}$word\n"
      "  done\n"
      "  case $previous in ({1}) _files; return ;; esac\n"
      "  case $at in\n{2}  esac\n"
      "  _describe -t commands {0} items\n"
      "}}\n"
      "compdef _b3iq_host {0}\n",
      root.name, flags_with_values(root), cases);
}

std::string fish_completion(const CommandNode& root) {
  std::string out = fmt::format(
      "# fish completion for {0}, made by `{0} completion fish`\n"
      "function __b3iq_host_at\n"
      "  set -l path\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    string match -q -- '-*' $word; or set -a path $word\n"
      "  end\n"
      "  test \"$path\" = \"$argv\"\n"
      "end\n"
      "complete -c {0} -f\n",
      root.name);
  walk(root, [&](const auto& path, const CommandNode& node) {
    const auto where = single_quoted(fmt::format("__b3iq_host_at {}", fmt::join(path, " ")));
    for (const auto& command : node.commands) {
      out += fmt::format("complete -c {} -n {} -a {} -d {}\n", root.name, where, command.name,
                         single_quoted(command.help));
    }
    for (const auto& option : node.options) {
      if (option.flag.empty()) continue;
      out += fmt::format("complete -c {} -n {} -l {} {}-d {}\n", root.name, where,
                         option.flag.substr(2), option.value.empty() ? "" : "-r -F ",
                         single_quoted(option.help));
    }
  });
  return out;
}

std::string manual_page(const CommandNode& root, const std::string& version) {
  std::string out = fmt::format(
      ".TH B3IQ\\-HOST 1 \"\" \"b3iq {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n"
      ".B {}\n[\\fB\\-\\-home\\fR \\fIDIR\\fR] \\fICOMMAND\\fR [\\fIOPTION\\fR ...]\n",
      version, roff(root.name), roff(root.help), roff(root.name));
  out += ".SH OPTIONS\n";
  append_options(out, root);
  out += ".SH COMMANDS\n";
  walk(root, [&out](const auto& path, const CommandNode& node) {
    if (path.empty() || !node.commands.empty()) return;
    std::string arguments;
    for (const auto& option : node.options)
      if (option.flag.empty()) arguments += fmt::format(" \\fI{}\\fR", roff(option.value));
    out += fmt::format(".SS \"{}{}\"\n{}\n", roff(fmt::format("{}", fmt::join(path, " "))),
                       arguments, roff(node.help));
    CommandNode flags = node;
    std::erase_if(flags.options, [](const CommandOption& option) { return option.flag.empty(); });
    append_options(out, flags);
  });
  out +=
      ".SH EXIT STATUS\n0 done; 1 failed, with the reason and its stable code on standard error; 2 "
      "the command line is wrong; 3 no node answers; 4 refused: key, scope, budget or rate limit; "
      "5 "
      "doctor found a fault.\n"
      ".SH ENVIRONMENT\n.TP\nB3IQ_HOME\nThe node's folder, ~/.b3iq by default.\n.TP\n"
      "B3IQ_LOCAL_KEY_FILE\nFile with the API key that chat uses.\n.TP\nB3IQ_LOCAL_BASE_URL\nThe "
      "node that chat asks.\n"
      ".SH FILES\n.TP\n~/.b3iq/config.json\nSettings; config show lists all.\n";
  return out;
}

}  // namespace b3iq::agent
