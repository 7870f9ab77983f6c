// What was asked and answered, kept while the owner wants it: in memory only, bounded, overwritten
// when it goes. Never written anywhere, and not in a core file: the process leaves none
// (process_limits.h). What the HTTP server holds of a request while it runs is not this class's
// business, nor are the bytes of an answer that told the owner of it. Loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "crypto/secret.h"
#include "http/intrusive_list.h"

namespace b3iq::agent {

// Of one request and of one answer; the rest is cut off.
inline constexpr std::size_t kMaxKeptText = 256 * 1024;
// Of all that is kept; the oldest goes first.
inline constexpr std::size_t kMaxKeptContent = 32 * 1024 * 1024;
// Calls that run, whose content is gathered: one more is not.
inline constexpr std::size_t kMaxGathered = 256;

// A text that grows and leaves no copy behind.
class WipedText {
 public:
  // False when some of it did not fit into kMaxKeptText.
  bool append(std::string_view text);
  std::string_view view() const { return bytes_.reveal_text().substr(0, size_); }
  // What it occupies.
  std::size_t bytes() const { return bytes_.size(); }
  void clear();

 private:
  crypto::Secret bytes_;
  std::size_t size_ = 0;
};

struct CallContentTag;

// The content of one call: gathered while it runs, kept when it has ended.
class CallContent : public http::ListNode<CallContentTag> {
 public:
  void add_request(std::string_view body) { truncated_ |= !request_.append(body); }
  void add_answer(std::string_view text) {
    if (!wiped_) truncated_ |= !answer_.append(text);
  }
  // For good: what comes later is not taken.
  void wipe();

  std::string_view request() const { return request_.view(); }
  std::string_view answer() const { return answer_.view(); }
  bool truncated() const { return truncated_; }
  bool wiped() const { return wiped_; }
  std::size_t bytes() const { return request_.bytes() + answer_.bytes(); }

 private:
  WipedText request_, answer_;
  bool truncated_ = false;
  bool wiped_ = false;
};

class KeptContent {
 public:
  bool on() const { return on_; }
  void turn_on() { on_ = true; }
  // Overwrites all of it, also that of calls that run.
  void turn_off();

  // For a call that begins; null while it is off.
  std::unique_ptr<CallContent> begin(std::string_view body);
  // `seq`: of the entry that it belongs to; rises from call to call.
  void keep(std::uint64_t seq, std::unique_ptr<CallContent> content);
  // Null: there is none.
  const CallContent* find(std::uint64_t seq) const;
  void drop(std::uint64_t seq);

  std::size_t count() const { return kept_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  bool on_ = false;
  std::size_t gathered();
  http::ListNode<CallContentTag> under_way_;
  std::map<std::uint64_t, std::unique_ptr<CallContent>> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace b3iq::agent
