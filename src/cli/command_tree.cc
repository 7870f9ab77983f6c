#include "cli/command_tree.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string_view>

#include "cli/option_rules.h"

namespace b3iq::cli {
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
// whose values are known, {5} the program as part of a function's name.
constexpr std::string_view kBash = R"(# bash completion for {0}, made by `{0} completion bash`
_{5}() {{
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
complete -F _{5} {0}
)";

constexpr std::string_view kZsh = R"(#compdef {0}
# zsh completion for {0}, made by `{0} completion zsh`
_{5}() {{
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
if [[ ${{funcstack[1]-}} == _{0} ]]; then _{5} "$@"; else compdef _{5} {0}; fi
)";

constexpr std::string_view kFish = R"(# fish completion for {0}, made by `{0} completion fish`
function __{3}_at
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

// As part of the name of a shell's function.
std::string identifier(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
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
    cases += fmt::format("    \"{}\") words=\"{}\"{} ;;\n", fmt::join(path, " "),
                         fmt::join(words_of(node), " "), takes_files(node) ? " files=yes" : "");
  });
  return fmt::format(kBash, root.name, flags_with_values(root, "|"), quoted_paths(root, "|"), cases,
                     cases_of_choices(root, "    {}) words=\"{}\" ;;\n"), identifier(root.name));
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
                     cases_of_choices(root, "    ({}) compadd -- {}; return ;;\n"),
                     identifier(root.name));
}

std::string fish_completion(const CommandNode& root) {
  const auto name = identifier(root.name);
  auto out =
      fmt::format(kFish, root.name, flags_with_values(root, " "), quoted_paths(root, " "), name);
  walk(root, [&](const auto& path, const CommandNode& node) {
    const auto where = single_quoted(fmt::format("__{}_at {}", name, fmt::join(path, " ")));
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

std::string manual_page(const CommandNode& root, const ManualFacts& facts) {
  std::string title = root.name;
  std::ranges::transform(title, title.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  std::string out = fmt::format(
      ".TH {} 1 \"\" \"b3iq {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {}\n",
      roff(title), facts.version, roff(root.name), roff(root.help), roff(root.name));
  for (const auto& option : root.options)
    out += fmt::format("[\\fB{}\\fR{}]", roff(option.flag),
                       option.value.empty() ? "" : " \\fI" + roff(option.value) + "\\fR");
  out += root.options.empty() ? "" : " ";
  out += "\\fICOMMAND\\fR [\\fIOPTION\\fR ...]\n";
  if (!root.options.empty()) out += ".SH OPTIONS\n";
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
  return out + ".SH EXIT STATUS\n" + facts.exit_status + facts.sections;
}

CommandNode tree_of(const CLI::App& app) {
  CommandNode node{app.get_name(), app.get_description(), {}, {}};
  for (const auto* option : app.get_options()) {
    if (option->get_name() == "--help") continue;
    const bool positional = option->get_positional();
    const bool has_value = option->get_expected_max() > 0;
    node.options.push_back({positional ? "" : "--" + option->get_lnames().front(),
                            positional  ? option->get_name()
                            : has_value ? option->get_type_name()
                                        : "",
                            option->get_description(), words_taken(*option)});
  }
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    node.commands.push_back(tree_of(*command));
  return node;
}

void print_completion(const CLI::App& app, const std::string& what, const ManualFacts& facts) {
  const auto tree = tree_of(app);
  const auto text = what == "bash"   ? bash_completion(tree)
                    : what == "zsh"  ? zsh_completion(tree)
                    : what == "fish" ? fish_completion(tree)
                                     : manual_page(tree, facts);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace b3iq::cli
