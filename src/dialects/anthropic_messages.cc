#include "dialects/anthropic_messages.h"

#include <algorithm>
#include <array>
#include <vector>

#include "dialects/said_in_openai.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::invalid_value;
using inference::missing_field;
using inference::Path;
using inference::unsupported_value;
using inference::wrong_type;
using json::Value;

constexpr std::array<std::string_view, 4> kImageTypes = {"image/jpeg", "image/png", "image/gif",
                                                         "image/webp"};

Result<std::string_view> type_of(Value block, const Path& path) {
  TRY_OK(inference::expect_object(block, path));
  return required_string(block, "type", path);
}

Result<std::string_view> text_of(Value block, const Path& path) {
  TRY_OK(refuse_others(block, path, {"type", "text", "cache_control", "citations"}));
  return required_string(block, "text", path);
}

// The image as a URL: a data: URL of its bytes, or the address that the caller gave.
Result<std::string> image_url_of(Value block, const Path& path) {
  TRY_OK(refuse_others(block, path, {"type", "source", "cache_control"}));
  const Path here = path.member("source");
  const Value source = block.find("source");
  if (!source) return missing_field(here);
  TRY(const std::string_view type, type_of(source, here));
  if (type == "url") {
    TRY(const std::string_view url, required_string(source, "url", here));
    if (url.starts_with("https://") || url.starts_with("http://")) return std::string(url);
    return invalid_value(here.member("url"), "it must begin with https:// or http://");
  }
  if (type != "base64") {
    return unsupported_value(here.member("type"), "send the image's bytes as 'base64'");
  }
  TRY(const std::string_view media, required_string(source, "media_type", here));
  if (std::ranges::find(kImageTypes, media) == kImageTypes.end()) {
    return invalid_value(here.member("media_type"),
                         "supported images are image/jpeg, image/png, image/gif and image/webp");
  }
  TRY(const std::string_view data, required_string(source, "data", here));
  return std::string("data:").append(media).append(";base64,").append(data);
}

// One text is a string, more are parts: what most runtimes were tried with.
void write_texts(json::Writer& w, const std::vector<std::string_view>& texts) {
  if (texts.empty()) return w.value("");
  if (texts.size() == 1) return w.value(texts.front());
  w.begin_array();
  for (const std::string_view text : texts) write_text_part(w, text);
  w.end_array();
}

void write_text_message(json::Writer& w, std::string_view role,
                        const std::vector<std::string_view>& texts) {
  w.begin_object();
  w.member("role", role);
  w.key("content");
  write_texts(w, texts);
  w.end_object();
}

// A string, or text blocks alone.
Status read_texts(Value value, const Path& path, std::vector<std::string_view>& out) {
  if (const auto text = value.string()) {
    out.push_back(*text);
    return {};
  }
  if (!value.is_array()) return wrong_type(path, "a string or an array of text blocks", value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Path here = path.element(i);
    TRY(const std::string_view type, type_of(value.at(i), here));
    if (type != "text") {
      return unsupported_value(here.member("type"), "only 'text' blocks can stand here");
    }
    TRY(const std::string_view text, text_of(value.at(i), here));
    out.push_back(text);
  }
  return {};
}

// What a tool gave back: its text, and images for the message behind it.
struct ToolResult {
  std::vector<std::string_view> texts;
  std::vector<std::string>& images;
};

Status read_result_block(Value block, const Path& path, ToolResult& result) {
  TRY(const std::string_view type, type_of(block, path));
  if (type == "text") {
    TRY(const std::string_view text, text_of(block, path));
    result.texts.push_back(text);
    return {};
  }
  if (type == "image") {
    TRY(auto url, image_url_of(block, path));
    result.images.push_back(std::move(url));
    return {};
  }
  return unsupported_value(path.member("type"), "a result is made of 'text' and 'image' blocks");
}

Status write_tool_result(json::Writer& w, Value block, const Path& path,
                         std::vector<std::string>& images) {
  TRY_OK(
      refuse_others(block, path, {"type", "tool_use_id", "content", "is_error", "cache_control"}));
  TRY(const std::string_view id, required_string(block, "tool_use_id", path));
  if (id.empty()) return invalid_value(path.member("tool_use_id"), "it must name a tool_use block");
  ToolResult result{{}, images};
  const Value failed = block.find("is_error");
  if (!failed.is_null()) {
    TRY(const bool is_error, inference::read_boolean(failed, path.member("is_error")));
    if (is_error) result.texts.emplace_back("Error: ");
  }
  const Path here = path.member("content");
  const Value content = block.find("content");
  if (const auto text = content.string()) {
    result.texts.push_back(*text);
  } else if (content.is_array()) {
    for (std::size_t i = 0; i < content.size(); ++i) {
      TRY_OK(read_result_block(content.at(i), here.element(i), result));
    }
  } else if (!content.is_null()) {
    return wrong_type(here, "a string or an array of content blocks", content);
  }
  std::string joined;
  for (const std::string_view text : result.texts) {
    const bool begins = joined.empty() || joined == "Error: ";
    joined.append(begins ? "" : "\n").append(text);
  }
  w.begin_object();
  w.member("role", "tool");
  w.member("tool_call_id", id);
  w.member("content", joined);
  w.end_object();
  return {};
}

Status write_user_part(json::Writer& w, Value block, const Path& path) {
  TRY(const std::string_view type, type_of(block, path));
  if (type == "text") {
    TRY(const std::string_view text, text_of(block, path));
    write_text_part(w, text);
    return {};
  }
  if (type == "image") {
    TRY(const auto url, image_url_of(block, path));
    write_image_part(w, url);
    return {};
  }
  if (type == "tool_result") return invalid_value(path, "tool results come first in a message");
  if (type == "document") {
    return unsupported_value(path.member("type"), "put the document's text into a 'text' block");
  }
  return unsupported_value(path.member("type"),
                           "blocks of a user are 'text', 'image' and 'tool_result'");
}

Status write_user(json::Writer& w, Value blocks, const Path& path) {
  std::vector<std::string> images;
  std::size_t next = 0;
  for (; next < blocks.size(); ++next) {
    const Path here = path.element(next);
    TRY(const std::string_view type, type_of(blocks.at(next), here));
    if (type != "tool_result") break;
    TRY_OK(write_tool_result(w, blocks.at(next), here, images));
  }
  if (next == blocks.size() && images.empty()) return {};
  if (next == 0 && blocks.size() == 1) {
    const Path here = path.element(0);
    TRY(const std::string_view type, type_of(blocks.at(0), here));
    if (type == "text") {
      TRY(const std::string_view text, text_of(blocks.at(0), here));
      write_text_message(w, "user", {text});
      return {};
    }
  }
  w.begin_object();
  w.member("role", "user");
  w.key("content");
  w.begin_array();
  for (const std::string& url : images) write_image_part(w, url);
  for (; next < blocks.size(); ++next) {
    TRY_OK(write_user_part(w, blocks.at(next), path.element(next)));
  }
  w.end_array();
  w.end_object();
  return {};
}

Status check_tool_use(Value block, const Path& path) {
  TRY_OK(refuse_others(block, path, {"type", "id", "name", "input", "cache_control", "caller"}));
  TRY_OK(required_string(block, "id", path));
  TRY_OK(required_string(block, "name", path));
  const Value input = block.find("input");
  if (!input) return missing_field(path.member("input"));
  return inference::expect_object(input, path.member("input"));
}

Status write_assistant(json::Writer& w, Value blocks, const Path& path) {
  std::vector<std::string_view> texts;
  std::vector<Value> calls;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Path here = path.element(i);
    const Value block = blocks.at(i);
    TRY(const std::string_view type, type_of(block, here));
    if (type == "thinking" || type == "redacted_thinking") continue;
    if (type == "text") {
      TRY(const std::string_view text, text_of(block, here));
      texts.push_back(text);
    } else if (type == "tool_use") {
      TRY_OK(check_tool_use(block, here));
      calls.push_back(block);
    } else {
      return unsupported_value(here.member("type"),
                               "blocks of an assistant are 'text', 'tool_use' and 'thinking'");
    }
  }
  w.begin_object();
  w.member("role", "assistant");
  w.key("content");
  if (texts.empty() && !calls.empty()) {
    w.null();
  } else {
    write_texts(w, texts);
  }
  if (!calls.empty()) {
    w.key("tool_calls");
    w.begin_array();
    for (const Value call : calls) {
      write_tool_call(w, *call.find("id").string(), *call.find("name").string(),
                      call.find("input").to_text());
    }
    w.end_array();
  }
  w.end_object();
  return {};
}

Status write_message(json::Writer& w, Value message, const Path& path) {
  TRY_OK(inference::expect_object(message, path));
  TRY_OK(refuse_others(message, path, {"role", "content"}));
  TRY(const std::string_view role, required_string(message, "role", path));
  const bool known = role == "user" || role == "assistant" || role == "system";
  if (!known) {
    return invalid_value(path.member("role"), "supported roles are 'user' and 'assistant'");
  }
  const Path here = path.member("content");
  const Value content = message.find("content");
  if (!content) return missing_field(here);
  if (const auto text = content.string()) {
    write_text_message(w, role, {*text});
    return {};
  }
  if (!content.is_array()) {
    return wrong_type(here, "a string or an array of content blocks", content);
  }
  if (role == "assistant") return write_assistant(w, content, here);
  if (role == "user" && content.size() > 0) return write_user(w, content, here);
  std::vector<std::string_view> texts;
  TRY_OK(read_texts(content, here, texts));
  if (texts.empty()) return invalid_value(here, "at least one block is needed");
  write_text_message(w, role, texts);
  return {};
}

}  // namespace

Status write_anthropic_messages(json::Writer& w, Value system, Value messages) {
  const Path path("messages");
  if (!messages) return missing_field(path);
  if (!messages.is_array()) return wrong_type(path, "an array of messages", messages);
  w.begin_array();
  if (!system.is_null()) {
    std::vector<std::string_view> texts;
    TRY_OK(read_texts(system, Path("system"), texts));
    const bool says_something = std::ranges::any_of(texts, [](auto text) { return !text.empty(); });
    if (says_something) write_text_message(w, "system", texts);
  }
  if (messages.size() == 0) return invalid_value(path, "at least one message is needed");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    TRY_OK(write_message(w, messages.at(i), path.element(i)));
  }
  w.end_array();
  const std::size_t last = messages.size() - 1;
  if (messages.at(last).find("role").string() == "assistant") {
    return unsupported_value(path.element(last),
                             "an answer that the caller began cannot be continued here; let the "
                             "last message be the user's");
  }
  return {};
}

}  // namespace b3iq::dialects
