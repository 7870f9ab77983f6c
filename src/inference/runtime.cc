#include "inference/runtime.h"

namespace b3iq::inference {

std::string_view runtime_state_name(RuntimeState state) {
  switch (state) {
    case RuntimeState::ready:
      return "ready";
    case RuntimeState::loading:
      return "loading";
    case RuntimeState::unreachable:
      break;
  }
  return "unreachable";
}

base::Task<base::Result<RuntimeFacts>> Runtime::facts() { co_return RuntimeFacts{}; }

base::Task<base::Result<EmbeddingAnswer>> Runtime::embed(const EmbeddingRequest&,
                                                         base::CancelToken) {
  co_return base::Error(base::ErrorCode::unsupported_parameter,
                        "The runtime of this model makes no embeddings; choose an embedding model.",
                        "model");
}

}  // namespace b3iq::inference
