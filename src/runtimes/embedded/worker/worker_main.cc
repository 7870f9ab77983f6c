// b3iq-worker: loads one model and answers for it, with no file, network or privilege of its own.
// README.md beside the agent's half (../README.md) says how the two work together.
#include <ggml-backend.h>
#include <llama.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/cpu_variant.h"
#include "runtimes/embedded/worker/embedding_engine.h"
#include "runtimes/embedded/worker/engine.h"
#include "runtimes/embedded/worker/intake.h"
#include "runtimes/embedded/worker/loaded_model.h"
#include "runtimes/embedded/worker/physical_cores.h"
#include "runtimes/embedded/worker/prepared_embedding.h"
#include "runtimes/embedded/worker/prepared_request.h"
#include "runtimes/embedded/worker/sandbox.h"
#include "runtimes/embedded/worker/startup.h"

namespace b3iq::runtimes::worker {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitNoModel = 4;

AgentLink* abort_link = nullptr;

// A failed check inside the library: the agent gets the reason, then the process ends.
void tell_abort(const char* message) {
  std::string_view text(message);
  // From "…/llama.cpp/src/file.cpp:1: GGML_ASSERT(…) failed" on: where it was built is nobody's
  // business.
  if (std::size_t tree = text.rfind("/llama.cpp/"); tree != text.npos) text.remove_prefix(tree + 1);
  if (abort_link != nullptr) abort_link->try_send(FatalFrame{printable(text)});
}

std::string backend_name() {
  std::string name;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    if (!name.empty()) name += ", ";
    name += ggml_backend_dev_description(ggml_backend_dev_get(i));
  }
  return printable(name);
}

// A request that this model is not for: the agent asked before it knew.
void refuse_other_kind(AgentLink& link, const Frame& frame) {
  if (auto* chat = std::get_if<ChatFrame>(&frame)) {
    refuse_request(link, chat->id,
                   {base::ErrorCode::unsupported_parameter,
                    "This model makes embeddings only; choose a chat model.", "model"});
  }
  if (auto* embed = std::get_if<EmbedFrame>(&frame)) {
    refuse_request(link, embed->id,
                   {base::ErrorCode::unsupported_parameter,
                    "This model makes no embeddings; choose an embedding model.", "model"});
  }
}

// Hands on what comes from the agent, and tells it that inference lives.
template <class Wanted, class Inference>
[[noreturn]] void serve(AgentLink& link, LoadedModel& model, std::uint32_t max_queue,
                        typename Intake<Wanted, Inference>::Prepare prepare) {
  std::atomic<std::uint32_t> open{0};
  Inference engine(model, link, open);
  Intake<Wanted, Inference> intake(model, prepare, engine, link, open,
                                   model.facts.slots + max_queue);
  std::thread([&] { engine.run(); }).detach();
  std::thread([&] { intake.run(); }).detach();
  std::int64_t looked_us = ggml_time_us();
  while (true) {
    auto frame = link.receive(open.load() > 0 ? kAliveEveryMs : AgentLink::kForever);
    if (frame) {
      if (auto* request = std::get_if<Wanted>(&*frame)) {
        intake.accept(std::move(*request));
      } else {
        refuse_other_kind(link, *frame);
      }
      if (auto* cancel = std::get_if<CancelFrame>(&*frame)) intake.cancel(cancel->id);
      if (auto* pause = std::get_if<PauseFrame>(&*frame)) engine.pause(pause->id, true);
      if (auto* resume = std::get_if<ResumeFrame>(&*frame)) engine.pause(resume->id, false);
      if (std::holds_alternative<StatsQueryFrame>(*frame)) link.send(engine.stats());
    }
    // This thread tells that the inference thread lives: that one would have to read the clock for
    // each operation.
    const std::int64_t now = ggml_time_us();
    if (now - looked_us < kAliveEveryMs * 1'000) continue;
    looked_us = now;
    if (engine.has_moved()) link.try_send(AliveFrame{});
  }
}

int run(const Options& options) {
  if (!die_with_parent(options.parent)) return 0;
  limit_process();
  setenv("GGML_NO_BACKTRACE", "1", 1);
  // Read now, and by name: without TZ the C library opens the file again for each time of day that
  // a template asks for, is refused, and takes UTC.
  setenv("TZ", ":/etc/localtime", 0);
  tzset();
  capture_library_log();
  load_kernels(options.lib_dir, options.gpu);
  const unsigned cores = physical_cores();
  const std::uint32_t layers =
      enter_sandbox(options.gpu ? SandboxProfile::gpu : SandboxProfile::cpu);
  if (getppid() != options.parent) return 0;

  AgentLink link(kSocketFd);
  abort_link = &link;
  ggml_set_abort_callback(tell_abort);
  link.send(HelloFrame{kWorkerProtocol, layers, backend_name()});
  auto first = link.receive();
  auto* request = first ? std::get_if<LoadFrame>(&*first) : nullptr;
  if (request == nullptr || request->protocol != kWorkerProtocol) return kExitUsage;

  std::uint32_t told = 0;
  auto model = load_model(*request, kModelFd, cores, [&](float fraction) {
    auto permille = static_cast<std::uint32_t>(fraction * 1000);
    if (permille < told + 10 && permille != 1000) return;
    told = permille;
    link.send(ProgressFrame{permille});
  });
  if (!model.ok()) {
    link.send(FatalFrame{model.error().detail});
    return kExitNoModel;
  }
  link.send(model->facts);
  if (model->facts.embedding_length > 0)
    serve<EmbedFrame, EmbeddingEngine>(link, *model, request->max_queue, prepare_embedding);
  serve<ChatFrame, Engine>(link, *model, request->max_queue, prepare_request);
}

}  // namespace
}  // namespace b3iq::runtimes::worker

int main(int argc, char** argv) {
  using namespace b3iq::runtimes::worker;
  auto options = parse_options(argc, argv);
  if (!options) {
    std::fputs("b3iq-worker is started by b3iq-host; it is not meant to be run by hand.\n", stderr);
    return kExitUsage;
  }
  // No destructors of the library behind running threads.
  _exit(run(*options));
}
