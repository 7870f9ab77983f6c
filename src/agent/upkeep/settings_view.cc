#include "agent/upkeep/settings_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>

namespace b3iq::agent {

using config::Option;
using config::Origin;
using config::Type;

namespace {

struct Note {
  std::string_view option;
  std::string_view text;
};

// What has routes of its own, or is no choice.
constexpr Note kLocked[] = {
    {"node_id", "It follows from the node's identity key."},
    {"runtimes", "Runtimes are added and removed on their own page, or in config.json."},
    {"setup", "The program keeps it."},
};

// What can shut this very page.
constexpr Note kWarnings[] = {
    {"listen", "After the restart this page is at the new address only."},
    {"allow_remote", "Other machines reach the node only while this is on, this page included."},
    {"tls.certificate",
     "After the restart this page is served with this certificate; a browser that does not trust "
     "it refuses the page."},
    {"tls.key", "It must be the key of tls.certificate, or the node does not start."},
    {"allowed_hosts",
     "A page that was opened under a name that is taken away here is refused after the restart."},
};

std::optional<std::string_view> note_on(std::span<const Note> notes, std::string_view option) {
  const auto found = std::ranges::find(notes, option, &Note::option);
  if (found == notes.end()) return std::nullopt;
  return found->text;
}

std::string_view source_name(Origin::Kind kind) {
  switch (kind) {
    case Origin::Kind::fallback:
      return "default";
    case Origin::Kind::file:
      return "config";
    case Origin::Kind::environment:
      return "environment";
    case Origin::Kind::flag:
      return "flag";
  }
  return "default";
}

void write_text(json::Writer& w, std::string_view name, const std::optional<std::string>& text) {
  w.key(name);
  if (text) {
    w.value(std::string_view(*text));
  } else {
    w.null();
  }
}

void write_default(json::Writer& w, const Option& option) {
  w.key("default");
  if (option.type == Type::section) {
    w.null();
    return;
  }
  write_option_value(w, option, config::parse_text(option, option.fallback).value());
}

void write_bounds(json::Writer& w, const Option& option) {
  const bool counted =
      option.type != Type::boolean && option.type != Type::choice && option.type != Type::section;
  const auto bound = [&](std::string_view name, std::int64_t number, bool set) {
    w.key(name);
    if (counted && set) {
      w.value(number);
    } else {
      w.null();
    }
  };
  const bool has_max = option.max != std::numeric_limits<std::int64_t>::max();
  bound("min", option.min, has_max || option.min != 0);
  bound("max", option.max, has_max);
}

// A section without members says what one that is not there says.
std::string_view said_by(std::string_view section) {
  return section == "{}" ? std::string_view() : section;
}

// As api/local.json has it.
std::string_view type_of(const Option& option) {
  return option.type == Type::list ? "list" : config::type_name(option.type);
}

}  // namespace

std::optional<std::string> why_locked(const Option& option, const config::Config& next) {
  if (const auto note = note_on(kLocked, option.name)) return std::string(*note);
  const auto& origin = next.origin(option.name);
  if (origin.kind == Origin::Kind::environment)
    return fmt::format("The environment variable {} decides it where the node is started.",
                       origin.where);
  if (origin.kind == Origin::Kind::flag)
    return fmt::format("The flag {} decides it where the node is started.", origin.where);
  return std::nullopt;
}

void write_option_value(json::Writer& w, const Option& option, const config::OptionValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    w.value(*flag);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    w.value(*number);
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    w.begin_array();
    for (const auto& text : *list) w.value(std::string_view(text));
    w.end_array();
  } else if (const auto& text = std::get<std::string>(value); option.type != Type::section) {
    w.value(std::string_view(text));
  } else if (text.empty()) {
    w.null();
  } else {
    w.raw(text);
  }
}

bool is_pending(const Option& option, const SettingsView& view) {
  // The program's own state is read when it is needed.
  if (option.secrecy == config::Secrecy::secret) return false;
  if (option.type != Type::section)
    return view.running.value(option.name) != view.next.value(option.name);
  return said_by(view.running.section(option.name)) != said_by(view.next.section(option.name));
}

void write_setting(json::Writer& w, const Option& option, const SettingsView& view) {
  const auto locked = why_locked(option, view.next);
  w.begin_object();
  w.member("name", option.name);
  w.member("type", type_of(option));
  w.key("value");
  if (option.secrecy == config::Secrecy::secret) {
    w.null();
  } else {
    write_option_value(w, option, view.next.value(option.name));
  }
  w.member("shown", view.next.shown(option.name));
  write_default(w, option);
  w.member("configured", view.file.origin(option.name).kind == Origin::Kind::file);
  w.member("source", source_name(view.next.origin(option.name).kind));
  w.member("help", option.help);
  write_bounds(w, option);
  w.key("choices");
  w.begin_array();
  for (const auto choice : option.choices) w.value(choice);
  w.end_array();
  w.member("secret", option.secrecy == config::Secrecy::secret);
  w.member("editable", !locked.has_value());
  write_text(w, "locked", locked);
  const auto warning = note_on(kWarnings, option.name);
  write_text(w, "warning", warning ? std::optional<std::string>(*warning) : std::nullopt);
  w.member("pending", is_pending(option, view));
  w.end_object();
}

}  // namespace b3iq::agent
