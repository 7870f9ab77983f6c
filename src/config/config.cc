#include "config/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>

#include "base/check.h"
#include "config/config_file.h"
#include "json/json.h"

namespace b3iq::config {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {
constexpr std::size_t kMaxReported = 10;
}

const Config::Entry& Config::entry(std::string_view name, Type type) const {
  const auto index = table_->find(name);
  B3_CHECK(index.has_value());
  B3_CHECK(table_->options()[*index].type == type);
  return entries_[*index];
}

bool Config::boolean(std::string_view name) const {
  return std::get<bool>(entry(name, Type::boolean).value);
}
std::int64_t Config::integer(std::string_view name) const {
  return std::get<std::int64_t>(entry(name, Type::integer).value);
}
std::int64_t Config::duration_ms(std::string_view name) const {
  return std::get<std::int64_t>(entry(name, Type::duration).value);
}
std::int64_t Config::size_bytes(std::string_view name) const {
  return std::get<std::int64_t>(entry(name, Type::size).value);
}
const std::string& Config::text(std::string_view name) const {
  const auto index = table_->find(name);
  B3_CHECK(index.has_value());
  const Type type = table_->options()[*index].type;
  B3_CHECK(type == Type::text || type == Type::choice);
  return std::get<std::string>(entries_[*index].value);
}
const std::vector<std::string>& Config::list(std::string_view name) const {
  return std::get<std::vector<std::string>>(entry(name, Type::list).value);
}
const std::string& Config::section(std::string_view name) const {
  return std::get<std::string>(entry(name, Type::section).value);
}

void Config::take(std::string_view name, const Config& other) {
  const auto index = table_->find(name);
  B3_CHECK(index.has_value() && table_ == other.table_);
  entries_[*index] = other.entries_[*index];
}

const OptionValue& Config::value(std::string_view name) const {
  const auto index = table_->find(name);
  B3_CHECK(index.has_value());
  return entries_[*index].value;
}

const Origin& Config::origin(std::string_view name) const {
  const auto index = table_->find(name);
  B3_CHECK(index.has_value());
  return entries_[*index].origin;
}

std::string Config::shown(std::string_view name) const {
  const auto index = table_->find(name);
  B3_CHECK(index.has_value());
  const Option& option = table_->options()[*index];
  std::string text = show_value(option, entries_[*index].value);
  return option.secrecy == Secrecy::secret && !text.empty() ? "(secret)" : text;
}

// Fills a Config source by source and keeps what was wrong.
class Loader {
 public:
  explicit Loader(const OptionTable& table) : table_(table), config_(table) {
    for (const Option& option : table.options()) {
      OptionValue value = std::string();
      if (option.type != Type::section) value = parse_text(option, option.fallback).value();
      config_.entries_.push_back({std::move(value), {Origin::Kind::fallback, "default"}});
    }
  }

  void read_file(const std::string& name, const std::string& text) {
    const auto document =
        json::Document::parse(text, {.max_bytes = kMaxConfigBytes, .max_depth = kMaxConfigDepth});
    if (!document.ok()) {
      report(name, document.error().detail);
    } else if (!document->root().is_object()) {
      report(name, "it must hold one JSON object");
    } else {
      read_object(name, document->root(), "");
    }
  }

  void read_environment(const Environment& environment) {
    if (!environment) return;
    for (std::size_t i = 0; i < table_.options().size(); ++i) {
      const std::string variable(table_.options()[i].environment);
      if (variable.empty()) continue;
      if (const auto text = environment(variable)) {
        keep(i, parse_text(table_.options()[i], *text), {Origin::Kind::environment, variable},
             "the value");
      }
    }
  }

  void read_flags(const std::map<std::string, std::string>& flags) {
    for (const auto& [flag, text] : flags) {
      for (std::size_t i = 0; i < table_.options().size(); ++i) {
        if (table_.options()[i].flag != flag) continue;
        keep(i, parse_text(table_.options()[i], text), {Origin::Kind::flag, flag}, "the value");
      }
    }
  }

  Result<Config> take() && {
    if (wrong_.empty()) return std::move(config_);
    if (wrong_.size() > kMaxReported) {
      wrong_.resize(kMaxReported);
      wrong_.push_back("… and more");
    }
    return Error(ErrorCode::config_invalid, fmt::format("{}", fmt::join(wrong_, "\n")));
  }

 private:
  void report(std::string_view where, std::string_view what) {
    wrong_.push_back(fmt::format("{}: {}", where, what));
  }

  void keep(std::size_t index, Result<OptionValue> value, Origin origin, std::string_view subject) {
    if (!value.ok()) {
      report(origin.where, fmt::format("{} {}", subject, value.error().detail));
      return;
    }
    config_.entries_[index] = {std::move(value).value(), std::move(origin)};
  }

  void read_object(const std::string& file, json::Value object, const std::string& prefix) {
    for (std::size_t i = 0; i < object.size(); ++i) {
      const json::Value::Member member = object.member(i);
      const std::string name = prefix + std::string(member.name);
      if (member.name.find('.') != member.name.npos) {
        report(file,
               fmt::format("\"{}\": write the parts of a name as objects inside each other", name));
      } else if (const auto index = table_.find(name)) {
        keep(*index, parse_json(table_.options()[*index], member.value), {Origin::Kind::file, file},
             fmt::format("\"{}\"", name));
      } else if (!table_.is_group(name)) {
        report_unknown(file, name);
      } else if (member.value.is_object()) {
        read_object(file, member.value, name + ".");
      } else {
        report(file, fmt::format("\"{}\" must be an object with members such as \"{}\"", name,
                                 first_of_group(name)));
      }
    }
  }

  void report_unknown(const std::string& file, const std::string& name) {
    const std::string_view nearest = table_.nearest(name);
    std::string text = fmt::format("\"{}\" is not a known option", name);
    text += nearest.empty() ? "; remove it" : fmt::format("; did you mean \"{}\"?", nearest);
    report(file, text);
  }

  std::string_view first_of_group(const std::string& name) const {
    for (const Option& option : table_.options()) {
      if (option.name.starts_with(name + ".")) return option.name.substr(name.size() + 1);
    }
    return "";
  }

  const OptionTable& table_;
  Config config_;
  std::vector<std::string> wrong_;
};

Environment process_environment() {
  return [](const std::string& variable) -> std::optional<std::string> {
    const char* const value = ::getenv(variable.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Result<Config> merge(const OptionTable& table, const Sources& sources) {
  Loader loader(table);
  if (!sources.file_text.empty()) loader.read_file(sources.file_name, sources.file_text);
  loader.read_environment(sources.environment);
  loader.read_flags(sources.flags);
  return std::move(loader).take();
}

Result<Config> load(const OptionTable& table, const std::string& path, Environment environment,
                    std::map<std::string, std::string> flags) {
  TRY(ConfigFile file, read_config_file(path));
  // An empty file is no configuration: whoever made it meant something else.
  if (file.text.empty()) file.text = " ";
  TRY(Config config,
      merge(table, {path, std::move(file.text), std::move(environment), std::move(flags)}));
  for (const Option& option : table.options()) {
    if (option.secrecy == Secrecy::open || config.origin(option.name).kind != Origin::Kind::file)
      continue;
    if (file.readers == ConfigFile::Readers::owner) continue;
    return Error(
        ErrorCode::config_invalid,
        fmt::format("{}: \"{}\" is a secret, but other users may read the file. Run: chmod 600 {}",
                    path, option.name, path));
  }
  return config;
}

}  // namespace b3iq::config
