#include "inference/request_tools.h"

#include <algorithm>

namespace b3iq::inference {
namespace {

using base::Result;
using base::Status;
using json::Value;

Result<Value> required_object(Value parent, std::string_view name, const Path& path) {
  const Value value = parent.find(name);
  if (!value) return missing_field(path);
  TRY_OK(expect_object(value, path));
  return value;
}

Result<std::string_view> required_type(Value parent, const Path& path) {
  const Value type = parent.find("type");
  if (!type) return missing_field(path);
  return read_string(type, path);
}

Result<std::string_view> required_name(Value parent, const Path& path) {
  const Value name = parent.find("name");
  if (!name) return missing_field(path);
  return read_identifier(name, path);
}

// Absent and null count as false.
Result<bool> optional_strict(Value parent, const Path& path) {
  const Value strict = parent.find("strict");
  if (strict.is_null()) return false;
  return read_boolean(strict, path);
}

Result<std::string_view> optional_description(Value parent, const Path& path) {
  const Value description = parent.find("description");
  if (description.is_null()) return std::string_view();
  return read_string(description, path);
}

Result<Tool> decode_tool(Value value, const Path& path) {
  TRY_OK(expect_object(value, path));
  TRY(const std::string_view type, required_type(value, path.member("type")));
  if (type != "function") {
    return unsupported_value(path.member("type"), "only tools of type 'function' are supported");
  }
  const Path inside = path.member("function");
  TRY(const Value function, required_object(value, "function", inside));
  Tool tool;
  TRY(tool.name, required_name(function, inside.member("name")));
  TRY(tool.description, optional_description(function, inside.member("description")));
  TRY(tool.strict, optional_strict(function, inside.member("strict")));
  const Value parameters = function.find("parameters");
  if (!parameters.is_null()) {
    TRY_OK(expect_object(parameters, inside.member("parameters")));
    tool.parameters = parameters.to_text();
  }
  return tool;
}

Status decode_choice_object(Value value, const Path& path, ChatRequest& request) {
  TRY(const std::string_view type, required_type(value, path.member("type")));
  if (type != "function") {
    return unsupported_value(path.member("type"),
                             "only a choice of type 'function' is supported; use 'auto', 'none', "
                             "'required' or name one function");
  }
  const Path inside = path.member("function");
  TRY(const Value function, required_object(value, "function", inside));
  TRY(request.tool_choice_name, required_name(function, inside.member("name")));
  request.tool_choice = ToolChoice::named;
  return {};
}

Status decode_json_schema(Value value, const Path& path, ChatRequest& request) {
  TRY(request.json_schema_name, required_name(value, path.member("name")));
  TRY_OK(optional_description(value, path.member("description")));
  TRY(request.json_schema_strict, optional_strict(value, path.member("strict")));
  TRY(const Value schema, required_object(value, "schema", path.member("schema")));
  request.json_schema = schema.to_text();
  request.response_format = ResponseFormat::json_schema;
  return {};
}

}  // namespace

Status decode_tools(Value value, const Path& path, ChatRequest& request) {
  if (!value.is_array()) return wrong_type(path, "an array of tools", value);
  if (value.size() > kMaxTools) return invalid_value(path, "at most 128 tools can be given");
  request.tools.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY(auto tool, decode_tool(value.at(i), path.element(i)));
    request.tools.push_back(std::move(tool));
  }
  return {};
}

Status decode_tool_choice(Value value, const Path& path, ChatRequest& request) {
  if (value.is_object()) return decode_choice_object(value, path, request);
  const auto word = value.string();
  if (!word) return wrong_type(path, "a string or an object", value);
  if (*word == "auto") {
    request.tool_choice = ToolChoice::automatic;
  } else if (*word == "none") {
    request.tool_choice = ToolChoice::none;
  } else if (*word == "required") {
    request.tool_choice = ToolChoice::required;
  } else {
    return invalid_value(path, "supported words are 'auto', 'none' and 'required'");
  }
  return {};
}

Status decode_response_format(Value value, const Path& path, ChatRequest& request) {
  TRY_OK(expect_object(value, path));
  TRY(const std::string_view type, required_type(value, path.member("type")));
  if (type == "text") return {};
  if (type == "json_object") {
    request.response_format = ResponseFormat::json_object;
    return {};
  }
  if (type == "json_schema") {
    const Path inside = path.member("json_schema");
    TRY(const Value schema, required_object(value, "json_schema", inside));
    return decode_json_schema(schema, inside, request);
  }
  return invalid_value(path.member("type"),
                       "supported formats are 'text', 'json_object' and 'json_schema'");
}

Status check_tool_choice(const ChatRequest& request) {
  const Path path("tool_choice");
  const bool wants_call =
      request.tool_choice == ToolChoice::required || request.tool_choice == ToolChoice::named;
  if (wants_call && request.tools.empty()) {
    return invalid_value(path, "a call can be asked for only when 'tools' are given");
  }
  if (request.tool_choice != ToolChoice::named) return {};
  const bool found = std::ranges::any_of(
      request.tools, [&](const Tool& tool) { return tool.name == request.tool_choice_name; });
  if (!found) return invalid_value(path, "there is no tool of that name in 'tools'");
  return {};
}

}  // namespace b3iq::inference
