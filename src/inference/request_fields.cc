#include "inference/request_fields.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace b3iq::inference {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kMaxIdentifierBytes = 64;
constexpr std::size_t kMaxEchoedNameBytes =
    64;  // a member name that the caller made up may be megabytes

std::string_view with_article(json::Kind kind) {
  switch (kind) {
    case json::Kind::null:
      return "null";
    case json::Kind::boolean:
      return "a boolean";
    case json::Kind::integer:
      return "an integer";
    case json::Kind::real:
      return "a decimal number";
    case json::Kind::string:
      return "a string";
    case json::Kind::array:
      return "an array";
    case json::Kind::object:
      return "an object";
  }
  return "something else";
}

// 2 for 2.0: bounds are written as a person would.
std::string bound_text(double bound) {
  std::string text = std::to_string(bound);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string range_text(std::string_view least, std::string_view most) {
  std::string text = "the value must be between ";
  return text.append(least).append(" and ").append(most);
}

}  // namespace

std::string Path::text() const {
  std::vector<const Path*> steps;
  for (const Path* step = this; step != nullptr; step = step->parent) steps.push_back(step);
  std::string text;
  for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
    if ((*it)->index >= 0) {
      text.append("[").append(std::to_string((*it)->index)).append("]");
      continue;
    }
    if (!text.empty()) text.push_back('.');
    if ((*it)->name.empty()) {
      text.append("\"\"");
    } else {
      text.append((*it)->name.substr(0, kMaxEchoedNameBytes));
    }
  }
  return text;
}

Error missing_field(const Path& path) {
  const std::string where = path.text();
  return Error(ErrorCode::invalid_request, "Missing required parameter: '" + where + "'.", where);
}

Error wrong_type(const Path& path, std::string_view expected, json::Value got) {
  const std::string where = path.text();
  std::string detail = "Invalid type for '" + where + "': expected ";
  detail.append(expected).append(", but got ").append(with_article(got.kind())).append(" instead.");
  return Error(ErrorCode::invalid_request, std::move(detail), where);
}

Error invalid_value(const Path& path, std::string_view reason) {
  const std::string where = path.text();
  std::string detail = "Invalid '" + where + "': ";
  return Error(ErrorCode::invalid_request, detail.append(reason).append("."), where);
}

Error unsupported_value(const Path& path, std::string_view advice) {
  const std::string where = path.text();
  std::string detail = "Unsupported parameter '" + where + "': ";
  return Error(ErrorCode::unsupported_parameter, detail.append(advice).append("."), where);
}

base::Result<bool> read_boolean(json::Value value, const Path& path) {
  const auto flag = value.boolean();
  if (!flag) return wrong_type(path, "a boolean", value);
  return *flag;
}

base::Result<std::int64_t> read_integer(json::Value value, const Path& path, std::int64_t least,
                                        std::int64_t most) {
  const auto number = value.integer();
  if (!number && value.kind() != json::Kind::integer) {
    // A whole number too large for 64 bits arrives as a real: say "range" and not "type" for it.
    const auto real = value.number();
    if (!real || std::trunc(*real) != *real || std::fabs(*real) < 9.2e18) {
      return wrong_type(path, "an integer", value);
    }
  }
  if (!number || *number < least || *number > most) {
    return invalid_value(path, range_text(std::to_string(least), std::to_string(most)));
  }
  return *number;
}

base::Result<double> read_number(json::Value value, const Path& path, double least, double most) {
  const auto number = value.number();
  if (!number) return wrong_type(path, "a number", value);
  if (!(*number >= least && *number <= most)) {
    return invalid_value(path, range_text(bound_text(least), bound_text(most)));
  }
  return *number;
}

base::Result<std::string_view> read_string(json::Value value, const Path& path) {
  const auto text = value.string();
  if (!text) return wrong_type(path, "a string", value);
  return *text;
}

base::Status expect_object(json::Value value, const Path& path) {
  if (!value.is_object()) return wrong_type(path, "an object", value);
  return {};
}

base::Result<std::string_view> read_identifier(json::Value value, const Path& path) {
  TRY(const std::string_view name, read_string(value, path));
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.size() > kMaxIdentifierBytes || !std::ranges::all_of(name, allowed)) {
    return invalid_value(path, "use 1 to 64 of the characters a-z, A-Z, 0-9, '_' and '-'");
  }
  return name;
}

base::Status note_unknown(ChatRequest& request, const Path& path) {
  if (request.unknown_members.size() >= kMaxUnknownMembers) {
    return invalid_value(path, "more than 64 members are unknown");
  }
  request.unknown_members.push_back(path.text());
  return {};
}

}  // namespace b3iq::inference
