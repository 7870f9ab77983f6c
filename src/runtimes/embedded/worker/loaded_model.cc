#include "runtimes/embedded/worker/loaded_model.h"

#include <log.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/cpu_variant.h"
#include "runtimes/embedded/worker/embedding_model.h"

namespace b3iq::runtimes::worker {
namespace {

struct LibraryLog {
  std::mutex mutex;
  std::string first_error;  // since it was last taken: what follows tells only that it failed
};
LibraryLog& library_log() {
  static LibraryLog log;
  return log;
}

// "some_function: error loading model: x" without the function.
std::string without_function(std::string text) {
  std::size_t colon = text.find(": ");
  if (colon == std::string::npos || text.find(' ') < colon) return text;
  return text.substr(colon + 2);
}

void keep_error(ggml_log_level level, const char* text, void*) {
  if (level != GGML_LOG_LEVEL_ERROR) return;
  std::lock_guard lock(library_log().mutex);
  if (library_log().first_error.empty())
    library_log().first_error = without_function(printable(text));
}

base::Error cannot_load(std::string why) {
  std::string library = take_library_error();
  if (!library.empty()) why += ": " + library;
  return {base::ErrorCode::upstream_failed, std::move(why)};
}

bool report_progress(float fraction, void* callback) {
  (*static_cast<std::function<void(float)>*>(callback))(fraction);
  return true;
}

// Asks the template itself what it can do. A model without a usable template cannot chat.
base::Status read_template(LoadedModel& loaded) {
  try {
    loaded.templates = common_chat_templates_init(loaded.model.get(), "");
    auto caps = common_chat_templates_get_caps(loaded.templates.get());
    loaded.facts.tools =
        common_chat_templates_was_explicit(loaded.templates.get()) && caps["supports_tool_calls"];
    common_chat_templates_inputs probe;
    common_chat_msg hello;
    hello.role = "user";
    hello.content = "hello";
    probe.messages = {hello};
    probe.reasoning_format = COMMON_REASONING_FORMAT_DEEPSEEK;
    loaded.facts.reasoning =
        common_chat_templates_apply(loaded.templates.get(), probe).supports_thinking;
  } catch (const std::exception& error) {
    return cannot_load("the model's chat template cannot be used (" + printable(error.what()) +
                       ")");
  }
  return {};
}

// One token through the whole graph: the weights are paged in, and shapes that cannot be computed
// show now.
bool warm_up(LoadedModel& loaded) {
  llama_token token = llama_vocab_bos(loaded.vocab);
  if (token == LLAMA_TOKEN_NULL) token = llama_vocab_eos(loaded.vocab);
  if (token == LLAMA_TOKEN_NULL) token = 0;
  if (compute_batch(loaded, llama_batch_get_one(&token, 1)) != 0) return false;
  llama_memory_clear(llama_get_memory(loaded.context.get()), true);
  llama_synchronize(loaded.context.get());
  return true;
}

llama_context_params context_params(const ReadyFrame& facts) {
  auto params = llama_context_default_params();
  params.n_ctx = facts.context_tokens * facts.slots;
  params.n_batch = kBatchTokens;
  params.n_ubatch = kBatchTokens;
  params.n_seq_max = facts.slots;
  params.n_outputs_max = facts.slots;
  params.n_threads = static_cast<std::int32_t>(facts.threads);
  params.n_threads_batch = static_cast<std::int32_t>(facts.threads);
  params.kv_unified = false;
  params.no_perf = true;
  return params;
}

// Architecture, size and quantisation, such as "llama 1B Q8_0". llama.cpp has "?B" for sizes that
// it knows no name of.
std::string describe(const llama_model* model, std::uint64_t parameters) {
  constexpr std::uint64_t kMillion = 1'000'000;
  char text[128] = {};
  llama_model_desc(model, text, sizeof(text));
  std::string description = printable(text);
  if (const auto at = description.find("?B"); at != std::string::npos)
    description.replace(at, 2, std::to_string((parameters + kMillion / 2) / kMillion) + "M");
  return description;
}

// What the file says, and the owner: all but the context.
base::Status fill_facts(LoadedModel& loaded, const LoadFrame& request, unsigned cores) {
  const llama_model* model = loaded.model.get();
  ReadyFrame& facts = loaded.facts;
  facts.trained_context_tokens =
      static_cast<std::uint32_t>(std::max(0, llama_model_n_ctx_train(model)));
  facts.parameters = llama_model_n_params(model);
  facts.size_bytes = llama_model_size(model);
  facts.vocabulary = static_cast<std::uint32_t>(std::max(0, llama_vocab_n_tokens(loaded.vocab)));
  facts.threads = request.threads != 0                      ? request.threads
                  : facts.parameters < kOneThreadParameters ? 1
                                                            : cores;
  facts.description = describe(model, facts.parameters);
  facts.slots = std::clamp(request.slots, 1u, kMaxSlots);
  if (facts.vocabulary == 0) return cannot_load("the model has no vocabulary");
  return {};
}

base::Status make_text_context(LoadedModel& loaded, const LoadFrame& request) {
  const llama_model* model = loaded.model.get();
  if (llama_model_has_encoder(model) || !llama_model_has_decoder(model) ||
      llama_model_is_diffusion(model)) {
    return cannot_load("the model is not of a kind that writes text token by token");
  }
  ReadyFrame& facts = loaded.facts;
  std::uint32_t wanted = request.context_tokens != 0
                             ? request.context_tokens
                             : std::min(facts.trained_context_tokens, kDefaultContextTokens);
  facts.context_tokens = std::clamp(wanted, kMinContextTokens, kMaxContextTokens);
  loaded.context.reset(llama_init_from_model(loaded.model.get(), context_params(facts)));
  if (!loaded.context) return cannot_load("there is not enough memory for the model's context");
  // The library rounds up; the promise is what every slot really has.
  facts.context_tokens = std::min(facts.context_tokens, llama_n_ctx_seq(loaded.context.get()));
  return read_template(loaded);
}

base::Status make_context(LoadedModel& loaded, const LoadFrame& request) {
  const llama_model* model = loaded.model.get();
  TRY(const auto pooling, embedding_pooling(model));
  if (!pooling || llama_model_is_diffusion(model)) return make_text_context(loaded, request);
  if (llama_model_has_encoder(model) && llama_model_has_decoder(model))
    return cannot_load("the model's encoder has a decoder behind it, which is not supported");
  auto made = make_embedding_context(loaded, request, *pooling);
  return made.ok() ? made : cannot_load(made.error().detail);
}

}  // namespace

void capture_library_log() {
  llama_log_set(keep_error, nullptr);
  common_log_set_verbosity_thold(-1);
}

std::string take_library_error() {
  std::lock_guard lock(library_log().mutex);
  return std::exchange(library_log().first_error, {});
}

base::Result<LoadedModel> load_model(const LoadFrame& request, int model_fd, unsigned cores,
                                     std::function<void(float)> progress) {
  std::FILE* file = fdopen(model_fd, "rb");
  if (file == nullptr) return cannot_load("the model's descriptor cannot be read");
  const std::string kernels = keep_fitting_variant(file);
  auto params = llama_model_default_params();
  params.n_gpu_layers = request.gpu_layers;
  params.progress_callback = report_progress;
  params.progress_callback_user_data = &progress;

  LoadedModel loaded;
  try {
    loaded.model.reset(llama_model_load_from_file_ptr(file, params));
  } catch (const std::exception& error) {
    return cannot_load("the model file cannot be loaded (" + printable(error.what()) + ")");
  }
  std::fclose(file);
  if (!loaded.model) return cannot_load("the model file cannot be loaded");
  loaded.vocab = llama_model_get_vocab(loaded.model.get());
  loaded.facts.kernels = kernels;
  TRY_OK(fill_facts(loaded, request, cores));
  TRY_OK(make_context(loaded, request));
  if (!warm_up(loaded)) return cannot_load("the model cannot be computed");
  return loaded;
}

}  // namespace b3iq::runtimes::worker
