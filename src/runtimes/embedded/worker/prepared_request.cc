#include "runtimes/embedded/worker/prepared_request.h"

#include <json-schema-to-grammar.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/sampler_settings.h"
#include "runtimes/embedded/worker/token_choice.h"
#include "runtimes/embedded/worker/work_limit.h"

namespace b3iq::runtimes::worker {
namespace {

using inference::ResponseFormat;
using inference::Role;
using inference::ToolChoice;

constexpr std::string_view kAnyObject = R"({"type":"object"})";

base::Error refused(std::string detail, std::string param) {
  return {base::ErrorCode::invalid_request, std::move(detail), std::move(param)};
}

std::string role_text(Role role) {
  switch (role) {
    case Role::system:
      return "system";
    case Role::developer:
      return "developer";
    case Role::user:
      return "user";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      return "tool";
  }
  return "user";
}

common_chat_msg to_library(ChatMessage& message) {
  common_chat_msg out;
  out.role = role_text(message.role);
  if (message.texts.size() == 1) {
    out.content = std::move(message.texts.front());
  } else {
    for (std::string& text : message.texts) out.content_parts.push_back({"text", std::move(text)});
  }
  out.tool_name = std::move(message.name);
  out.tool_call_id = std::move(message.tool_call_id);
  for (auto& call : message.tool_calls) {
    out.tool_calls.push_back({std::move(call.name), std::move(call.arguments), std::move(call.id)});
  }
  return out;
}

// Tools and the choice among them. A named tool is the only one offered, and required.
base::Status add_tools(const LoadedModel& model, const ChatFrame& request,
                       common_chat_templates_inputs& inputs) {
  if (request.tools.empty()) return {};
  if (!model.facts.tools) return refused("This model's chat template has no tools.", "tools");
  for (const ChatTool& tool : request.tools) {
    if (request.tool_choice == ToolChoice::named && tool.name != request.tool_choice_name) continue;
    inputs.tools.push_back(
        {tool.name, tool.description, tool.parameters.empty() ? "{}" : tool.parameters});
  }
  if (inputs.tools.empty()) {
    return refused("tool_choice names the function \"" + request.tool_choice_name +
                       "\", which is not among tools.",
                   "tool_choice");
  }
  switch (request.tool_choice) {
    case ToolChoice::automatic:
      inputs.tool_choice = COMMON_CHAT_TOOL_CHOICE_AUTO;
      break;
    case ToolChoice::none:
      inputs.tool_choice = COMMON_CHAT_TOOL_CHOICE_NONE;
      break;
    case ToolChoice::required:
    case ToolChoice::named:
      inputs.tool_choice = COMMON_CHAT_TOOL_CHOICE_REQUIRED;
      break;
  }
  inputs.parallel_tool_calls =
      request.parallel_tool_calls.value_or(true) && request.tool_choice != ToolChoice::named;
  return {};
}

// The library's grammar for a required call lets free text come before it ("root ::= … until-7?
// tool-calls"). Without reasoning that text has no use, and a weak model would never get past it.
std::string call_at_once(std::string grammar) {
  const std::size_t root = grammar.find("root ::= ");
  if (root == std::string::npos) return grammar;
  const std::size_t end = std::min(grammar.find('\n', root), grammar.size());
  const std::size_t until = grammar.find(" until-", root);
  if (until >= end) return grammar;
  const std::size_t digits = grammar.find_first_not_of("0123456789", until + 7);
  if (digits < end && grammar[digits] == '?') grammar.erase(until, digits + 1 - until);
  return grammar;
}

// The template's grammar: triggers are words of the text, or single tokens where the vocabulary has
// the word as one.
void add_grammar(const LoadedModel& model, const common_chat_params& chat,
                 common_params_sampling& settings, PreparedRequest& prepared) {
  for (const std::string& text : chat.preserved_tokens) {
    auto tokens = common_tokenize(model.vocab, text, false, true);
    if (tokens.size() != 1) continue;
    settings.preserved_tokens.insert(tokens[0]);
    prepared.shown_specials.push_back(tokens[0]);
  }
  if (chat.grammar.empty()) return;
  const bool must_call = !chat.grammar_lazy && !chat.supports_thinking;
  settings.grammar = {COMMON_GRAMMAR_TYPE_TOOL_CALLS,
                      must_call ? call_at_once(chat.grammar) : chat.grammar};
  settings.grammar_lazy = chat.grammar_lazy;
  settings.generation_prompt = chat.generation_prompt;
  for (common_grammar_trigger trigger : chat.grammar_triggers) {
    if (trigger.type == COMMON_GRAMMAR_TRIGGER_TYPE_WORD) {
      auto tokens = common_tokenize(model.vocab, trigger.value, false, true);
      if (tokens.size() == 1 && settings.preserved_tokens.contains(tokens[0])) {
        trigger.type = COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN;
        trigger.token = tokens[0];
      }
    }
    settings.grammar_triggers.push_back(std::move(trigger));
  }
}

// The schema that the answer must follow, or "".
std::string answer_schema(const ChatFrame& request) {
  switch (request.response_format) {
    case ResponseFormat::text:
      return "";
    case ResponseFormat::json_object:
      return std::string(kAnyObject);
    case ResponseFormat::json_schema:
      return request.json_schema.empty() || request.json_schema == "{}" ? std::string(kAnyObject)
                                                                        : request.json_schema;
  }
  return "";
}

base::Status check_length(const LoadedModel& model, const ChatFrame& request,
                          PreparedRequest& prepared) {
  const std::uint32_t context = model.facts.context_tokens;
  if (prepared.prompt.empty()) return refused("The messages give an empty prompt.", "messages");
  if (prepared.prompt.size() >= context) {
    return base::Error(base::ErrorCode::context_length_exceeded,
                       "The prompt has " + std::to_string(prepared.prompt.size()) +
                           " tokens; this model's context is " + std::to_string(context) +
                           " tokens, prompt and answer together. Shorten the messages.",
                       "messages");
  }
  auto room = static_cast<std::int64_t>(context - prepared.prompt.size());
  prepared.max_tokens = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(request.max_tokens.value_or(room), 1, room));
  return {};
}

base::Result<common_chat_params> apply_template(const LoadedModel& model, ChatFrame& request,
                                                const std::string& schema,
                                                PreparedRequest& prepared) {
  common_chat_templates_inputs inputs;
  for (ChatMessage& message : request.messages) inputs.messages.push_back(to_library(message));
  TRY_OK(add_tools(model, request, inputs));
  prepared.parsed = !inputs.tools.empty() || model.facts.reasoning;
  // Without tools and reasoning the template only writes the prompt; analysing it for each request
  // would be wasted.
  inputs.force_pure_content = !prepared.parsed;
  inputs.reasoning_format =
      prepared.parsed ? COMMON_REASONING_FORMAT_DEEPSEEK : COMMON_REASONING_FORMAT_NONE;
  if (prepared.parsed) inputs.json_schema = schema;
  return common_chat_templates_apply(model.templates.get(), inputs);
}

// The prompt as the caller wrote it, or as the template writes it.
base::Result<common_chat_params> make_prompt(const LoadedModel& model, ChatFrame& request,
                                             const std::string& schema, PreparedRequest& prepared) {
  if (!request.raw_prompt) return apply_template(model, request, schema, prepared);
  if (request.messages.size() != 1 || request.messages[0].texts.size() != 1)
    return refused("A prompt without a template is one text.", "prompt");
  common_chat_params chat;
  chat.prompt = std::move(request.messages[0].texts.front());
  return chat;
}

// Grammars are what a small request can make much work of.
base::Status make_sampler(const LoadedModel& model, common_params_sampling& settings,
                          PreparedRequest& prepared) {
  const std::size_t bytes = settings.grammar.grammar.size();
  if (bytes > kMaxGrammarBytes) {
    return refused("The required format makes a grammar of " + std::to_string(bytes) +
                       " bytes; the limit is " + std::to_string(kMaxGrammarBytes) +
                       ". Ask for fewer properties, or shorten their names.",
                   prepared.parsed ? "tools" : "response_format");
  }
  prepared.constrained = !settings.grammar.empty();
  prepared.choice_left_us = kMaxChoiceUs;
  std::int32_t suppressed = 0;
  llama_vocab_get_suppress_tokens(model.vocab, &suppressed);
  prepared.greedy = always_likeliest(settings) && suppressed == 0;
  if (!prepared.greedy) prepared.sampler.reset(common_sampler_init(model.model.get(), settings));
  return {};
}

base::Result<PreparedRequest> prepare(const LoadedModel& model, ChatFrame& request) {
  PreparedRequest prepared;
  prepared.id = request.id;
  prepared.received_us = ggml_time_us();
  prepared.cache_partition = std::move(request.cache_partition);
  prepared.logprobs = request.logprobs;
  prepared.top_logprobs = std::min(request.top_logprobs, kMaxTopLogprobs);
  prepared.stops = request.stop;

  const std::string schema = answer_schema(request);
  TRY(auto chat, make_prompt(model, request, schema, prepared));
  prepared.prompt = common_tokenize(model.vocab, chat.prompt, true, true);
  TRY_OK(check_length(model, request, prepared));
  TRY(auto settings, sampler_settings(model, request.sampling));
  if (prepared.parsed) {
    add_grammar(model, chat, settings, prepared);
    prepared.stops.insert(prepared.stops.end(), chat.additional_stops.begin(),
                          chat.additional_stops.end());
    prepared.parser = common_chat_parser_params(chat);
    prepared.parser.reasoning_format = COMMON_REASONING_FORMAT_DEEPSEEK;
    if (!chat.parser.empty()) prepared.parser.parser.load(chat.parser);
  } else if (!schema.empty()) {
    settings.grammar = {COMMON_GRAMMAR_TYPE_USER,
                        json_schema_to_grammar(common_json::parse(schema), true)};
  }
  TRY_OK(make_sampler(model, settings, prepared));
  return prepared;
}

}  // namespace

base::Result<PreparedRequest> prepare_request(const LoadedModel& model, ChatFrame request) {
  const bool schema = request.response_format == ResponseFormat::json_schema;
  std::optional<WorkLimit> limit;
  if (schema || !request.tools.empty()) limit.emplace(kMaxPrepareUs);
  try {
    return prepare(model, request);
  } catch (const std::exception& error) {
    limit.reset();
    std::string why = printable(error.what());
    if (schema) {
      return refused("The JSON schema cannot be enforced: " + why +
                         ". Ask for a simpler one: leave out patterns and bounds first.",
                     "response_format");
    }
    if (!request.tools.empty())
      return refused("The tools cannot be offered to this model: " + why, "tools");
    return refused("The model's chat template refuses these messages: " + why, "messages");
  }
}

}  // namespace b3iq::runtimes::worker
