#include "dialects/responses_tools.h"

#include "inference/request_fields.h"
#include "inference/request_tools.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::invalid_value;
using inference::missing_field;
using inference::Path;
using inference::unsupported_value;
using json::Value;
using json::Writer;

Result<std::string_view> required_type(Value value, const Path& path) {
  TRY_OK(inference::expect_object(value, path));
  const Value type = value.find("type");
  if (!type) return missing_field(path.member("type"));
  return inference::read_string(type, path.member("type"));
}

Result<std::string_view> required_name(Value value, const Path& path) {
  const Value name = value.find("name");
  if (!name) return missing_field(path.member("name"));
  return inference::read_identifier(name, path.member("name"));
}

// Copies description and strict, where they are told.
Status write_shared(Writer& w, Value value, const Path& path) {
  if (const Value text = value.find("description"); !text.is_null()) {
    TRY(const std::string_view words, inference::read_string(text, path.member("description")));
    w.member("description", words);
  }
  if (const Value strict = value.find("strict"); !strict.is_null()) {
    TRY(const bool flag, inference::read_boolean(strict, path.member("strict")));
    w.member("strict", flag);
  }
  return {};
}

Status write_tool(Writer& w, Value tool, const Path& path) {
  TRY(const std::string_view type, required_type(tool, path));
  if (type != "function") {
    return unsupported_value(path.member("type"),
                             "only tools of type 'function' are supported: the others run at "
                             "OpenAI");
  }
  TRY(const std::string_view name, required_name(tool, path));
  w.begin_object();
  w.member("type", "function");
  w.key("function");
  w.begin_object();
  w.member("name", name);
  TRY_OK(write_shared(w, tool, path));
  if (const Value parameters = tool.find("parameters"); !parameters.is_null()) {
    TRY_OK(inference::expect_object(parameters, path.member("parameters")));
    w.key("parameters");
    w.raw(parameters.to_text());
  }
  w.end_object();
  w.end_object();
  return {};
}

Status write_choice(Writer& w, Value choice, const Path& path) {
  w.key("tool_choice");
  if (!choice.is_object()) {
    w.raw(choice.to_text());  // a word, which the chat's decoder judges
    return {};
  }
  TRY(const std::string_view type, required_type(choice, path));
  if (type != "function") {
    return unsupported_value(path.member("type"),
                             "use 'auto', 'none', 'required' or name one function");
  }
  TRY(const std::string_view name, required_name(choice, path));
  w.begin_object();
  w.member("type", "function");
  w.key("function");
  w.begin_object();
  w.member("name", name);
  w.end_object();
  w.end_object();
  return {};
}

Status write_schema(Writer& w, Value format, const Path& path) {
  TRY(const std::string_view name, required_name(format, path));
  const Value schema = format.find("schema");
  if (!schema) return missing_field(path.member("schema"));
  TRY_OK(inference::expect_object(schema, path.member("schema")));
  w.key("json_schema");
  w.begin_object();
  w.member("name", name);
  TRY_OK(write_shared(w, format, path));
  w.key("schema");
  w.raw(schema.to_text());
  w.end_object();
  return {};
}

Status write_response_format(Writer& w, Value format, const Path& path) {
  TRY(const std::string_view type, required_type(format, path));
  if (type != "text" && type != "json_object" && type != "json_schema") {
    return invalid_value(path.member("type"),
                         "the formats are 'text', 'json_object' and 'json_schema'");
  }
  w.key("response_format");
  w.begin_object();
  w.member("type", type);
  if (type == "json_schema") TRY_OK(write_schema(w, format, path));
  w.end_object();
  return {};
}

}  // namespace

Status write_tools(Writer& w, Value root) {
  if (const Value tools = root.find("tools"); !tools.is_null()) {
    const Path path("tools");
    if (!tools.is_array()) return inference::wrong_type(path, "an array of tools", tools);
    if (tools.size() > inference::kMaxTools)
      return invalid_value(path, "at most 128 tools can be given");
    w.key("tools");
    w.begin_array();
    for (std::size_t i = 0; i < tools.size(); ++i)
      TRY_OK(write_tool(w, tools.at(i), path.element(i)));
    w.end_array();
  }
  const Value choice = root.find("tool_choice");
  return choice.is_null() ? Status() : write_choice(w, choice, Path("tool_choice"));
}

Status write_format(Writer& w, Value root) {
  const Value text = root.find("text");
  if (text.is_null()) return {};
  const Path path("text");
  TRY_OK(inference::expect_object(text, path));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto member = text.member(i);
    const Path here = path.member(member.name);
    if (member.value.is_null()) continue;
    if (member.name == "format") {
      TRY_OK(write_response_format(w, member.value, here));
    } else if (member.name == "verbosity") {
      TRY(const std::string_view word, inference::read_string(member.value, here));
      w.member("verbosity", word);
    } else {
      return unsupported_value(here, "it is no member of 'text' here");
    }
  }
  return {};
}

}  // namespace b3iq::dialects
