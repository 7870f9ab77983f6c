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

}  // namespace b3iq::inference
