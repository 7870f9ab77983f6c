#include "agent/support/allowed_members.h"

#include <algorithm>
#include <array>

namespace b3iq::agent {

namespace {

// Not among them: request_id (the caller may choose it), details, addresses, paths, names.
constexpr std::array<std::string_view, 13> kLogTexts = {
    "time", "level",     "event",   "call", "trace_id", "runtime", "stage",
    "code", "operation", "outcome", "kind", "state",    "version"};

bool leads_to_allowed(const AllowedPaths& paths, const std::string& path) {
  if (path.empty()) return true;
  const auto next = paths.lower_bound(path + ".");
  return next != paths.end() && next->starts_with(path + ".");
}

bool is_container(json::Value value) { return value.is_object() || value.is_array(); }

void copy(json::Writer& w, json::Value value, const AllowedPaths& paths, const std::string& path);

bool wanted(json::Value value, const AllowedPaths& paths, const std::string& path) {
  if (is_container(value)) return leads_to_allowed(paths, path) || paths.contains(path);
  if (value.is_string() && value.string()->size() > kMaxAllowedText) return false;
  return paths.contains(path);
}

void copy_object(json::Writer& w, json::Value object, const AllowedPaths& paths,
                 const std::string& path) {
  w.begin_object();
  for (std::size_t i = 0; i < object.size(); ++i) {
    const auto member = object.member(i);
    const auto below =
        path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
    if (!wanted(member.value, paths, below)) continue;
    w.key(member.name);
    copy(w, member.value, paths, below);
  }
  w.end_object();
}

void copy(json::Writer& w, json::Value value, const AllowedPaths& paths, const std::string& path) {
  if (value.is_object()) return copy_object(w, value, paths, path);
  if (!value.is_array()) return w.raw(value.to_text());
  w.begin_array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (wanted(value.at(i), paths, path)) copy(w, value.at(i), paths, path);
  }
  w.end_array();
}

bool allowed_in_log(const json::Value::Member& member) {
  const auto kind = member.value.kind();
  if (kind == json::Kind::integer || kind == json::Kind::real || kind == json::Kind::boolean)
    return true;
  const auto text = member.value.string();
  return text && text->size() <= kMaxAllowedText &&
         std::ranges::find(kLogTexts, member.name) != kLogTexts.end();
}

}  // namespace

std::string allowed_members(json::Value value, const AllowedPaths& paths) {
  std::string out;
  json::Writer w(out);
  copy(w, value, paths, "");
  return out;
}

std::string allowed_log_line(std::string_view line) {
  const auto document = json::Document::parse(line);
  if (!document.ok() || !document->root().is_object()) return {};
  const auto root = document->root();
  std::string out;
  json::Writer w(out);
  w.begin_object();
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto member = root.member(i);
    if (!allowed_in_log(member)) continue;
    w.key(member.name);
    w.raw(member.value.to_text());
  }
  w.end_object();
  return out;
}

}  // namespace b3iq::agent
