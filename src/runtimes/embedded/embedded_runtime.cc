#include "runtimes/embedded/embedded_runtime.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "runtimes/embedded/chat_frame.h"
#include "runtimes/embedded/embedded_stream.h"

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
    : settings_(std::move(settings)), hub_(std::move(hub)) {}

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
  WorkerStatus status = hub_->status();
  inference::RuntimeModel model;
  model.name = settings_.model_name;
  model.capabilities.json_schema = true;
  model.capabilities.json_object = true;
  model.capabilities.logprobs = true;
  model.capabilities.logit_bias = true;
  model.capabilities.penalties = true;
  model.capabilities.extensions = true;
  model.capabilities.raw_prompts = true;
  model.capabilities.tools = status.model.tools;
  model.capabilities.context_tokens =
      status.model.context_tokens != 0 ? status.model.context_tokens : settings_.context_tokens;
  struct stat file{};
  if (stat(settings_.model_path.c_str(), &file) == 0) {
    model.created = file.st_mtime;
    model.size_bytes = file.st_size;
  }
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

}  // namespace b3iq::runtimes
