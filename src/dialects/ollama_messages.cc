#include "dialects/ollama_messages.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "dialects/said_in_openai.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::invalid_value;
using inference::missing_field;
using inference::Path;
using inference::wrong_type;
using json::Value;

// How the base64 of an image file begins: Ollama's images do not say what they are.
struct ImageMark {
  std::string_view begin;
  std::string_view media_type;
};
constexpr std::array kImageMarks = {
    ImageMark{"/9j/", "image/jpeg"},
    ImageMark{"iVBORw0KGgo", "image/png"},
    ImageMark{"R0lGOD", "image/gif"},
    ImageMark{"UklGR", "image/webp"},
};

Status write_image(json::Writer& w, Value image, const Path& path) {
  TRY(const std::string_view data, inference::read_string(image, path));
  const auto* const mark = std::ranges::find_if(
      kImageMarks, [&](const ImageMark& one) { return data.starts_with(one.begin); });
  if (mark == kImageMarks.end()) {
    return invalid_value(path, "it must be the base64 of a JPEG, PNG, GIF or WebP file");
  }
  write_image_part(w,
                   std::string("data:").append(mark->media_type).append(";base64,").append(data));
  return {};
}

Status write_content(json::Writer& w, std::string_view text, Value images, const Path& path) {
  if (!images.is_null() && !images.is_array()) return wrong_type(path, "an array", images);
  w.key("content");
  if (images.size() == 0) {
    w.value(text);
    return {};
  }
  w.begin_array();
  if (!text.empty()) write_text_part(w, text);
  for (std::size_t i = 0; i < images.size(); ++i) {
    TRY_OK(write_image(w, images.at(i), path.element(i)));
  }
  w.end_array();
  return {};
}

// Absent and null are "".
Result<std::string_view> optional_string(Value value, const Path& path) {
  if (value.is_null()) return std::string_view();
  return inference::read_string(value, path);
}

struct OpenCall {
  std::string id;
  std::string_view name;
};

class MessagesWriter {
 public:
  explicit MessagesWriter(json::Writer& w) : w_(w) {}

  Status write(Value message, const Path& path) {
    TRY_OK(inference::expect_object(message, path));
    TRY(const std::string_view role, required_string(message, "role", path));
    TRY(const std::string_view text,
        optional_string(message.find("content"), path.member("content")));
    w_.begin_object();
    w_.member("role", role);
    if (role == "tool") {
      TRY_OK(write_result(message, text, path));
    } else if (role == "assistant") {
      TRY_OK(write_assistant(message, text, path));
    } else if (role == "user" || role == "system") {
      TRY_OK(refuse_others(message, path, {"role", "content", "images"}));
      const bool said = !text.empty() || message.find("content").is_string();
      if (!said && message.find("images").size() == 0) return missing_field(path.member("content"));
      if (role == "system" && message.find("images").size() > 0) {
        return inference::unsupported_value(path.member("images"), "only users can show images");
      }
      TRY_OK(write_content(w_, text, message.find("images"), path.member("images")));
    } else {
      return invalid_value(path.member("role"),
                           "supported roles are 'system', 'user', 'assistant' and 'tool'");
    }
    w_.end_object();
    return {};
  }

 private:
  Status write_result(Value message, std::string_view text, const Path& path) {
    TRY_OK(refuse_others(message, path, {"role", "content", "tool_name", "name", "tool_call_id"}));
    TRY(const std::string_view id,
        optional_string(message.find("tool_call_id"), path.member("tool_call_id")));
    TRY(auto name, optional_string(message.find("tool_name"), path.member("tool_name")));
    if (name.empty()) {
      TRY(name, optional_string(message.find("name"), path.member("name")));
    }
    const auto call = std::ranges::find_if(open_calls_, [&](const OpenCall& open) {
      return id.empty() ? name.empty() || open.name == name : open.id == id;
    });
    if (call == open_calls_.end()) {
      return invalid_value(path, "no tool call before it is still without this result");
    }
    w_.member("tool_call_id", call->id);
    w_.member("content", text);
    open_calls_.erase(call);
    return {};
  }

  Status write_assistant(Value message, std::string_view text, const Path& path) {
    TRY_OK(refuse_others(message, path, {"role", "content", "thinking", "tool_calls"}));
    const Value calls = message.find("tool_calls");
    const Path here = path.member("tool_calls");
    if (!calls.is_null() && !calls.is_array()) return wrong_type(here, "an array", calls);
    w_.member("content", text);
    if (calls.size() == 0) return {};
    w_.key("tool_calls");
    w_.begin_array();
    for (std::size_t i = 0; i < calls.size(); ++i) TRY_OK(write_call(calls.at(i), here.element(i)));
    w_.end_array();
    return {};
  }

  Status write_call(Value call, const Path& path) {
    TRY_OK(inference::expect_object(call, path));
    TRY_OK(refuse_others(call, path, {"id", "type", "function"}));
    const Path inside = path.member("function");
    const Value function = call.find("function");
    if (!function) return missing_field(inside);
    TRY_OK(inference::expect_object(function, inside));
    TRY_OK(refuse_others(function, inside, {"index", "name", "description", "arguments"}));
    TRY(const std::string_view name, required_string(function, "name", inside));
    TRY(const std::string_view given_id, optional_string(call.find("id"), path.member("id")));
    const Value arguments = function.find("arguments");
    if (!arguments.is_null()) {
      TRY_OK(inference::expect_object(arguments, inside.member("arguments")));
    }
    std::string id =
        given_id.empty() ? "call_" + std::to_string(made_ids_++) : std::string(given_id);
    write_tool_call(w_, id, name, arguments.is_null() ? "{}" : arguments.to_text());
    open_calls_.push_back({std::move(id), name});
    return {};
  }

  json::Writer& w_;
  std::vector<OpenCall> open_calls_;  // that have no result yet
  int made_ids_ = 0;
};

}  // namespace

Status write_ollama_messages(json::Writer& w, Value messages) {
  const Path path("messages");
  if (messages.is_null()) return missing_field(path);
  if (!messages.is_array()) return wrong_type(path, "an array of messages", messages);
  if (messages.size() == 0) {
    return invalid_value(path, "at least one message is needed; models are loaded when asked");
  }
  w.begin_array();
  MessagesWriter writer(w);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    TRY_OK(writer.write(messages.at(i), path.element(i)));
  }
  w.end_array();
  return {};
}

Status write_ollama_prompt(json::Writer& w, Value body) {
  TRY(const std::string_view prompt, optional_string(body.find("prompt"), Path("prompt")));
  TRY(const std::string_view system, optional_string(body.find("system"), Path("system")));
  if (prompt.empty() && body.find("images").size() == 0) return missing_field(Path("prompt"));
  w.begin_array();
  if (!system.empty()) {
    w.begin_object();
    w.member("role", "system");
    w.member("content", system);
    w.end_object();
  }
  w.begin_object();
  w.member("role", "user");
  TRY_OK(write_content(w, prompt, body.find("images"), Path("images")));
  w.end_object();
  w.end_array();
  return {};
}

}  // namespace b3iq::dialects
