// POST /v1/embeddings: its body and its answer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "inference/embedding.h"

namespace b3iq::runtimes {

std::string embedding_body(const inference::EmbeddingRequest& request);

// {"data":[{"index":0,"embedding":[…]}],"usage":{"prompt_tokens":…}}. upstream_failed unless there
// is one vector of finite numbers for each of the `inputs`, all of one length.
base::Result<inference::EmbeddingAnswer> read_embeddings(std::string_view body, std::size_t inputs);

}  // namespace b3iq::runtimes
