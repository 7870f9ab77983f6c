// Ollama's POST /api/embed and POST /api/embeddings (the older one) as embedding dialects.
//
//   both        model, keep_alive and options (checked as a chat's are; none changes a vector)
//   embed       input (a text, or texts), dimensions; truncate: refused when true: a text that does
//               not fit is refused, never cut
//   embeddings  prompt (one text)
// Vectors of embeddings have length 1 as those of embed have; Ollama leaves them as they are there.
#pragma once

#include "dialects/embedding_dialect.h"

namespace b3iq::dialects {

// {"model":…,"embeddings":[[…]],"total_duration":ns,"prompt_eval_count":…}
const EmbeddingDialect& ollama_embed();
// {"embedding":[…]}
const EmbeddingDialect& ollama_embeddings();

}  // namespace b3iq::dialects
