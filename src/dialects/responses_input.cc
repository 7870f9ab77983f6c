#include "dialects/responses_input.h"

#include "dialects/said_in_openai.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::invalid_value;
using inference::missing_field;
using inference::Path;
using inference::read_string;
using inference::unsupported_value;
using json::Value;
using json::Writer;

constexpr std::string_view kNoFiles = "no files are kept here; send the content itself";

// An item without a type is a message, as OpenAI takes it.
Result<std::string_view> item_type(Value item, const Path& path) {
  TRY_OK(inference::expect_object(item, path));
  const Value type = item.find("type");
  if (!type) return std::string_view("message");
  return read_string(type, path.member("type"));
}

Status write_text_part(Writer& w, std::string_view type, Value part, const Path& path,
                       std::string_view member) {
  TRY(const std::string_view text, required_string(part, member, path));
  w.begin_object();
  w.member("type", type);
  w.member(type, text);
  w.end_object();
  return {};
}

Status write_image(Writer& w, Value part, const Path& path) {
  if (!part.find("file_id").is_null()) return unsupported_value(path.member("file_id"), kNoFiles);
  TRY(const std::string_view url, required_string(part, "image_url", path));
  w.begin_object();
  w.member("type", "image_url");
  w.key("image_url");
  w.begin_object();
  w.member("url", url);
  if (const Value detail = part.find("detail"); !detail.is_null()) {
    TRY(const std::string_view word, read_string(detail, path.member("detail")));
    w.member("detail", word);
  }
  w.end_object();
  w.end_object();
  return {};
}

Status write_file(Writer& w, Value part, const Path& path) {
  for (const std::string_view name : {"file_id", "file_url"}) {
    if (!part.find(name).is_null()) return unsupported_value(path.member(name), kNoFiles);
  }
  TRY(const std::string_view data, required_string(part, "file_data", path));
  w.begin_object();
  w.member("type", "file");
  w.key("file");
  w.begin_object();
  w.member("file_data", data);
  if (const Value name = part.find("filename"); !name.is_null()) {
    TRY(const std::string_view text, read_string(name, path.member("filename")));
    w.member("filename", text);
  }
  w.end_object();
  w.end_object();
  return {};
}

Status write_audio(Writer& w, Value part, const Path& path) {
  const Value audio = part.find("input_audio");
  if (!audio) return missing_field(path.member("input_audio"));
  TRY_OK(inference::expect_object(audio, path.member("input_audio")));
  for (const std::string_view name : {"data", "format"})
    TRY_OK(required_string(audio, name, path.member("input_audio")));
  w.begin_object();
  w.member("type", "input_audio");
  w.key("input_audio");
  w.raw(audio.to_text());
  w.end_object();
  return {};
}

enum class Speaker : std::uint8_t { user, assistant, instructor, tool };

Status write_part(Writer& w, Value part, const Path& path, Speaker speaker) {
  TRY_OK(inference::expect_object(part, path));
  TRY(const std::string_view type, required_string(part, "type", path));
  const bool assistant = speaker == Speaker::assistant;
  if (type == "input_text" || (assistant && type == "output_text"))
    return write_text_part(w, "text", part, path, "text");
  if (assistant && type == "refusal") return write_text_part(w, "refusal", part, path, "refusal");
  if (speaker == Speaker::user) {
    if (type == "input_image") return write_image(w, part, path);
    if (type == "input_file") return write_file(w, part, path);
    if (type == "input_audio") return write_audio(w, part, path);
  }
  return unsupported_value(path.member("type"),
                           assistant ? "the assistant's parts are 'output_text' and 'refusal'"
                           : speaker == Speaker::user
                               ? "the user's parts are 'input_text', 'input_image', 'input_file' "
                                 "and 'input_audio'"
                               : "the only part here is 'input_text'");
}

// One text stands as a string, which every runtime reads.
Status write_content(Writer& w, Value content, const Path& path, Speaker speaker) {
  if (const auto text = content.string()) {
    w.value(*text);
    return {};
  }
  if (!content.is_array()) return inference::wrong_type(path, "a string or an array", content);
  if (content.size() == 0) return invalid_value(path, "at least one part is needed");
  const auto only = content.at(0).find("text").string();
  const auto type = content.at(0).find("type").string().value_or("");
  if (content.size() == 1 && only && (type == "input_text" || type == "output_text")) {
    w.value(*only);
    return {};
  }
  w.begin_array();
  for (std::size_t i = 0; i < content.size(); ++i)
    TRY_OK(write_part(w, content.at(i), path.element(i), speaker));
  w.end_array();
  return {};
}

Result<Speaker> speaker_of(std::string_view role, const Path& path) {
  if (role == "user") return Speaker::user;
  if (role == "assistant") return Speaker::assistant;
  if (role == "system" || role == "developer") return Speaker::instructor;
  return invalid_value(path, "the roles are 'user', 'assistant', 'system' and 'developer'");
}

// Role and content, in an object that the caller opens and closes.
Status write_message(Writer& w, Value item, const Path& path) {
  TRY(const std::string_view role, required_string(item, "role", path));
  TRY(const Speaker speaker, speaker_of(role, path.member("role")));
  w.member("role", role);
  const Value content = item.find("content");
  if (!content) return missing_field(path.member("content"));
  w.key("content");
  return write_content(w, content, path.member("content"), speaker);
}

Status write_call(Writer& w, Value item, const Path& path) {
  TRY(const std::string_view id, required_string(item, "call_id", path));
  TRY(const std::string_view name, required_string(item, "name", path));
  TRY(const std::string_view arguments, required_string(item, "arguments", path));
  write_tool_call(w, id, name, arguments);
  return {};
}

Status write_call_output(Writer& w, Value item, const Path& path) {
  TRY(const std::string_view id, required_string(item, "call_id", path));
  const Value output = item.find("output");
  if (!output) return missing_field(path.member("output"));
  w.begin_object();
  w.member("role", "tool");
  w.member("tool_call_id", id);
  w.key("content");
  TRY_OK(write_content(w, output, path.member("output"), Speaker::tool));
  w.end_object();
  return {};
}

Status refuse_item(std::string_view type, const Path& path) {
  const Path here = path.member("type");
  if (type == "item_reference") {
    return unsupported_value(here, "nothing is stored here; send the item itself");
  }
  return unsupported_value(here,
                           "the items are 'message', 'function_call', 'function_call_output' and "
                           "'reasoning'; tools that the API would run itself are not here");
}

// The assistant's turn that begins at item `i`: its message, if it is one, and the calls that
// follow. Gives the first item behind it.
Result<std::size_t> write_turn(Writer& w, Value input, std::size_t i, const Path& path) {
  w.begin_object();
  TRY(const std::string_view first, item_type(input.at(i), path.element(i)));
  if (first == "message") {
    TRY_OK(write_message(w, input.at(i), path.element(i)));
    ++i;
  } else {
    w.member("role", "assistant");
    w.key("content");
    w.null();
  }
  bool calls = false;
  for (; i < input.size(); ++i) {
    TRY(const std::string_view type, item_type(input.at(i), path.element(i)));
    if (type == "reasoning") continue;
    if (type != "function_call") break;
    if (!calls) {
      w.key("tool_calls");
      w.begin_array();
      calls = true;
    }
    TRY_OK(write_call(w, input.at(i), path.element(i)));
  }
  if (calls) w.end_array();
  w.end_object();
  return i;
}

Status write_items(Writer& w, Value input, const Path& path) {
  for (std::size_t i = 0; i < input.size();) {
    const Value item = input.at(i);
    const Path here = path.element(i);
    TRY(const std::string_view type, item_type(item, here));
    const bool spoken = type == "message" && item.find("role").string() == "assistant";
    if (spoken || type == "function_call") {
      TRY(i, write_turn(w, input, i, path));
      continue;
    }
    if (type == "message") {
      w.begin_object();
      TRY_OK(write_message(w, item, here));
      w.end_object();
    } else if (type == "function_call_output") {
      TRY_OK(write_call_output(w, item, here));
    } else if (type != "reasoning") {
      return refuse_item(type, here);
    }
    ++i;
  }
  return {};
}

}  // namespace

Status write_input(Writer& w, Value input, const Path& path) {
  if (!input) return missing_field(path);
  if (const auto text = input.string()) {
    w.begin_object();
    w.member("role", "user");
    w.member("content", *text);
    w.end_object();
    return {};
  }
  if (!input.is_array()) return inference::wrong_type(path, "a string or an array of items", input);
  if (input.size() == 0) return invalid_value(path, "at least one item is needed");
  if (input.size() > kMaxInputItems) return invalid_value(path, "more than 4096 items");
  return write_items(w, input, path);
}

}  // namespace b3iq::dialects
