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
  // Whether what other replicas announce is heard here now: the database may then be looked at more
  // rarely. Never a reason not to look at all. Any thread.
  virtual bool hears_others() const { return false; }
};

}  // namespace b3iq::control
