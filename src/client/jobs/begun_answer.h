// An answer that has begun to come as a stream: its pieces as they come, and its end once the
// sealed answer was opened, its receipt checked, and it says what was streamed. One loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "client/jobs/answer_stream.h"
#include "client/jobs/customer_jobs.h"
#include "client/jobs/streamed_content.h"

namespace b3iq::client {

// A token is a byte of text at least, but for a few that show nothing.
inline constexpr std::int64_t kUnseenTokens = 16;
struct Overcount {
  std::int64_t completion_tokens = 0;  // of the receipt
  std::int64_t streamed_bytes = 0;     // of text, reasoning and calls of tools, in clear
};

class BegunAnswer {
 public:
  // `jobs` and the source of `cancel` outlive it. `first`: the stream's first piece. `deadline_ns`:
  // steady.
  BegunAnswer(CustomerJobs& jobs, SentJob sent, std::unique_ptr<AnswerStream> stream,
              std::string_view first, std::int64_t deadline_ns, IfLeft if_left,
              base::CancelToken cancel);
  BegunAnswer(const BegunAnswer&) = delete;
  BegunAnswer& operator=(const BegunAnswer&) = delete;
  // Before its end: the job is cancelled, or left.
  ~BegunAnswer();

  // The next events, whole ones, until the next call; "" behind the end. The last ones are held
  // back until the answer was checked; what a stream lacks that was cut is given from the answer.
  // Errors end it: corrupt, loudly, where pieces or the answer were manipulated or say different
  // things; upstream_failed for a stream that cannot be compared; receipt_rejected; why the node
  // did not complete it; deadline_exceeded; cancelled.
  base::Task<base::Result<std::string_view>> next();
  // The answer that was checked, behind the end; null before.
  const FinishedJob* finished() const { return finished_ ? &*finished_ : nullptr; }
  // Of an answer that was checked, once.
  std::optional<JobEvidence> take_evidence();
  // Where the stream had no end, and the rest was given from the answer.
  bool was_cut() const { return was_cut_; }
  // Of a job that was not completed: where its receipt counts far more than was streamed.
  std::optional<Overcount> overcount() const { return overcount_; }

 private:
  enum class State : std::uint8_t { first, streaming, ending, ended };
  base::Task<base::Result<std::string_view>> pull();
  base::Status add(std::string_view piece);
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
  crypto::SecretText out_;
  std::optional<FinishedJob> finished_;
  std::optional<Overcount> overcount_;
};

}  // namespace b3iq::client
