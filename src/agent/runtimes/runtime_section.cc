#include "agent/runtimes/runtime_section.h"

#include <fmt/format.h>

#include <vector>

#include "agent/settings.h"
#include "agent/settings_table.h"
#include "config/config.h"
#include "config/config_file.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kSection = "runtimes";

struct Entry {
  std::string id;
  std::string json;
};

std::string entry_json(const RuntimeSettings& settings) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("id", settings.id);
  w.member("kind", runtime_kind_name(settings.kind));
  if (!settings.base_url.empty()) w.member("base_url", settings.base_url);
  if (settings.kind == RuntimeKind::openai) {
    if (settings.profile == runtimes::ServerProfile::lmstudio) w.member("profile", "lmstudio");
    if (settings.profile == runtimes::ServerProfile::llama_server)
      w.member("profile", "llama-server");
  }
  if (!settings.api_key_file.empty()) w.member("api_key_file", settings.api_key_file);
  if (settings.max_concurrent > 0) w.member("max_concurrent", settings.max_concurrent);
  w.end_object();
  return out;
}

// Without the section the built-in model answers, and goes on to.
Result<std::vector<Entry>> read_entries(const std::string& path) {
  TRY(const auto file, config::read_config_file(path));
  TRY(const auto document, json::Document::parse(file.text));
  const auto section = document.root().find(kSection);
  std::vector<Entry> entries;
  if (!section) {
    const RuntimeSettings built_in{.id = std::string(kBuiltInRuntime)};
    entries.push_back({built_in.id, entry_json(built_in)});
  }
  for (std::size_t i = 0; i < section.size(); ++i) {
    const auto entry = section.at(i);
    entries.push_back({std::string(entry.find("id").string().value_or("")), entry.to_text()});
  }
  return entries;
}

// What the next start would make of the file.
Status check_start(const std::string& path, const std::string& text) {
  TRY(auto values,
      config::merge(settings_table(), {path, text, config::process_environment(), {}}));
  const auto settings = read_settings(std::move(values), "");
  if (settings.ok()) return {};
  return Error(ErrorCode::conflict,
               fmt::format("Nothing was changed: the node would not start again. {}",
                           settings.error().detail));
}

Status write_entries(const std::string& path, const std::vector<Entry>& entries) {
  std::string list;
  for (const auto& entry : entries) list += (list.empty() ? "" : ",") + entry.json;
  const config::Change change{std::string(kSection), "[" + list + "]"};
  const auto check = [&path](const std::string& text) { return check_start(path, text); };
  return config::rewrite_config_file(path, settings_table(), {&change, 1}, check);
}

}  // namespace

Status add_to_config(const std::string& path, const RuntimeSettings& added) {
  TRY(auto entries, read_entries(path));
  for (const auto& entry : entries) {
    if (entry.id != added.id) continue;
    return Error(ErrorCode::conflict,
                 fmt::format("config.json has a runtime '{}' since the node started. Take another "
                             "id, or restart the node.",
                             added.id),
                 "id");
  }
  entries.push_back({added.id, entry_json(added)});
  return write_entries(path, entries);
}

Status remove_from_config(const std::string& path, std::string_view id) {
  TRY(auto entries, read_entries(path));
  const auto removed = std::erase_if(entries, [id](const Entry& entry) { return entry.id == id; });
  if (removed == 0) return {};
  return write_entries(path, entries);
}

}  // namespace b3iq::agent
