#include "agent/request_log/request_log.h"

namespace b3iq::agent {

LoggedRequest& EntryRing::next() {
  if (next_ == blocks_.size() * kBlock)
    blocks_.push_back(std::make_unique<LoggedRequest[]>(kBlock));
  LoggedRequest& entry = at(next_);
  if (++next_ == capacity_) next_ = 0;
  if (size_ < capacity_) ++size_;
  return entry;
}

LoggedRequest& EntryRing::newest(std::size_t back) const {
  const auto from_start = next_ + capacity_ - 1 - back;
  return at(from_start >= capacity_ ? from_start - capacity_ : from_start);
}

RequestLog::RequestLog(std::size_t entries, base::Random& random)
    : random_(random),
      refusals_(entries / kRefusalShare),
      calls_(entries - entries / kRefusalShare) {}

void RequestLog::add_call(const CallFacts& facts, std::unique_ptr<CallContent> content) {
  if (calls_.capacity() == 0) return;
  LoggedRequest& entry = calls_.next();
  if (content_.on()) content_.drop(entry.seq);
  entry.take(facts);
  entry.seq = next_seq_++;
  if (content) content_.keep(entry.seq, std::move(content));
}

LoggedRequest* RequestLog::same_refusal(const CallFacts& facts) const {
  const auto until = std::min(refusals_.size(), kCoalesceBack);
  for (std::size_t back = 0; back < until; ++back) {
    auto& entry = refusals_.newest(back);
    if (entry.error == facts.error && entry.account() == facts.account &&
        entry.operation == facts.operation && entry.model() == facts.model) {
      const auto age_ms = facts.at_ms - entry.at_ms;
      return age_ms >= 0 && age_ms < kCoalesceMs ? &entry : nullptr;
    }
  }
  return nullptr;
}

void RequestLog::add_refusal(CallFacts facts) {
  if (refusals_.capacity() == 0) return;
  if (auto* same = same_refusal(facts)) {
    const std::string id(same->id());
    const auto begun_ms = same->at_ms;
    const auto count = same->count;
    facts.id = id;
    same->take(facts);
    same->at_ms = begun_ms;
    same->count = count + 1;
    return;
  }
  const auto id = base::make_ulid(facts.at_ms, random_);
  facts.id = id;
  LoggedRequest& entry = refusals_.next();
  entry.take(facts);
  entry.seq = next_seq_++;
}

std::vector<const LoggedRequest*> RequestLog::list(const Query& query) const {
  const auto wanted = [&query](const LoggedRequest& entry) {
    return (query.before_seq == 0 || entry.seq < query.before_seq) &&
           (!query.outcome || entry.outcome == *query.outcome) &&
           (query.account.empty() || entry.account() == query.account) &&
           (query.model.empty() || entry.model() == query.model);
  };
  std::vector<const LoggedRequest*> found;
  std::size_t call = 0;
  std::size_t refusal = 0;
  while (found.size() < query.limit && (call < calls_.size() || refusal < refusals_.size())) {
    const auto* of_calls = call < calls_.size() ? &calls_.newest(call) : nullptr;
    const auto* of_refusals = refusal < refusals_.size() ? &refusals_.newest(refusal) : nullptr;
    const bool take_call =
        of_calls != nullptr && (of_refusals == nullptr || of_calls->seq > of_refusals->seq);
    const auto* entry = take_call ? of_calls : of_refusals;
    ++(take_call ? call : refusal);
    if (wanted(*entry)) found.push_back(entry);
  }
  return found;
}

const LoggedRequest* RequestLog::find(std::string_view id) const {
  for (const auto* ring : {&calls_, &refusals_}) {
    for (std::size_t back = 0; back < ring->size(); ++back) {
      const auto& entry = ring->newest(back);
      if (entry.id() == id) return &entry;
    }
  }
  return nullptr;
}

}  // namespace b3iq::agent
