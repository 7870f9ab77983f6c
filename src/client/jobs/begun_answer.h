// An answer that has begun to come as a stream: its pieces as they come, and its end once the
// sealed answer was opened, its receipt checked, and it says what was streamed. One loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/jobs/answer_stream.h"
#include "client/jobs/customer_jobs.h"
#include "client/jobs/streamed_content.h"

namespace b3iq::client {

class BegunAnswer {
 public:
  // `jobs` and the source of `cancel` outlive it. `first`: the stream's first piece, which next()
  // gives first. `deadline_ns`: steady.
  BegunAnswer(CustomerJobs& jobs, SentJob sent, std::unique_ptr<AnswerStream> stream,
              std::string first, std::int64_t deadline_ns, IfLeft if_left,
              base::CancelToken cancel);
  BegunAnswer(const BegunAnswer&) = delete;
  BegunAnswer& operator=(const BegunAnswer&) = delete;
  // Before its end: the job is cancelled, or left.
  ~BegunAnswer();

  // The next events, until the next call; "" behind the end. The last ones are held back until the
  // answer was checked; what a stream lacks that was cut is given from the answer. Errors end it:
  // corrupt, loudly, where pieces or the answer were manipulated or say different things;
  // receipt_rejected; why the node did not complete it; deadline_exceeded; cancelled.
  base::Task<base::Result<std::string_view>> next();
  // Of an answer that was checked, once.
  std::optional<JobEvidence> take_evidence() { return std::exchange(evidence_, std::nullopt); }
  // Where the stream had no end, and the rest was given from the answer.
  bool was_cut() const { return was_cut_; }

 private:
  enum class State : std::uint8_t { first, streaming, ending, ended };
  base::Task<base::Result<std::string_view>> pull();
  base::Task<base::Result<std::string_view>> finish();
  base::Result<std::string_view> end_of(const FinishedJob& finished);

  CustomerJobs& jobs_;
  const SentJob sent_;
  std::unique_ptr<AnswerStream> stream_;
  const std::int64_t deadline_ns_;
  const IfLeft if_left_;
  const base::CancelToken cancel_;
  State state_ = State::first;
  bool job_ended_ = false;
  bool was_cut_ = false;
  StreamedContent content_;
  std::string out_;  // in clear
  std::optional<JobEvidence> evidence_;
};

}  // namespace b3iq::client
