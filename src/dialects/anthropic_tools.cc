#include "dialects/anthropic_tools.h"

#include "dialects/said_in_openai.h"

namespace b3iq::dialects {
namespace {

using base::Status;
using inference::invalid_value;
using inference::missing_field;
using inference::Path;
using inference::unsupported_value;
using inference::wrong_type;
using json::Value;

// False and absent are the same; true is refused.
Status refuse_when_set(Value object, std::string_view name, const Path& path) {
  const Value value = object.find(name);
  if (value.is_null()) return {};
  const Path here = path.member(name);
  TRY(const bool set, inference::read_boolean(value, here));
  if (set) return unsupported_value(here, "every tool is shown to the model at once; leave it out");
  return {};
}

Status write_tool(json::Writer& w, Value tool, const Path& path) {
  TRY_OK(inference::expect_object(tool, path));
  const Value type = tool.find("type");
  if (!type.is_null() && type.string() != "custom") {
    return unsupported_value(path.member("type"),
                             "only tools that the caller runs itself ('custom') are supported");
  }
  TRY_OK(refuse_others(tool, path,
                       {"type", "name", "description", "input_schema", "strict", "cache_control",
                        "defer_loading", "eager_input_streaming"}));
  TRY_OK(refuse_when_set(tool, "defer_loading", path));
  if (!tool.find("name")) return missing_field(path.member("name"));
  TRY(const std::string_view name,
      inference::read_identifier(tool.find("name"), path.member("name")));
  const Value schema = tool.find("input_schema");
  if (!schema) return missing_field(path.member("input_schema"));
  TRY_OK(inference::expect_object(schema, path.member("input_schema")));
  w.begin_object();
  w.member("type", "function");
  w.key("function");
  w.begin_object();
  w.member("name", name);
  if (!tool.find("description").is_null()) {
    TRY(const std::string_view description, required_string(tool, "description", path));
    w.member("description", description);
  }
  if (!tool.find("strict").is_null()) {
    TRY(const bool strict, inference::read_boolean(tool.find("strict"), path.member("strict")));
    w.member("strict", strict);
  }
  w.key("parameters");
  w.raw(schema.to_text());
  w.end_object();
  w.end_object();
  return {};
}

Status write_named(json::Writer& w, Value choice, const Path& path) {
  TRY(const std::string_view name, required_string(choice, "name", path));
  w.begin_object();
  w.member("type", "function");
  w.key("function");
  w.begin_object();
  w.member("name", name);
  w.end_object();
  w.end_object();
  return {};
}

}  // namespace

Status write_anthropic_tools(json::Writer& w, Value tools, const Path& path) {
  if (!tools.is_array()) return wrong_type(path, "an array of tools", tools);
  w.key("tools");
  w.begin_array();
  for (std::size_t i = 0; i < tools.size(); ++i) {
    TRY_OK(write_tool(w, tools.at(i), path.element(i)));
  }
  w.end_array();
  return {};
}

Status write_anthropic_tool_choice(json::Writer& w, Value choice, const Path& path) {
  TRY_OK(inference::expect_object(choice, path));
  TRY_OK(refuse_others(choice, path, {"type", "name", "disable_parallel_tool_use"}));
  TRY(const std::string_view type, required_string(choice, "type", path));
  w.key("tool_choice");
  if (type == "tool") {
    TRY_OK(write_named(w, choice, path));
  } else if (type == "auto" || type == "none") {
    w.value(type);
  } else if (type == "any") {
    w.value("required");
  } else {
    return invalid_value(path.member("type"), "supported are 'auto', 'any', 'tool' and 'none'");
  }
  const Value one = choice.find("disable_parallel_tool_use");
  if (one.is_null()) return {};
  TRY(const bool one_only, inference::read_boolean(one, path.member("disable_parallel_tool_use")));
  if (one_only) w.member("parallel_tool_calls", false);
  return {};
}

Status write_anthropic_output(json::Writer& w, Value config, const Path& path) {
  TRY_OK(inference::expect_object(config, path));
  TRY_OK(refuse_others(config, path, {"format"}));
  const Value format = config.find("format");
  if (format.is_null()) return {};
  const Path here = path.member("format");
  TRY_OK(inference::expect_object(format, here));
  TRY_OK(refuse_others(format, here, {"type", "schema"}));
  TRY(const std::string_view type, required_string(format, "type", here));
  if (type != "json_schema") {
    return unsupported_value(here.member("type"), "the only format is 'json_schema'");
  }
  const Value schema = format.find("schema");
  if (!schema) return missing_field(here.member("schema"));
  TRY_OK(inference::expect_object(schema, here.member("schema")));
  w.key("response_format");
  w.begin_object();
  w.member("type", "json_schema");
  w.key("json_schema");
  w.begin_object();
  w.member("name", "answer");
  w.member("strict", true);
  w.key("schema");
  w.raw(schema.to_text());
  w.end_object();
  w.end_object();
  return {};
}

}  // namespace b3iq::dialects
