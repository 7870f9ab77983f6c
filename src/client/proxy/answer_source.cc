#include "client/proxy/answer_source.h"

#include "base/log.h"
#include "protocol/error_json.h"

namespace b3iq::client {

using base::Result;
using base::Task;

AnswerSource::AnswerSource(std::unique_ptr<BegunAnswer> answer, std::string request_id,
                           base::UniqueFunction<void(const JobEvidence&)> kept,
                           base::UniqueFunction<void()> ended)
    : answer_(std::move(answer)),
      request_id_(std::move(request_id)),
      kept_(std::move(kept)),
      ended_(std::move(ended)) {}

AnswerSource::~AnswerSource() { ended_(); }

// In the stream, without a [DONE]: nobody takes it for a whole answer. The detail may quote what
// was asked: it is for the caller alone.
std::string_view AnswerSource::fail(const base::Error& error) {
  base::log(base::LogLevel::error, "proxy.stream_failed",
            {{"code", base::error_info(error.code).wire_name}});
  failed_ = true;
  error_ = "data: " + protocol::openai_error_body(error, request_id_) + "\n\n";
  return error_;
}

Task<Result<std::string_view>> AnswerSource::next() {
  if (failed_) co_return std::string_view();
  auto piece = co_await answer_->next();
  if (!piece.ok()) co_return fail(piece.error());
  if (const auto evidence = answer_->take_evidence()) kept_(*evidence);
  if (piece->empty() || !answer_->was_cut()) co_return piece;
  base::log(base::LogLevel::warn, "proxy.stream_cut",
            {{"detail", "The rest came with the sealed answer."}});
  co_return piece;
}

}  // namespace b3iq::client
