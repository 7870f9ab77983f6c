#include "agent/runtime_kind_name.h"

namespace b3iq::agent {

std::string_view runtime_kind_name(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::embedded:
      return "embedded";
    case RuntimeKind::openai:
      return "openai";
    case RuntimeKind::ollama:
      return "ollama";
    case RuntimeKind::vllm:
      return "vllm";
    case RuntimeKind::sglang:
      break;
  }
  return "sglang";
}

}  // namespace b3iq::agent
