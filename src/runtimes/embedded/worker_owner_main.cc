// For tests: an agent that owns a worker and does nothing else, so that it can be killed.
//   b3_worker_owner WORKER LLAMA_FOLDER MODEL
// Prints its own process id and the worker's once the model is loaded.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "runtimes/embedded/embedded_runtime.h"

int main(int argc, char** argv) {
  using namespace b3iq::runtimes;
  if (argc != 4) return 2;
  EmbeddedSettings settings;
  settings.worker_binary = argv[1];
  settings.llama_folder = argv[2];
  settings.model_path = argv[3];
  settings.threads = 1;
  auto hub = make_worker_hub(settings);
  while (hub->status().state != WorkerState::ready) {
    if (hub->status().state == WorkerState::down) return 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::printf("%d %d\n", static_cast<int>(getpid()), static_cast<int>(hub->status().pid));
  std::fflush(stdout);
  while (true) pause();
}
