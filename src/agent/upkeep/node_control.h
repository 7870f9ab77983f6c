// How a route asks the process that serves to start the node again. Loop thread.
#pragma once

#include "base/result.h"
#include "base/unique_function.h"

namespace b3iq::agent {

class NodeControl {
 public:
  // `restart` drains the node and starts it again; it returns at once.
  void serve(base::UniqueFunction<void()> restart) { restart_ = std::move(restart); }

  // Error: conflict when no node serves, or it starts again already.
  base::Status may_restart() const {
    if (!restart_)
      return base::Error(base::ErrorCode::conflict,
                         "No node serves this home, so there is none to start again. Start it: "
                         "b3iq-host serve");
    if (asked_) return base::Error(base::ErrorCode::conflict, "The node starts again already.");
    return {};
  }
  base::Status restart() {
    TRY_OK(may_restart());
    asked_ = true;
    restart_();
    return {};
  }

 private:
  base::UniqueFunction<void()> restart_;
  bool asked_ = false;
};

}  // namespace b3iq::agent
