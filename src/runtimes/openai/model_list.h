// The answer of GET /v1/models.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/runtime.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxModelListBytes = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kMaxModels = 4096;
inline constexpr std::size_t kMaxModelIdBytes = 256;

// {"object":"list","data":[{"id":…,"created":…}]}; of each model also what vLLM and SGLang
// (max_model_len) and llama-server (meta, status) tell. upstream_failed for anything else: a
// stranger's HTTP service is not taken for a runtime.
base::Result<std::vector<inference::RuntimeModel>> parse_model_list(
    std::string_view body, const inference::Capabilities& capabilities);

}  // namespace b3iq::runtimes
