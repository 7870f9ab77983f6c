// A circular doubly linked list whose nodes are the objects themselves: no allocation, O(1)
// unlinking, and a node leaves its list when it is destroyed. The tag lets one object stand in
// several lists.
#pragma once

namespace b3iq::http {

template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }
  // As the head of a list:
  bool empty() const { return next_ == this; }
  ListNode* front() { return next_; }
  ListNode* end() { return this; }
  ListNode* next() { return next_; }
  void push_back(ListNode& node) {
    node.unlink();
    node.previous_ = previous_;
    node.next_ = this;
    previous_->next_ = &node;
    previous_ = &node;
  }
  // Moves all nodes of `other` to this (empty) head.
  void take(ListNode& other) {
    if (other.empty()) return;
    next_ = other.next_;
    previous_ = other.previous_;
    next_->previous_ = this;
    previous_->next_ = this;
    other.previous_ = other.next_ = &other;
  }

 private:
  ListNode* previous_ = this;
  ListNode* next_ = this;
};

}  // namespace b3iq::http
