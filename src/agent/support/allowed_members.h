// Copies of JSON with only those members that a list allows: what the list does not name is left
// out, so that a member added later stays inside until somebody decides otherwise.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "json/json.h"

namespace b3iq::agent {

// Dotted paths of leaves; the elements of an array have the array's path. "os.name", "gpus.name".
using AllowedPaths = std::set<std::string, std::less<>>;

// The value as compact JSON. Texts longer than kMaxAllowedText are left out.
inline constexpr std::size_t kMaxAllowedText = 200;
std::string allowed_members(json::Value value, const AllowedPaths& paths);

// A line of the node's log: time, level, event, numbers, yes and no, and the texts that come from
// closed sets or from the node itself. Empty for what is no line of ours.
std::string allowed_log_line(std::string_view line);

}  // namespace b3iq::agent
