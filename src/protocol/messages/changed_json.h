// Tests only: every small damage that can be done to one JSON message, so that a codec's test
// cannot forget a member.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace b3iq::protocol {

// One place in a message: "leases[0].state". Of an array, its first element stands for all.
inline void list_paths(json::Value value, const std::string& path, std::vector<std::string>& out) {
  if (value.is_object()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto member = value.member(i);
      const std::string name =
          path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
      out.push_back(name);
      list_paths(member.value, name, out);
    }
  } else if (value.is_array() && value.size() > 0) {
    list_paths(value.at(0), path + "[0]", out);
  }
}

// Writes `value` with the place `target` taken out (`instead` null) or replaced. A target that ends
// in "+" adds the member `unknown_member` to that object.
inline void write_changed(json::Writer& w, json::Value value, const std::string& path,
                          const std::string& target, const std::string* instead) {
  if (value.is_object()) {
    w.begin_object();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto member = value.member(i);
      const std::string name =
          path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
      if (name == target && instead == nullptr) continue;
      w.key(member.name);
      if (name == target) {
        w.raw(*instead);
      } else {
        write_changed(w, member.value, name, target, instead);
      }
    }
    if (target == path + "+") w.member("unknown_member", 1);
    w.end_object();
  } else if (value.is_array()) {
    w.begin_array();
    for (std::size_t i = 0; i < value.size(); ++i) {
      write_changed(w, value.at(i), i == 0 ? path + "[0]" : std::string("-"), target, instead);
    }
    w.end_array();
  } else {
    w.raw(value.to_text());
  }
}

inline std::string changed(const std::string& body, const std::string& target,
                           const std::string* instead) {
  const auto document = json::Document::parse(body);
  EXPECT_TRUE(document.ok());
  std::string out;
  json::Writer w(out);
  write_changed(w, document->root(), "", target, instead);
  return out;
}

inline json::Value value_at(json::Value value, std::string path) {
  while (!path.empty()) {
    const auto dot = path.find('.');
    std::string name = path.substr(0, dot);
    path = dot == std::string::npos ? "" : path.substr(dot + 1);
    const bool is_element = name.ends_with("[0]");
    if (is_element) name.resize(name.size() - 3);
    value = value.find(name);
    if (is_element) value = value.at(0);
  }
  return value;
}

struct MessageRules {
  std::set<std::string> optional;  // places that may be left out
  std::set<std::string> nullable;  // places that may be null
  std::set<std::string> any_text;  // places where a long text may stand
  bool takes_unknown = false;      // of what a control plane answers
};

// Whether a body is taken; gets each damaged body once.
using TakesBody = std::function<bool(const std::string&)>;

// Fails for each damage that `takes` lets in, and for the sound body when it is refused.
inline void expect_refuses_damage(const std::string& body, const MessageRules& rules,
                                  const TakesBody& takes) {
  ASSERT_TRUE(takes(body)) << body;
  const auto document = json::Document::parse(body);
  ASSERT_TRUE(document.ok());
  std::vector<std::string> paths;
  list_paths(document->root(), "", paths);
  ASSERT_FALSE(paths.empty());
  const std::vector<std::string> others = {
      "true",        "7.5", "-1", "9007199254740992", "\"\"",
      "\"\\u0001\"", "[]",  "{}", "[null]",           "\"" + std::string(9000, 'a') + "\""};
  std::set<std::string> objects = {""};
  for (const std::string& path : paths) {
    EXPECT_EQ(takes(changed(body, path, nullptr)), rules.optional.contains(path))
        << "without " << path;
    const std::string null = "null";
    EXPECT_EQ(takes(changed(body, path, &null)), rules.nullable.contains(path)) << path << " null";
    const json::Value at = value_at(document->root(), path);
    if (at.is_object()) objects.insert(path);
    for (const std::string& other : others) {
      // What may be sound, being of the same kind.
      const bool same_kind = (at.is_array() && other == "[]") ||
                             (at.is_object() && other == "{}" && at.size() == 0) ||
                             ((at.boolean() || at.is_null()) && other == "true") ||
                             (rules.any_text.contains(path) && other.size() > 9000);
      if (same_kind) continue;
      EXPECT_FALSE(takes(changed(body, path, &other))) << path << " " << other.substr(0, 40);
    }
  }
  for (const std::string& object : objects) {
    EXPECT_EQ(takes(changed(body, object + "+", nullptr)), rules.takes_unknown)
        << "a member more in " << object;
  }
  for (const std::string& junk :
       {std::string(), std::string("null"), std::string("[]"), std::string("\"x\""), body + "x",
        body.substr(0, body.size() - 1), std::string("{}")}) {
    EXPECT_FALSE(takes(junk)) << junk.substr(0, 60);
  }
  // The same member twice.
  const auto member = document->root().member(0);
  const std::string again =
      "{\"" + std::string(member.name) + "\":" + member.value.to_text() + "," + body.substr(1);
  EXPECT_FALSE(takes(again)) << again;
}

}  // namespace b3iq::protocol
