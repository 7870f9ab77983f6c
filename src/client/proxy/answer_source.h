// A private answer's stream as the body that an OpenAI client reads. Destroyed early (the caller
// went away), it cancels the job.
#pragma once

#include <memory>
#include <string>

#include "base/unique_function.h"
#include "client/jobs/begun_answer.h"
#include "http/message.h"

namespace b3iq::client {

class AnswerSource final : public http::BodySource {
 public:
  // `kept`: called with what proves the job, once it is whole. `ended`: when this goes.
  AnswerSource(std::unique_ptr<BegunAnswer> answer, std::string request_id,
               base::UniqueFunction<void(const JobEvidence&)> kept,
               base::UniqueFunction<void()> ended);
  ~AnswerSource() override;

  base::Task<base::Result<std::string_view>> next() override;

 private:
  std::string_view fail(const base::Error& error);

  std::unique_ptr<BegunAnswer> answer_;
  const std::string request_id_;
  base::UniqueFunction<void(const JobEvidence&)> kept_;
  base::UniqueFunction<void()> ended_;
  std::string error_;
  bool failed_ = false;
};

}  // namespace b3iq::client
