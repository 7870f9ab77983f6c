// How a new command reaches the replica that holds its node's long poll. Polls work without it:
// every replica also looks at the database now and then (CommandWatch).
#pragma once

#include <string_view>

namespace b3iq::control {

class CommandWake {
 public:
  virtual ~CommandWake() = default;
  // There is something for this node. Loop thread; called after the commit. May be lost.
  virtual void announce(std::string_view node_id) = 0;
};

}  // namespace b3iq::control
