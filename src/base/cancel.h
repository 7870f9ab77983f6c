// Cooperative cancellation on one thread: the source belongs to whoever may give up (a connection),
// tokens go to the work. A CancelCallback runs at most once, on the source's thread, and never
// after its destruction.
#pragma once

#include <utility>

#include "base/unique_function.h"

namespace b3iq::base {

class CancelSource;

class CancelCallback {
 public:
  CancelCallback() = default;
  CancelCallback(const CancelCallback&) = delete;
  CancelCallback& operator=(const CancelCallback&) = delete;
  ~CancelCallback() { reset(); }
  void reset();

 private:
  friend class CancelSource;
  friend class CancelToken;
  CancelSource* source_ = nullptr;
  CancelCallback* previous_ = nullptr;
  CancelCallback* next_ = nullptr;
  UniqueFunction<void()> function_;
};

// Copyable view of a source; the source outlives it. A default token is never cancelled.
class CancelToken {
 public:
  CancelToken() = default;
  explicit CancelToken(CancelSource* source) : source_(source) {}
  bool cancelled() const;
  // Arms `callback` with `function`; runs it at once when already cancelled.
  void on_cancel(CancelCallback& callback, UniqueFunction<void()> function) const;

 private:
  CancelSource* source_ = nullptr;
};

class CancelSource {
 public:
  CancelSource() = default;
  CancelSource(const CancelSource&) = delete;
  CancelSource& operator=(const CancelSource&) = delete;
  ~CancelSource();
  void cancel();
  bool cancelled() const { return cancelled_; }
  CancelToken token() { return CancelToken(this); }

 private:
  friend class CancelCallback;
  friend class CancelToken;
  bool cancelled_ = false;
  CancelCallback* head_ = nullptr;
};

}  // namespace b3iq::base
