// The last calls of models, and the last refusals, in memory: what they were, how they ended, what
// they used. A call enters when it has ended. Refusals have a part of the room of their own, and
// those of one account with one code that follow each other are one entry with a count, so a flood
// of them pushes out no call. Once its memory is there, an entry takes no allocation.
// Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/request_log/kept_content.h"
#include "agent/request_log/logged_request.h"
#include "base/random.h"

namespace b3iq::agent {

// Of the entries, refusals have one in kRefusalShare.
inline constexpr std::size_t kRefusalShare = 4;
// Refusals that are one entry began within this time, and no more than so many others came between.
inline constexpr std::int64_t kCoalesceMs = 60'000;
inline constexpr std::size_t kCoalesceBack = 32;

// A ring of entries whose memory comes in blocks, as it fills for the first time.
class EntryRing {
 public:
  explicit EntryRing(std::size_t capacity) : capacity_(capacity) {}
  // The place of a new entry; holds the one that it replaces, or one with seq 0.
  LoggedRequest& next();
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  // 0: the newest.
  LoggedRequest& newest(std::size_t back) const;

 private:
  static constexpr std::size_t kBlock = 64;
  LoggedRequest& at(std::size_t index) const { return blocks_[index / kBlock][index % kBlock]; }
  std::size_t capacity_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<LoggedRequest[]>> blocks_;
};

class RequestLog {
 public:
  // Keeps `entries` in all; 0 keeps none.
  RequestLog(std::size_t entries, base::Random& random);

  // A call has ended. `content` may be null.
  void add_call(const CallFacts& facts, std::unique_ptr<CallContent> content);
  // Something was refused before it was a call; it has no id yet.
  void add_refusal(CallFacts facts);

  struct Query {
    std::uint64_t before_seq = 0;  // 0: from the newest
    std::size_t limit = 50;
    std::optional<CallOutcome> outcome;
    std::string account, model;  // "" : all
  };
  // Newest first. The entries are valid until the next one is added.
  std::vector<const LoggedRequest*> list(const Query& query) const;
  // Null: there is none.
  const LoggedRequest* find(std::string_view id) const;

  std::size_t kept() const { return calls_.size() + refusals_.size(); }
  std::size_t max_kept() const { return calls_.capacity() + refusals_.capacity(); }
  KeptContent& content() { return content_; }
  const KeptContent& content() const { return content_; }

 private:
  LoggedRequest* same_refusal(const CallFacts& facts) const;

  base::Random& random_;
  EntryRing refusals_;
  EntryRing calls_;
  std::uint64_t next_seq_ = 1;
  KeptContent content_;
};

}  // namespace b3iq::agent
