// Which server of the OpenAI dialect it is, where the owner says so, and what is known of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "inference/runtime.h"

namespace b3iq::runtimes {

enum class ServerProfile : std::uint8_t { any, lmstudio, llama_server, vllm, sglang };

// Runtime::kind(): vLLM and SGLang have their own, the rest are "openai".
std::string_view profile_kind(ServerProfile profile);

// What a model of such a server is asked to do. The server gets the caller's body and judges
// members itself, but what it is known to drop without a word is refused here. Vision, audio, tools
// and embeddings are the model's affair, and refined by learn_more() where the server tells them.
inference::Capabilities profile_capabilities(ServerProfile profile);

// How the server calls repeat_penalty; "" where it has that name.
std::string_view repeat_penalty_name(ServerProfile profile);

// Whether the server keeps prefix caches apart by the request's member cache_salt.
bool takes_cache_salt(ServerProfile profile);

}  // namespace b3iq::runtimes
