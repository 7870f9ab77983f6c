#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "config/options.h"
#include "config/value_text.h"

extern char** environ;

namespace b3iq::config {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "whole number";
    case Type::duration_ms:
      return "duration";
    case Type::bytes:
      return "size";
    case Type::text:
      return "text";
    case Type::choice:
      return "choice";
    case Type::text_list:
      return "list of texts";
  }
  return "text";
}

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::standard:
      return "default";
    case Origin::file:
      return "file";
    case Origin::environment:
      return "environment";
    case Origin::flag:
      return "flag";
  }
  return "default";
}

Environment system_environment() {
  Environment variables;
  for (char** at = environ; at && *at; ++at) {
    const std::string_view line(*at);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return variables;
}

const Values::Entry& Values::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  B3_CHECK(found != entries_.end());
  return found->second;
}

bool Values::boolean(std::string_view name) const { return entry(name).number != 0; }
std::int64_t Values::integer(std::string_view name) const { return entry(name).number; }
const std::string& Values::text(std::string_view name) const { return entry(name).text; }
const std::vector<std::string>& Values::list(std::string_view name) const {
  return entry(name).items;
}
Origin Values::origin(std::string_view name) const { return entry(name).origin; }
json::Value Values::section(std::string_view name) const {
  return document_ ? document_->root().find(name) : json::Value();
}

class Loader {
 public:
  Loader(const Table& table, std::string_view file_name) : table_(table), file_name_(file_name) {}

  Result<Values> load(std::string_view file_text, const Environment& environment,
                      const Environment& flags) {
    for (const auto& option : table_.options)
      TRY_OK(set_text(option, option.standard, Origin::standard, "the table"));
    if (!file_text.empty()) TRY_OK(read_file(file_text));
    for (const auto& option : table_.options) {
      if (const auto set = environment.find(option.environment);
          !option.environment.empty() && set != environment.end()) {
        TRY_OK(set_text(option, set->second, Origin::environment,
                        fmt::format("the variable {}", option.environment)));
      }
      if (const auto set = flags.find(option.name); set != flags.end()) {
        TRY_OK(set_text(option, set->second, Origin::flag, "the command line"));
      }
    }
    return std::move(values_);
  }

 private:
  Status read_file(std::string_view text) {
    auto parsed = json::Document::parse(text);
    if (!parsed.ok()) {
      return Error(ErrorCode::config_invalid,
                   fmt::format("{} is not valid JSON: {}", file_name_, parsed.error().detail));
    }
    values_.document_ = std::make_shared<json::Document>(std::move(parsed).value());
    const auto root = values_.document_->root();
    if (!root.is_object()) {
      return Error(ErrorCode::config_invalid,
                   fmt::format("{} must hold one JSON object.", file_name_));
    }
    return read_object(root, "");
  }

  Status read_object(json::Value object, const std::string& prefix) {
    for (std::size_t i = 0; i < object.size(); ++i) {
      const auto member = object.member(i);
      const auto name = prefix + std::string(member.name);
      if (const auto* option = find_option(name)) {
        TRY_OK(set_json(*option, member.value));
      } else if (is_section(name)) {
        continue;
      } else if (member.value.is_object() && leads_to_options(name)) {
        TRY_OK(read_object(member.value, name + "."));
      } else {
        return unknown(name);
      }
    }
    return {};
  }

  const Option* find_option(std::string_view name) const {
    const auto found = std::ranges::find(table_.options, name, &Option::name);
    return found == table_.options.end() ? nullptr : &*found;
  }
  bool is_section(std::string_view name) const {
    return std::ranges::any_of(table_.sections,
                               [&](const Section& section) { return section.name == name; });
  }
  bool leads_to_options(const std::string& name) const {
    return std::ranges::any_of(
        table_.options, [&](const Option& option) { return option.name.starts_with(name + "."); });
  }

  Error unknown(std::string_view name) const {
    std::string_view nearest;
    std::size_t best = std::max<std::size_t>(3, name.size() / 2);
    const auto consider = [&](std::string_view known) {
      if (const auto distance = edit_distance(name, known); distance < best) {
        best = distance;
        nearest = known;
      }
    };
    for (const auto& option : table_.options) consider(option.name);
    for (const auto& section : table_.sections) consider(section.name);
    return Error(ErrorCode::config_invalid,
                 fmt::format("{} has the unknown key '{}'.{}", file_name_, name,
                             nearest.empty() ? std::string(" docs/config.md lists all.")
                                             : fmt::format(" Did you mean '{}'?", nearest)),
                 std::string(name));
  }

  Error wrong(const Option& option, std::string_view where, std::string_view what) const {
    return Error(ErrorCode::config_invalid,
                 fmt::format("'{}' in {} must be {}.", option.name, where, what),
                 std::string(option.name));
  }

  Status set_json(const Option& option, json::Value value) {
    auto& entry = values_.entries_[std::string(option.name)];
    const auto where = file_name_;
    if (option.type == Type::boolean) {
      const auto flag = value.boolean();
      if (!flag) return wrong(option, where, "true or false");
      return set_text(option, *flag ? "true" : "false", Origin::file, where);
    }
    if (option.type == Type::text_list) {
      if (!value.is_array()) return wrong(option, where, "a list of texts");
      entry.items.clear();
      for (std::size_t i = 0; i < value.size(); ++i) {
        const auto item = value.at(i).string();
        if (!item) return wrong(option, where, "a list of texts");
        entry.items.emplace_back(*item);
      }
      entry.origin = Origin::file;
      return {};
    }
    const bool numeric = option.type == Type::integer || option.type == Type::duration_ms ||
                         option.type == Type::bytes;
    if (numeric && value.integer())
      return set_text(option, std::to_string(*value.integer()), Origin::file, where);
    const auto text = value.string();
    if (!text || option.type == Type::integer)
      return wrong(option, where, fmt::format("a {}", type_name(option.type)));
    return set_text(option, *text, Origin::file, where);
  }

  Status set_text(const Option& option, std::string_view text, Origin origin,
                  std::string_view where) {
    Values::Entry entry;
    entry.origin = origin;
    switch (option.type) {
      case Type::boolean:
        if (text != "true" && text != "false") return wrong(option, where, "true or false");
        entry.number = text == "true";
        break;
      case Type::integer:
        TRY_OK(set_number(option, parse_integer(text), where, "a whole number", entry));
        break;
      case Type::duration_ms:
        TRY_OK(set_number(option, parse_duration_ms(text), where,
                          "a duration such as 500ms, 30s or 5m", entry));
        break;
      case Type::bytes:
        TRY_OK(set_number(option, parse_bytes(text), where, "a size such as 64KiB or 8MiB", entry));
        break;
      case Type::choice:
        TRY_OK(check_choice(option, text, where));
        entry.text = text;
        break;
      case Type::text:
        entry.text = text;
        break;
      case Type::text_list:
        split(text, entry.items);
        break;
    }
    values_.entries_[std::string(option.name)] = std::move(entry);
    return {};
  }

  Status set_number(const Option& option, std::optional<std::int64_t> parsed,
                    std::string_view where, std::string_view form, Values::Entry& entry) const {
    if (!parsed) return wrong(option, where, form);
    if (*parsed < option.minimum || *parsed > option.maximum) {
      return wrong(option, where, fmt::format("from {} to {}", option.minimum, option.maximum));
    }
    entry.number = *parsed;
    return {};
  }

  Status check_choice(const Option& option, std::string_view text, std::string_view where) const {
    std::string_view rest = option.choices;
    while (!rest.empty()) {
      const auto end = rest.find('|');
      if (rest.substr(0, end) == text) return {};
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return wrong(option, where, fmt::format("one of {}", option.choices));
  }

  // Lists in the environment and on the command line are separated by commas.
  static void split(std::string_view text, std::vector<std::string>& items) {
    while (!text.empty()) {
      const auto end = text.find(',');
      items.emplace_back(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
  }

  const Table& table_;
  std::string file_name_;
  Values values_;
};

Result<Values> load(const Table& table, std::string_view file_text, std::string_view file_name,
                    const Environment& environment, const Environment& flags) {
  return Loader(table, file_name).load(file_text, environment, flags);
}

}  // namespace b3iq::config
