#include "runtimes/embedded/worker/sampler_settings.h"

#include <cmath>

#include "base/random.h"

namespace b3iq::runtimes::worker {
namespace {

constexpr double kBanBias = -100;  // OpenAI: "values like -100 should result in a ban"

std::uint32_t pick_seed(const inference::Sampling& sampling) {
  if (sampling.seed) {
    auto seed = static_cast<std::uint64_t>(*sampling.seed);
    return static_cast<std::uint32_t>(seed ^ (seed >> 32));
  }
  std::uint8_t bytes[sizeof(std::uint32_t)];
  base::system_random().fill(bytes);
  std::uint32_t seed = 0;
  for (std::uint8_t byte : bytes) seed = seed << 8 | byte;
  return seed;
}

}  // namespace

base::Result<common_params_sampling> sampler_settings(const LoadedModel& model,
                                                      const inference::Sampling& sampling) {
  common_params_sampling settings;
  settings.no_perf = true;
  settings.seed = pick_seed(sampling);
  if (settings.seed == LLAMA_DEFAULT_SEED)
    --settings.seed;  // that value means "random" to the library
  if (sampling.temperature) settings.temp = static_cast<float>(*sampling.temperature);
  if (sampling.top_p) settings.top_p = static_cast<float>(*sampling.top_p);
  if (sampling.top_k)
    settings.top_k =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(*sampling.top_k, 0, INT32_MAX));
  if (sampling.min_p) settings.min_p = static_cast<float>(*sampling.min_p);
  if (sampling.repeat_penalty)
    settings.penalty_repeat = static_cast<float>(*sampling.repeat_penalty);
  if (sampling.presence_penalty)
    settings.penalty_present = static_cast<float>(*sampling.presence_penalty);
  if (sampling.frequency_penalty)
    settings.penalty_freq = static_cast<float>(*sampling.frequency_penalty);
  // OpenAI's penalties count the whole answer so far, not its last tokens.
  if (settings.penalty_present != 0 || settings.penalty_freq != 0) {
    settings.penalty_last_n = static_cast<std::int32_t>(model.facts.context_tokens);
  }
  for (const auto& [token, bias] : sampling.logit_bias) {
    if (token < 0 || token >= static_cast<std::int32_t>(model.facts.vocabulary)) {
      return base::Error(base::ErrorCode::invalid_request,
                         "logit_bias names token " + std::to_string(token) +
                             "; this model has tokens 0 to " +
                             std::to_string(model.facts.vocabulary - 1) + ".",
                         "logit_bias");
    }
    settings.logit_bias.push_back({token, bias <= kBanBias ? -INFINITY : static_cast<float>(bias)});
  }
  return settings;
}

bool always_likeliest(const common_params_sampling& settings) {
  return settings.temp <= 0 && settings.grammar.empty() && settings.logit_bias.empty() &&
         settings.penalty_repeat == 1 && settings.penalty_freq == 0 &&
         settings.penalty_present == 0 && settings.reasoning_budget_start.empty();
}

}  // namespace b3iq::runtimes::worker
