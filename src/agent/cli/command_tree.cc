#include "agent/cli/command_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
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
  words.reserve(node.commands.size() + node.options.size());
  for (const auto& command : node.commands) words.push_back(command.name);
  for (const auto& option : node.options) {
    if (option.flag.empty()) {
      words.insert(words.end(), option.choices.begin(), option.choices.end());
    } else {
      words.push_back(option.flag);
    }
  }
  words.emplace_back("--help");
  return words;
}

// An argument that is not one of a few words may be a file.
bool takes_files(const CommandNode& node) {
  return std::any_of(node.options.begin(), node.options.end(), [](const CommandOption& option) {
    return option.flag.empty() && option.choices.empty();
  });
}

// The options of all commands that take a value: the word behind one is a value, not a command.
std::string flags_with_values(const CommandNode& root, std::string_view between) {
  std::set<std::string> flags;
  walk(root, [&flags](const auto&, const CommandNode& node) {
    for (const auto& option : node.options)
      if (!option.flag.empty() && !option.value.empty()) flags.insert(option.flag);
  });
  return fmt::format("{}", fmt::join(flags, between));
}

// One case for each option whose value is one of a few words; `form` takes the flag and the words.
std::string cases_of_choices(const CommandNode& root, std::string_view form) {
  std::map<std::string, std::string> words;
  walk(root, [&words](const auto&, const CommandNode& node) {
    for (const auto& option : node.options)
      if (!option.flag.empty() && !option.choices.empty())
        words.emplace(option.flag, fmt::format("{}", fmt::join(option.choices, " ")));
  });
  std::string cases;
  for (const auto& [flag, choices] : words) cases += fmt::format(fmt::runtime(form), flag, choices);
  return cases;
}

// The commands' paths, each quoted: a word that leads to none of them is an argument.
std::string quoted_paths(const CommandNode& root, std::string_view between) {
  std::vector<std::string> paths;
  walk(root, [&paths](const auto& path, const CommandNode&) {
    if (!path.empty()) paths.push_back(fmt::format("\"{}\"", fmt::join(path, " ")));
  });
  return fmt::format("{}", fmt::join(paths, between));
}

// {0} program, {1} flags with values, {2} paths, {3} one case for each path, {4} one for each flag
// whose values are known.
constexpr std::string_view kBash = R"(# bash completion for {0}, made by `{0} completion bash`
_b3iq_host() {{
  local word next previous='' at='' words='' files='' current=${{COMP_WORDS[COMP_CWORD]}}
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word != = ]] || continue # bash splits --home=DIR into three words
    case $previous in {1}) previous=''; continue ;; esac
    previous=$word next=${{at:+$at }}$word
    case $next in {2}) at=$next ;; esac
  done
  [[ $current != = ]] || current=''
  case $previous in
{4}    {1}) files=yes ;;
    *) case $at in
{3}      esac ;;
  esac
  COMPREPLY=()
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files == yes && $current != -* && ${{#COMPREPLY[@]}} == 0 ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -F _b3iq_host {0}
)";

constexpr std::string_view kZsh = R"(#compdef {0}
# zsh completion for {0}, made by `{0} completion zsh`
_b3iq_host() {{
  local word next previous='' at='' files=''
  local -a items
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    case $previous in ({1}) previous=''; continue ;; esac
    previous=$word next=${{at:+$at }}$word
    case $next in ({2}) at=$next ;; esac
  done
  case $previous in
{4}    ({1}) _files; return ;;
  esac
  case $at in
{3}  esac
  _describe -t commands {0} items && return
  [[ -z $files ]] || _files
}}
# Found in fpath, this file is a call of _{0}; sourced, it only defines.
if [[ ${{funcstack[1]-}} == _{0} ]]; then _b3iq_host "$@"; else compdef _b3iq_host {0}; fi
)";

constexpr std::string_view kFish = R"(# fish completion for {0}, made by `{0} completion fish`
function __b3iq_host_at
  set -l at ''
  set -l previous ''
  for word in (commandline -opc)[2..]
    if contains -- "$previous" {1}
      set previous ''
      continue
    end
    set previous $word
    set -l next (string trim -- "$at $word")
    contains -- "$next" {2}; and set at $next
  end
  test "$at" = "$argv"
end
complete -c {0} -f
complete -c {0} -l help -d 'Print every option'
)";

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
    cases += fmt::format("    \"{}\") words=\"{}\"{} ;;\n", fmt::join(path, " "),
                         fmt::join(words_of(node), " "), takes_files(node) ? " files=yes" : "");
  });
  return fmt::format(kBash, root.name, flags_with_values(root, "|"), quoted_paths(root, "|"), cases,
                     cases_of_choices(root, "    {}) words=\"{}\" ;;\n"));
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
    for (const auto& option : node.options) {
      if (!option.flag.empty()) add(option.flag, option.help);
      if (option.flag.empty())
        for (const auto& choice : option.choices) add(choice, option.help);
    }
    add("--help", "Print every option");
    cases += fmt::format("    \"{}\") items=({}){} ;;\n", fmt::join(path, " "), items,
                         takes_files(node) ? " files=yes" : "");
  });
  return fmt::format(kZsh, root.name, flags_with_values(root, "|"), quoted_paths(root, "|"), cases,
                     cases_of_choices(root, "    ({}) compadd -- {}; return ;;\n"));
}

std::string fish_completion(const CommandNode& root) {
  auto out = fmt::format(kFish, root.name, flags_with_values(root, " "), quoted_paths(root, " "));
  walk(root, [&](const auto& path, const CommandNode& node) {
    const auto where = single_quoted(fmt::format("__b3iq_host_at {}", fmt::join(path, " ")));
    const auto add = [&](std::string_view what, std::string_view help) {
      out += fmt::format("complete -c {} -n {} {} -d {}\n", root.name, where, what,
                         single_quoted(help));
    };
    for (const auto& command : node.commands) add("-a " + command.name, command.help);
    for (const auto& option : node.options) {
      for (const auto& choice : option.choices)
        if (option.flag.empty()) add("-a " + choice, option.help);
      if (option.flag.empty()) continue;
      const auto value = option.value.empty() ? ""
                         : option.choices.empty()
                             ? " -r -F"
                             : fmt::format(" -r -f -a '{}'", fmt::join(option.choices, " "));
      add(fmt::format("-l {}{}", option.flag.substr(2), value), option.help);
    }
    if (takes_files(node)) out += fmt::format("complete -c {} -n {} -F\n", root.name, where);
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
      "the command line is wrong; 3 no node answers, or it drains; 4 refused: key, scope, budget "
      "or rate limit; "
      "5 "
      "doctor found a fault.\n"
      ".SH ENVIRONMENT\n.TP\nB3IQ_HOME\nThe node's folder, ~/.b3iq by default.\n.TP\n"
      "B3IQ_LOCAL_KEY_FILE\nFile with the API key that chat uses.\n.TP\nB3IQ_LOCAL_BASE_URL\nThe "
      "node that chat asks.\n"
      ".SH FILES\n.TP\n~/.b3iq/config.json\nSettings; config show lists all.\n";
  return out;
}

}  // namespace b3iq::agent
