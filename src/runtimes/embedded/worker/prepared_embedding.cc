#include "runtimes/embedded/worker/prepared_embedding.h"

#include <common.h>

#include <exception>
#include <string>
#include <utility>

#include "runtimes/embedded/worker/agent_link.h"

namespace b3iq::runtimes::worker {
namespace {

using base::Error;
using base::ErrorCode;

// As the caller wrote it: one input mostly stands without a list around it.
std::string input_name(std::size_t index, std::size_t count) {
  return count == 1 ? "input" : "input[" + std::to_string(index) + "]";
}

base::Status check_dimensions(const LoadedModel& model, const EmbedFrame& request) {
  const std::uint32_t length = model.facts.embedding_length;
  if (request.dimensions == 0 || request.dimensions == length) return {};
  return Error(ErrorCode::unsupported_parameter,
               "Unsupported parameter 'dimensions': this model's vectors have " +
                   std::to_string(length) +
                   " numbers, and its file does not say that fewer would do; leave it out.",
               "dimensions");
}

base::Status check_length(const LoadedModel& model, const std::vector<llama_token>& tokens,
                          const std::string& name) {
  if (tokens.empty()) return Error(ErrorCode::invalid_request, name + " gives no tokens.", name);
  const std::uint32_t context = model.facts.context_tokens;
  if (tokens.size() <= context) return {};
  return Error(ErrorCode::context_length_exceeded,
               name + " has " + std::to_string(tokens.size()) +
                   " tokens; this model takes at most " + std::to_string(context) +
                   " at once here. Split the text.",
               name);
}

base::Status check_ids(const LoadedModel& model, const std::vector<llama_token>& tokens,
                       const std::string& name) {
  for (const llama_token id : tokens) {
    if (id >= 0 && static_cast<std::uint32_t>(id) < model.facts.vocabulary) continue;
    return Error(ErrorCode::invalid_request,
                 name + " names the token " + std::to_string(id) + "; this model has " +
                     std::to_string(model.facts.vocabulary) + ".",
                 name);
  }
  return {};
}

base::Result<PreparedEmbedding> prepare(const LoadedModel& model, EmbedFrame& request) {
  TRY_OK(check_dimensions(model, request));
  PreparedEmbedding prepared;
  prepared.id = request.id;
  prepared.received_us = ggml_time_us();
  prepared.inputs = std::move(request.tokens);
  const std::size_t texts = request.texts.size();
  for (std::size_t i = 0; i < texts; ++i) {
    // Special tokens written in a text count as such: llama-server's rule, and so its vectors.
    prepared.inputs.push_back(common_tokenize(model.vocab, request.texts[i], true, true));
  }
  const std::size_t count = prepared.inputs.size();
  if (count == 0) return Error(ErrorCode::invalid_request, "At least one text is needed.", "input");
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = input_name(i, count);
    TRY_OK(check_length(model, prepared.inputs[i], name));
    if (texts == 0) TRY_OK(check_ids(model, prepared.inputs[i], name));
  }
  return prepared;
}

}  // namespace

base::Result<PreparedEmbedding> prepare_embedding(const LoadedModel& model, EmbedFrame request) {
  try {
    return prepare(model, request);
  } catch (const std::exception& error) {
    return Error(ErrorCode::invalid_request,
                 "The model cannot read these texts: " + printable(error.what()), "input");
  }
}

}  // namespace b3iq::runtimes::worker
