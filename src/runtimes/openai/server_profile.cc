#include "runtimes/openai/server_profile.h"

namespace b3iq::runtimes {
namespace {

constexpr inference::Capabilities kAll = {.tools = true,
                                          .json_schema = true,
                                          .json_object = true,
                                          .logprobs = true,
                                          .logit_bias = true,
                                          .vision = true,
                                          .audio = true,
                                          .penalties = true,
                                          .extensions = true,
                                          .same_dialect = true,
                                          .embeddings = true,
                                          .embedding_tokens = true,
                                          .raw_prompts = true};

}  // namespace

std::string_view profile_kind(ServerProfile profile) {
  switch (profile) {
    case ServerProfile::vllm:
      return "vllm";
    case ServerProfile::sglang:
      return "sglang";
    case ServerProfile::any:
    case ServerProfile::lmstudio:
    case ServerProfile::llama_server:
      break;
  }
  return "openai";
}

inference::Capabilities profile_capabilities(ServerProfile profile) {
  inference::Capabilities can = kAll;
  if (profile != ServerProfile::lmstudio) return can;
  // LM Studio's documented parameters of /v1/chat/completions: logprobs and min_p are not among
  // them and are dropped; json_object is refused by it; a named tool cannot be forced.
  can.logprobs = false;
  can.min_p = false;
  can.json_object = false;
  can.tool_control = false;
  can.audio = false;
  can.embedding_tokens = false;  // its documented input is a text or a list of texts
  return can;
}

std::string_view repeat_penalty_name(ServerProfile profile) {
  switch (profile) {
    case ServerProfile::vllm:
    case ServerProfile::sglang:
      return "repetition_penalty";
    case ServerProfile::any:
    case ServerProfile::lmstudio:
    case ServerProfile::llama_server:
      break;
  }
  return "";
}

bool takes_cache_salt(ServerProfile profile) { return profile == ServerProfile::vllm; }

}  // namespace b3iq::runtimes
