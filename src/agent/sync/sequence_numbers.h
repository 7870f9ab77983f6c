// The sequence numbers of signed requests: rising for each tag, never used twice, whatever ends the
// process. A block of them is on disk as used before the first is given out. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>

#include "agent/sync/enrollment_record.h"
#include "base/clock.h"
#include "base/task.h"

namespace b3iq::agent {

// Numbers of one block: at a heartbeat every 15 s a block lasts for four hours.
inline constexpr std::int64_t kSequenceBlock = 1'000;

class SequenceNumbers {
 public:
  // Makes a tag's mark durable.
  using Save =
      std::function<base::Task<base::Status>(protocol::SignatureTag tag, std::int64_t mark)>;

  // `marks`: as the last process left them, zeros for none. `clock` outlives it: the first number
  // of each tag is also above those that a lost or older copy of the marks may hide
  // (protocol::next_sequence).
  SequenceNumbers(const SequenceMarks& marks, const base::Clock& clock, Save save)
      : marks_(marks), last_(marks), clock_(clock), save_(std::move(save)) {}

  // Above every one before. Errors: those of `save`; conflict when the numbers are used up.
  base::Task<base::Result<std::int64_t>> next(protocol::SignatureTag tag);
  // Numbers up to `seen` are used, the other side says: the next one is above.
  void raise(protocol::SignatureTag tag, std::int64_t seen);

 private:
  SequenceMarks marks_;  // on disk, or on their way there: no number above is given out
  SequenceMarks last_;   // given out
  std::array<bool, protocol::kSignatureTags> begun_{};
  const base::Clock& clock_;
  Save save_;
};

}  // namespace b3iq::agent
