// What servers of the OpenAI dialect tell beside it: version, load, what a model can do. Where they
// tell nothing, or something else than they should, it stays unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "inference/runtime.h"
#include "runtimes/openai/server_profile.h"
#include "runtimes/upstream/upstream.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxFactBytes = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kMaxVersionBytes = 64;

// Asks; an error only when the server cannot be reached. `any` is only asked whether it is there.
base::Task<base::Result<inference::RuntimeFacts>> ask_facts(Upstream& upstream,
                                                            ServerProfile profile);
// Adds to `models` what the server tells of them: llama-server's /props, LM Studio's /api/v0/models
// (or /api/v1/models). Without an answer they stay as they are.
base::Task<void> learn_more(Upstream& upstream, ServerProfile profile,
                            std::vector<inference::RuntimeModel>& models);

// The parts of it that read.

// The sum of a gauge over its labels in Prometheus text; nothing when it is not there or one value
// is no count.
std::optional<std::int64_t> sum_gauge(std::string_view text, std::string_view name);
// A version as a server tells it: short, printable, without spaces; else "".
std::string read_version(json::Value value);
void read_llama_props(json::Value props, inference::RuntimeModel& model);
// {"data":[{"id","type","state","max_context_length",…}]} of /api/v0/models or
// {"models":[{"key","type","loaded_instances",…}]} of /api/v1/models. False for anything else.
bool read_lmstudio_models(json::Value root, std::vector<inference::RuntimeModel>& models);

}  // namespace b3iq::runtimes
