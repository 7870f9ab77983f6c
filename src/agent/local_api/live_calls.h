// The calls that run now, for the owner's eyes: an intrusive list, so that a call enters and leaves
// without an allocation. Loop thread only.
#pragma once

#include "http/intrusive_list.h"

namespace b3iq::agent {

struct LiveCallTag;
using LiveCallNode = http::ListNode<LiveCallTag>;

class LiveCalls {
 public:
  void add(LiveCallNode& call) { head_.push_back(call); }
  // `visit(LiveCallNode&)`, oldest first.
  template <class F>
  void each(F visit) {
    for (auto* node = head_.front(); node != head_.end(); node = node->next()) visit(*node);
  }

 private:
  LiveCallNode head_;
};

}  // namespace b3iq::agent
