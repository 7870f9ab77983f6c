// The vectors of an embedding answer, whatever the dialect.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/embedding.h"
#include "json/json.h"

namespace b3iq::runtimes {

// One vector; empty for anything else than 1 to kMaxEmbeddingDimensions finite numbers.
std::vector<float> read_vector(json::Value value);

// One vector for each of the `inputs`, all of one length that is not 0: else not_embeddings().
base::Status check_embeddings(const inference::EmbeddingAnswer& answer, std::size_t inputs);

// The body of an answer with status 200. Errors: not_embeddings(); upstream_failed when it is an
// error all the same.
base::Result<json::Document> parse_embeddings(std::string_view body);

// upstream_failed: a status 200 without embeddings.
base::Error not_embeddings();

}  // namespace b3iq::runtimes
