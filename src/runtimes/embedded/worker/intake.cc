#include "runtimes/embedded/worker/intake.h"

#include <string>

namespace b3iq::runtimes::worker {

WorkerError wire_code(base::ErrorCode code) {
  if (code == base::ErrorCode::invalid_request) return WorkerError::invalid_request;
  if (code == base::ErrorCode::context_length_exceeded) return WorkerError::context_length_exceeded;
  if (code == base::ErrorCode::overloaded) return WorkerError::overloaded;
  if (code == base::ErrorCode::unsupported_parameter) return WorkerError::unsupported_parameter;
  return WorkerError::failed;
}

void refuse_request(AgentLink& link, std::uint64_t id, const base::Error& error) {
  link.send(ErrorFrame{id, wire_code(error.code), error.detail, error.param});
}

base::Error too_many_requests(std::uint32_t capacity) {
  return {base::ErrorCode::overloaded, "The model is answering or queueing " +
                                           std::to_string(capacity) +
                                           " requests, as many as it may; try again in a moment."};
}

}  // namespace b3iq::runtimes::worker
