#include "runtimes/ollama/ollama_request.h"

#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::runtimes {
namespace {

using base::Result;
using base::Status;
using inference::ChatRequest;
using inference::ContentPart;
using inference::Message;
using inference::PartKind;
using inference::Path;
using inference::Role;

constexpr std::string_view kBase64Mark = ";base64,";

std::string_view role_name(Role role) {
  switch (role) {
    case Role::system:
    case Role::developer:
      return "system";
    case Role::user:
      return "user";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      break;
  }
  return "tool";
}

// What stands behind ";base64," of a part's data: URL.
Result<std::string> image_data(const ContentPart& part, const Path& path) {
  const Path where = path.member("image_url");
  TRY(const auto document, json::Document::parse(part.text, {.max_bytes = part.text.size()}));
  const std::string_view url = document.root().find("image_url").find("url").string().value_or("");
  const std::size_t mark = url.find(kBase64Mark);
  if (!url.starts_with("data:") || mark == std::string_view::npos) {
    return inference::unsupported_value(
        where.member("url"),
        "Ollama takes images only as data: URLs with base64; fetch the image and send its bytes");
  }
  return std::string(url.substr(mark + kBase64Mark.size()));
}

Status write_content(json::Writer& writer, const Message& message, const Path& path) {
  std::string text;
  std::vector<std::string> images;
  const Path content = path.member("content");
  for (std::size_t i = 0; i < message.content.size(); ++i) {
    const ContentPart& part = message.content[i];
    const Path here = content.element(i);
    switch (part.kind) {
      case PartKind::text:
      case PartKind::refusal:
        if (!text.empty()) text.push_back('\n');
        text.append(part.text);
        break;
      case PartKind::image_url: {
        TRY(auto image, image_data(part, here));
        images.push_back(std::move(image));
        break;
      }
      case PartKind::input_audio:
      case PartKind::file:
        return inference::unsupported_value(here, "Ollama takes text and images only");
    }
  }
  writer.member("content", std::string_view(text));
  if (images.empty()) return {};
  writer.key("images");
  writer.begin_array();
  for (const std::string& image : images) writer.value(std::string_view(image));
  writer.end_array();
  return {};
}

Status write_tool_calls(json::Writer& writer, const Message& message, const Path& path) {
  if (message.tool_calls.empty()) return {};
  const Path calls = path.member("tool_calls");
  writer.key("tool_calls");
  writer.begin_array();
  for (std::size_t i = 0; i < message.tool_calls.size(); ++i) {
    const inference::ToolCall& call = message.tool_calls[i];
    const std::string_view text = call.arguments.empty() ? "{}" : std::string_view(call.arguments);
    const auto arguments = json::Document::parse(text);
    if (!arguments.ok() || !arguments->root().is_object()) {
      const Path here = calls.element(i);
      const Path function = here.member("function");
      return inference::invalid_value(function.member("arguments"),
                                      "Ollama takes the text of a JSON object here");
    }
    writer.begin_object();
    writer.member("id", std::string_view(call.id));
    writer.key("function");
    writer.begin_object();
    writer.member("name", std::string_view(call.name));
    writer.key("arguments");
    writer.raw(arguments->root().to_text());
    writer.end_object();
    writer.end_object();
  }
  writer.end_array();
  return {};
}

// The function that the call of this id was made to, as an earlier message says.
std::string_view tool_name(const ChatRequest& request, std::string_view call_id) {
  for (const Message& message : request.messages) {
    for (const inference::ToolCall& call : message.tool_calls) {
      if (call.id == call_id) return call.name;
    }
  }
  return {};
}

Status write_messages(json::Writer& writer, const ChatRequest& request) {
  const Path messages("messages");
  writer.key("messages");
  writer.begin_array();
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    const Path here = messages.element(i);
    writer.begin_object();
    writer.member("role", role_name(message.role));
    TRY_OK(write_content(writer, message, here));
    TRY_OK(write_tool_calls(writer, message, here));
    if (message.role == Role::tool) {
      writer.member("tool_call_id", message.tool_call_id);
      const std::string_view name = tool_name(request, message.tool_call_id);
      if (!name.empty()) writer.member("tool_name", name);
    }
    writer.end_object();
  }
  writer.end_array();
  return {};
}

void write_tools(json::Writer& writer, const ChatRequest& request) {
  if (request.tools.empty() || request.tool_choice == inference::ToolChoice::none) return;
  writer.key("tools");
  writer.begin_array();
  for (const inference::Tool& tool : request.tools) {
    writer.begin_object();
    writer.member("type", "function");
    writer.key("function");
    writer.begin_object();
    writer.member("name", tool.name);
    writer.member("description", tool.description);
    writer.key("parameters");
    writer.raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})" : tool.parameters);
    writer.end_object();
    writer.end_object();
  }
  writer.end_array();
}

void write_format(json::Writer& writer, const ChatRequest& request) {
  switch (request.response_format) {
    case inference::ResponseFormat::text:
      return;
    case inference::ResponseFormat::json_object:
      writer.member("format", "json");
      return;
    case inference::ResponseFormat::json_schema:
      writer.key("format");
      writer.raw(request.json_schema);
      return;
  }
}

template <class T>
void write_option(json::Writer& writer, std::string_view name, const std::optional<T>& value) {
  if (value) writer.member(name, *value);
}

void write_options(json::Writer& writer, const ChatRequest& request, std::int64_t context_tokens) {
  const inference::Sampling& sampling = request.sampling;
  writer.key("options");
  writer.begin_object();
  write_option(writer, "temperature", sampling.temperature);
  write_option(writer, "top_p", sampling.top_p);
  write_option(writer, "top_k", sampling.top_k);
  write_option(writer, "min_p", sampling.min_p);
  write_option(writer, "seed", sampling.seed);
  write_option(writer, "num_predict", request.max_tokens);
  write_option(writer, "repeat_penalty", sampling.repeat_penalty);
  write_option(writer, "presence_penalty", sampling.presence_penalty);
  write_option(writer, "frequency_penalty", sampling.frequency_penalty);
  if (context_tokens > 0) writer.member("num_ctx", context_tokens);
  if (!request.stop.empty()) {
    writer.key("stop");
    writer.begin_array();
    for (const std::string& stop : request.stop) writer.value(std::string_view(stop));
    writer.end_array();
  }
  writer.end_object();
}

}  // namespace

Result<std::string> make_ollama_body(const ChatRequest& request, std::int64_t context_tokens) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("model", std::string_view(request.runtime_model.empty() ? request.model
                                                                        : request.runtime_model));
  writer.member("stream", request.stream);
  writer.member("truncate", false);
  writer.member("shift", false);
  TRY_OK(write_messages(writer, request));
  write_tools(writer, request);
  write_format(writer, request);
  if (request.logprobs) {
    writer.member("logprobs", true);
    writer.member("top_logprobs", request.top_logprobs);
  }
  write_options(writer, request, context_tokens);
  writer.end_object();
  return body;
}

}  // namespace b3iq::runtimes
