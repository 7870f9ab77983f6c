#include "inference/request_messages.h"

#include <optional>

namespace b3iq::inference {
namespace {

using base::Result;
using base::Status;
using json::Value;

constexpr std::string_view kRoleAdvice =
    "supported roles are 'system', 'developer', 'user', 'assistant' and 'tool'";

std::optional<Role> role_from_name(std::string_view name) {
  if (name == "user") return Role::user;
  if (name == "assistant") return Role::assistant;
  if (name == "system") return Role::system;
  if (name == "tool") return Role::tool;
  if (name == "developer") return Role::developer;
  return std::nullopt;
}

Result<Role> read_role(Value value, const Path& path) {
  if (!value) return missing_field(path);
  TRY(const std::string_view name, read_string(value, path));
  if (name == "function") {
    return unsupported_value(path,
                             "the role 'function' is gone; send the result with the role "
                             "'tool' and its tool_call_id");
  }
  const auto role = role_from_name(name);
  if (!role) return invalid_value(path, kRoleAdvice);
  return *role;
}

// Which parts a message of `role` may hold (OpenAI's schema).
bool part_allowed(Role role, PartKind kind) {
  switch (kind) {
    case PartKind::text:
      return true;
    case PartKind::refusal:
      return role == Role::assistant;
    case PartKind::image_url:
    case PartKind::input_audio:
    case PartKind::file:
      return role == Role::user;
  }
  return false;
}

std::optional<PartKind> part_kind_from_name(std::string_view name) {
  if (name == "text") return PartKind::text;
  if (name == "image_url") return PartKind::image_url;
  if (name == "input_audio") return PartKind::input_audio;
  if (name == "file") return PartKind::file;
  if (name == "refusal") return PartKind::refusal;
  return std::nullopt;
}

// The member of a part that carries its matter has the part's own type as name.
Status check_media(Value part, PartKind kind, std::string_view type, const Path& path) {
  const Path here = path.member(type);
  const Value media = part.find(type);
  if (!media) return missing_field(here);
  TRY_OK(expect_object(media, here));
  if (kind == PartKind::image_url) {
    const Value url = media.find("url");
    if (!url) return missing_field(here.member("url"));
    TRY_OK(read_string(url, here.member("url")));
  } else if (kind == PartKind::input_audio) {
    for (const std::string_view name : {"data", "format"}) {
      const Value value = media.find(name);
      if (!value) return missing_field(here.member(name));
      TRY_OK(read_string(value, here.member(name)));
    }
  }
  return {};
}

Result<ContentPart> decode_part(Value value, const Path& path, Role role, ChatRequest& request) {
  TRY_OK(expect_object(value, path));
  const Value type = value.find("type");
  if (!type) return missing_field(path.member("type"));
  TRY(const std::string_view type_name, read_string(type, path.member("type")));
  const auto kind = part_kind_from_name(type_name);
  if (!kind || !part_allowed(role, *kind)) {
    return invalid_value(path.member("type"),
                         role == Role::user
                             ? "supported parts are 'text', 'image_url', 'input_audio' and 'file'"
                         : role == Role::assistant ? "supported parts are 'text' and 'refusal'"
                                                   : "the only supported part here is 'text'");
  }
  ContentPart part;
  part.kind = *kind;
  if (*kind == PartKind::text || *kind == PartKind::refusal) {
    const Value text = value.find(type_name);
    if (!text) return missing_field(path.member(type_name));
    TRY(part.text, read_string(text, path.member(type_name)));
    return part;
  }
  TRY_OK(check_media(value, *kind, type_name, path));
  part.text = request.owned.emplace_front(value.to_text());
  return part;
}

Status decode_content(Value value, const Path& path, Message& message, ChatRequest& request) {
  if (const auto text = value.string()) {
    message.content.push_back({PartKind::text, *text});
    return {};
  }
  if (!value.is_array()) {
    return wrong_type(path, "a string or an array of content parts", value);
  }
  if (value.size() > kMaxContentParts) return invalid_value(path, "more than 2048 content parts");
  message.content.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY(const ContentPart part, decode_part(value.at(i), path.element(i), message.role, request));
    message.content.push_back(part);
  }
  return {};
}

Result<ToolCall> decode_tool_call(Value value, const Path& path) {
  TRY_OK(expect_object(value, path));
  if (!value.find("id")) return missing_field(path.member("id"));
  TRY(const std::string_view id, read_string(value.find("id"), path.member("id")));
  const Value type = value.find("type");
  if (type && type.string() != "function") {
    return unsupported_value(path.member("type"), "only calls of type 'function' are known");
  }
  const Path inside = path.member("function");
  const Value function = value.find("function");
  if (!function) return missing_field(inside);
  TRY_OK(expect_object(function, inside));
  if (!function.find("name")) return missing_field(inside.member("name"));
  TRY(const std::string_view name, read_string(function.find("name"), inside.member("name")));
  if (!function.find("arguments")) return missing_field(inside.member("arguments"));
  TRY(const std::string_view arguments,
      read_string(function.find("arguments"), inside.member("arguments")));
  return ToolCall{std::string(id), std::string(name), std::string(arguments)};
}

Status decode_tool_calls(Value value, const Path& path, Message& message) {
  if (message.role != Role::assistant) {
    return invalid_value(path, "only assistant messages carry tool calls");
  }
  if (!value.is_array()) return wrong_type(path, "an array", value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY(auto call, decode_tool_call(value.at(i), path.element(i)));
    message.tool_calls.push_back(std::move(call));
  }
  return {};
}

// Members that clients send back from an earlier answer and that are no part of the prompt.
bool is_echo_member(std::string_view name) {
  return name == "annotations" || name == "reasoning_content" || name == "reasoning" ||
         name == "id" || name == "parsed";
}

Status decode_member(const Value::Member& member, const Path& path, Message& message,
                     ChatRequest& request) {
  const Path here = path.member(member.name);
  if (member.name == "role") return {};
  if (member.value.is_null()) return {};
  if (member.name == "content") return decode_content(member.value, here, message, request);
  if (member.name == "name") {
    TRY(message.name, read_string(member.value, here));
    return {};
  }
  if (member.name == "tool_call_id") {
    TRY(message.tool_call_id, read_string(member.value, here));
    return {};
  }
  if (member.name == "tool_calls") return decode_tool_calls(member.value, here, message);
  if (member.name == "refusal") {
    TRY(const std::string_view text, read_string(member.value, here));
    message.content.push_back({PartKind::refusal, text});
    return {};
  }
  if (member.name == "function_call") {
    return unsupported_value(here, "function_call is gone; use tool_calls");
  }
  if (member.name == "audio") {
    return unsupported_value(here, "earlier audio answers are not kept here; send text");
  }
  if (is_echo_member(member.name)) return {};
  return note_unknown(request, here);
}

Status check_message(const Message& message, const Path& path) {
  if (message.role == Role::tool && message.tool_call_id.empty()) {
    return missing_field(path.member("tool_call_id"));
  }
  const bool may_be_empty = message.role == Role::assistant && !message.tool_calls.empty();
  if (message.content.empty() && !may_be_empty) return missing_field(path.member("content"));
  return {};
}

Result<Message> decode_message(Value value, const Path& path, ChatRequest& request) {
  TRY_OK(expect_object(value, path));
  Message message;
  TRY(message.role, read_role(value.find("role"), path.member("role")));
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY_OK(decode_member(value.member(i), path, message, request));
  }
  TRY_OK(check_message(message, path));
  return message;
}

}  // namespace

base::Status decode_messages(json::Value value, const Path& path, ChatRequest& request) {
  if (!value.is_array()) return wrong_type(path, "an array of messages", value);
  if (value.size() == 0) return invalid_value(path, "at least one message is needed");
  if (value.size() > kMaxMessages) return invalid_value(path, "more than 4096 messages");
  request.messages.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY(auto message, decode_message(value.at(i), path.element(i), request));
    request.messages.push_back(std::move(message));
  }
  return {};
}

}  // namespace b3iq::inference
