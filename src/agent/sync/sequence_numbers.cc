#include "agent/sync/sequence_numbers.h"

#include <algorithm>

#include "protocol/request_judgement.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

Task<Result<std::int64_t>> SequenceNumbers::next(protocol::SignatureTag tag) {
  const auto index = static_cast<std::size_t>(tag);
  if (last_.at(index) >= protocol::kMaxSequence - kSequenceBlock) {
    co_return Error(ErrorCode::conflict,
                    "The sequence numbers of this enrollment are used up. Unenroll and enroll "
                    "again.");
  }
  const auto number =
      begun_[index] ? last_[index] + 1 : protocol::next_sequence(last_[index], clock_.wall_ms());
  begun_[index] = true;
  last_[index] = number;
  if (number <= marks_[index]) co_return number;
  const auto mark = number + kSequenceBlock - 1;
  CO_TRY_OK(co_await save_(tag, mark));
  marks_[index] = std::max(marks_[index], mark);
  co_return number;
}

void SequenceNumbers::raise(protocol::SignatureTag tag, std::int64_t seen) {
  auto& last = last_.at(static_cast<std::size_t>(tag));
  last = std::max(last, std::min(seen, protocol::kMaxSequence - kSequenceBlock));
}

}  // namespace b3iq::agent
