// What a request says about choosing tokens, in the library's terms. What it leaves open is
// llama.cpp's default (temperature 0.8, top_k 40, top_p 0.95, min_p 0.05).
#pragma once

#include <sampling.h>

#include "base/result.h"
#include "inference/chat.h"
#include "runtimes/embedded/worker/loaded_model.h"

namespace b3iq::runtimes::worker {

// Error: invalid_request when logit_bias names a token that the model has not.
base::Result<common_params_sampling> sampler_settings(const LoadedModel& model,
                                                      const inference::Sampling& sampling);

// True when these settings always pick the likeliest token.
bool always_likeliest(const common_params_sampling& settings);

}  // namespace b3iq::runtimes::worker
