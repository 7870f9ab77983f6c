// For tests: the real worker, the real model, one thread, and ways to ask.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <list>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/single_thread_executor.h"
#include "runtimes/embedded/embedded_runtime.h"

namespace b3iq::runtimes {

// What the default model is sure of.
inline constexpr const char* kFrance = "What is the capital of France?";
inline constexpr const char* kParis = "The capital of France is Paris.";

// The folder of the build's programs: tests run from it.
inline std::filesystem::path program_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

inline EmbeddedSettings test_settings() {
  EmbeddedSettings settings;
  settings.model_name = "b3iq-atlas-5m";
  settings.model_path = std::string(B3IQ_SOURCE_DIR) + "/models/b3iq-atlas-5m-q8_0.gguf";
  settings.worker_binary = (program_folder() / "b3iq-worker").string();
  settings.llama_folder = (program_folder().parent_path() / "lib" / "llama").string();
  settings.threads = 1;
  return settings;
}

// One slot, and room for an answer that does not end before the test is done with it.
inline EmbeddedSettings one_long_slot() {
  EmbeddedSettings settings = test_settings();
  settings.slots = 1;
  settings.context_tokens = 24'576;
  return settings;
}

// User and system time that the process has used.
inline double processor_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// A request whose text lives as long as it.
struct Question {
  explicit Question(std::string text) : text_(std::move(text)) {
    request.messages.resize(1);
    request.messages[0].content.push_back({inference::PartKind::text, text_});
    request.sampling.temperature = 0;
  }
  Question(const Question&) = delete;
  inference::ChatRequest request;

 private:
  std::string text_;
};

// Both end tokens of the default model are forbidden.
inline void never_end(Question& question) {
  question.request.sampling.logit_bias = {{2, -100}, {4, -100}};
}

// A loop and a runtime on it. Calls block the test's thread.
class Node {
 public:
  explicit Node(const EmbeddedSettings& settings = test_settings()) : runtime_(settings) {}

  EmbeddedRuntime& runtime() { return runtime_; }
  base::SingleThreadExecutor& loop() { return loop_; }

  base::Result<inference::ChatAnswer> ask(const inference::ChatRequest& request) {
    return loop_.run_task([&] { return runtime_.answer(request, base::CancelToken()); });
  }
  base::Result<inference::ChatAnswer> ask(const std::string& text) {
    Question question(text);
    return ask(question.request);
  }
  // Until the worker is in `state`, or a minute has passed.
  bool wait_for(WorkerState state) {
    return wait_until([&] { return runtime_.worker_status().state == state; });
  }
  static bool wait_until(const std::function<bool()>& holds) {
    for (int i = 0; i < 6000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

 private:
  base::SingleThreadExecutor loop_;  // goes last: the hub may still be posting to it
  EmbeddedRuntime runtime_;
};

}  // namespace b3iq::runtimes
