#include "config/option_table.h"

#include <set>

#include "base/check.h"
#include "config/nearest_name.h"
#include "config/option_value.h"

namespace b3iq::config {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean:
      return "boolean";
    case Type::integer:
      return "integer";
    case Type::duration:
      return "duration";
    case Type::size:
      return "size";
    case Type::text:
      return "text";
    case Type::choice:
      return "choice";
    case Type::list:
      return "list of texts";
    case Type::section:
      return "section";
  }
  return "?";
}

OptionTable::OptionTable(std::vector<Option> options) : options_(std::move(options)) {
  std::set<std::string_view> names;
  for (const Option& option : options_) {
    B3_CHECK(!option.name.empty() && names.insert(option.name).second);
    B3_CHECK(option.environment.empty() || names.insert(option.environment).second);
    B3_CHECK(option.flag.empty() ||
             (option.flag.starts_with("--") && names.insert(option.flag).second));
    B3_CHECK(option.min <= option.max);
    B3_CHECK((option.type == Type::choice) == !option.choices.empty());
    if (option.type == Type::section) {
      B3_CHECK(option.fallback.empty() && option.environment.empty() && option.flag.empty());
    } else {
      B3_CHECK(parse_text(option, option.fallback).ok());
    }
  }
  for (const Option& option : options_) {
    B3_CHECK(option.type == Type::section || !is_group(option.name));
  }
}

std::optional<std::size_t> OptionTable::find(std::string_view name) const {
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (options_[i].name == name) return i;
  }
  return std::nullopt;
}

bool OptionTable::is_group(std::string_view prefix) const {
  for (const Option& option : options_) {
    if (option.name.size() > prefix.size() && option.name.starts_with(prefix) &&
        option.name[prefix.size()] == '.') {
      return true;
    }
  }
  return false;
}

std::string_view OptionTable::nearest(std::string_view name) const {
  std::vector<std::string_view> names;
  names.reserve(options_.size());
  for (const Option& option : options_) names.push_back(option.name);
  return nearest_name(name, names);
}

}  // namespace b3iq::config
