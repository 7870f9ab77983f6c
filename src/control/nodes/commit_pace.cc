#include "control/nodes/commit_pace.h"

namespace b3iq::control {

base::Task<void> CommitPace::turn() {
  const auto now = loop_.now_ms();
  if (now < next_ms_) co_await loop_.sleep(next_ms_ - now);
  // The first of those that wake together makes the next ones wait; the others go with it.
  if (loop_.now_ms() >= next_ms_) next_ms_ = loop_.now_ms() + apart_ms_;
}

}  // namespace b3iq::control
