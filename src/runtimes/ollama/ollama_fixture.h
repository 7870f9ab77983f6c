// For tests of the Ollama adapter: a runtime on a loop, and what an Ollama says.
#pragma once

#include <string>
#include <string_view>

#include "runtimes/ollama/ollama_runtime.h"
#include "runtimes/upstream/runtime_on_loop.h"
#include "runtimes/upstream/scripted_upstream.h"

namespace b3iq::runtimes {

using OllamaOnLoop = RuntimeOnLoopOf<OllamaRuntime, OllamaConfig>;

inline constexpr std::string_view kNdjsonHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

inline std::string text_line(std::string_view text) {
  std::string line = R"({"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":)";
  line.append(R"("assistant","content":")").append(text);
  return line.append("\"},\"done\":false}\n");
}
inline const std::string kDoneLine =
    R"({"model":"m","created_at":"2026-01-01T00:00:01Z","message":{"role":"assistant","content":""},)"
    R"("done":true,"done_reason":"stop","total_duration":9,"prompt_eval_count":11,"eval_count":3})"
    "\n";

inline const std::string kChatBody =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})";
inline const std::string kWholeBody =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";

}  // namespace b3iq::runtimes
