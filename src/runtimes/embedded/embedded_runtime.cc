#include "runtimes/embedded/embedded_runtime.h"

#include "base/clock.h"
#include "runtimes/embedded/chat_frame.h"
#include "runtimes/embedded/embedded_stream.h"
#include "runtimes/embedded/embedding_frame.h"
#include "runtimes/embedded/embedding_reader.h"
#include "runtimes/embedded/embedding_size.h"
#include "runtimes/embedded/schema_check.h"

namespace b3iq::runtimes {
namespace {

using base::Result;
using inference::ChatAnswer;
using inference::ChatRequest;
using inference::RuntimeState;
using inference::StreamStep;

void add_tool_delta(std::vector<inference::ToolCall>& calls,
                    const inference::ToolCallDelta& delta) {
  const auto index = static_cast<std::size_t>(std::max(0, delta.index));
  if (calls.size() <= index) calls.resize(index + 1);
  calls[index].id += delta.id;
  calls[index].name += delta.name;
  calls[index].arguments += delta.arguments;
}

void add_step(ChatAnswer& answer, const StreamStep& step) {
  answer.text += step.text;
  answer.reasoning += step.reasoning;
  for (const auto& delta : step.tool_calls) add_tool_delta(answer.tool_calls, delta);
  answer.logprobs.insert(answer.logprobs.end(), step.logprobs.begin(), step.logprobs.end());
  if (step.finish) answer.finish = *step.finish;
  if (step.usage) answer.usage = *step.usage;
}

inference::Capabilities chat_capabilities(const ReadyFrame& model) {
  inference::Capabilities can;
  can.json_schema = true;
  can.json_object = true;
  can.logprobs = true;
  can.logit_bias = true;
  can.penalties = true;
  can.extensions = true;
  can.raw_prompts = true;
  can.tools = model.tools;
  can.check_chat = check_schemas;
  return can;
}

inference::Capabilities embedding_capabilities() {
  inference::Capabilities can;
  can.chat = false;
  can.embeddings = true;
  can.embedding_tokens = true;
  return can;
}

// `model` is empty until the worker has loaded it.
inference::Capabilities capabilities_of(const ReadyFrame& model, const ModelFile::Facts& file,
                                        std::uint32_t wanted_context) {
  const bool loaded = model.context_tokens != 0;
  const bool embeds = loaded ? model.embedding_length > 0 : file.kind == gguf::ModelKind::embedding;
  auto can = embeds ? embedding_capabilities() : chat_capabilities(model);
  if (!loaded && file.kind == gguf::ModelKind::reranker) can.chat = false;
  if (loaded) {
    can.context_tokens = model.context_tokens;
  } else if (embeds) {
    can.context_tokens =
        embedding_context(wanted_context, file.trained_context, file.vocabulary, file.in_pieces);
  } else {
    can.context_tokens = wanted_context;
  }
  return can;
}

}  // namespace

WorkerSettings worker_settings(const EmbeddedSettings& settings) {
  WorkerSettings worker;
  worker.command = {settings.worker_binary, settings.llama_folder, settings.model_path,
                    settings.gpu_layers != 0};
  worker.load.context_tokens = settings.context_tokens;
  worker.load.slots = settings.slots;
  worker.load.threads = settings.threads;
  worker.load.gpu_layers = settings.gpu_layers;
  worker.load.max_queue = settings.max_queue;
  worker.start_at_once = settings.start_at_once;
  return worker;
}

std::shared_ptr<WorkerHub> make_worker_hub(const EmbeddedSettings& settings) {
  return std::make_shared<WorkerHub>(worker_settings(settings));
}

EmbeddedRuntime::EmbeddedRuntime(EmbeddedSettings settings, std::shared_ptr<WorkerHub> hub)
    : settings_(std::move(settings)), hub_(std::move(hub)), file_(settings_.model_path) {}

inference::RuntimeHealth EmbeddedRuntime::health() const {
  WorkerStatus status = hub_->status();
  inference::RuntimeHealth health;
  health.detail = status.detail;
  health.load_progress = status.load_progress;
  switch (status.state) {
    case WorkerState::idle:
      // It starts with the first request: nothing is in the way.
      health.state = RuntimeState::ready;
      health.detail = "The worker starts with the first request.";
      break;
    case WorkerState::ready:
      health.state = RuntimeState::ready;
      break;
    case WorkerState::starting:
    case WorkerState::loading:
    case WorkerState::waiting:
      health.state = RuntimeState::loading;
      break;
    case WorkerState::down:
      health.state = RuntimeState::unreachable;
      break;
  }
  return health;
}

base::Task<Result<std::vector<inference::RuntimeModel>>> EmbeddedRuntime::models() {
  const ModelFile::Facts& file = file_.look();
  inference::RuntimeModel model;
  model.name = settings_.model_name;
  model.capabilities = capabilities_of(hub_->status().model, file, settings_.context_tokens);
  model.created = file.changed_s;
  model.size_bytes = file.size_bytes;
  model.loaded = hub_->status().state == WorkerState::ready;
  co_return std::vector<inference::RuntimeModel>{std::move(model)};
}

base::Task<Result<std::unique_ptr<inference::TokenStream>>> EmbeddedRuntime::stream(
    const ChatRequest& request, base::CancelToken cancel) {
  CO_TRY(ChatFrame frame, to_chat_frame(request));
  CO_TRY(auto channel, hub_->open(std::move(frame)));
  std::unique_ptr<inference::TokenStream> stream =
      std::make_unique<EmbeddedStream>(hub_, std::move(channel), cancel);
  co_return stream;
}

base::Task<Result<ChatAnswer>> EmbeddedRuntime::answer(const ChatRequest& request,
                                                       base::CancelToken cancel) {
  const std::int64_t began = base::system_clock().steady_ns();
  auto opening = stream(request, cancel);
  CO_TRY(auto tokens, co_await std::move(opening));
  ChatAnswer answer;
  while (true) {
    auto next = tokens->next();
    CO_TRY(const StreamStep* step, co_await std::move(next));
    if (step == nullptr) co_return answer;
    if (answer.ttft_ns == 0 && step->tokens > 0)
      answer.ttft_ns = base::system_clock().steady_ns() - began;
    add_step(answer, *step);
  }
}

base::Task<Result<inference::EmbeddingAnswer>> EmbeddedRuntime::embed(
    const inference::EmbeddingRequest& request, base::CancelToken cancel) {
  CO_TRY(EmbedFrame frame, to_embed_frame(request));
  CO_TRY(auto channel, hub_->open(std::move(frame)));
  EmbeddingReader reader(hub_, std::move(channel), cancel, request.count());
  auto reading = reader.read();
  co_return co_await std::move(reading);
}

}  // namespace b3iq::runtimes
