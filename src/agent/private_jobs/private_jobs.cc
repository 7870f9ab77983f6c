#include "agent/private_jobs/private_jobs.h"

#include "agent/private_jobs/job_stream.h"
#include "agent/private_jobs/opened_job_store.h"
#include "base/bytes.h"
#include "crypto/secret.h"
#include "dialects/openai_chat.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using inference::Finish;
using protocol::AnswerStatus;
using protocol::CommandOutcome;
using protocol::CommandPhase;

namespace {

// What stands around the response in a sealed answer.
constexpr std::size_t kMaxAnswerFrameBytes = protocol::kMaxReceiptBytes + 1024;
constexpr std::size_t kMaxResponseBytes = protocol::kMaxPrivateAnswerBytes - kMaxAnswerFrameBytes;
constexpr std::size_t kCachePartitionBytes = 32;

// A text that leaves nothing behind in memory that is given back.
class WipedAtEnd {
 public:
  explicit WipedAtEnd(std::string& text) : text_(text) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { crypto::wipe(text_.data(), text_.size()); }

 private:
  std::string& text_;
};

// The node cannot do it, whatever the request says: told to the control plane. The others are the
// customer's business.
bool is_the_nodes(ErrorCode code) {
  return base::error_info(code).http_status >= 500 || code == ErrorCode::model_not_found ||
         code == ErrorCode::model_not_allowed || code == ErrorCode::rate_limited ||
         code == ErrorCode::cancelled;
}

// Details may quote the request or the runtime.
Error without_detail(const Error& error) {
  if (error.code == ErrorCode::model_not_allowed) {
    return Error(error.code,
                 "The owner does not allow the job's model for the network and for paid calls. "
                 "Allow both on the page Models.");
  }
  return Error(error.code, std::string(base::error_info(error.code).title));
}

std::string error_text(const Error& error) {
  const auto& info = base::error_info(error.code);
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("status", info.http_status);
  w.member("title", info.title);
  w.member("detail", error.detail);
  w.member("code", info.wire_name);
  if (!error.param.empty()) w.member("param", error.param);
  w.end_object();
  return out;
}

// Answers in our own words, also where a runtime speaks the dialect: nothing of the runtime shows,
// and what is sealed is JSON for certain.
std::string response_text(ChatCall& call, const inference::ChatAnswer& answer) {
  return make_writer(dialects::openai_chat(), call)->whole(answer, "");
}

PrivateJobTerms terms_of(const protocol::PrivateInferenceArguments& arguments, base::Random& random,
                         const ModelPostures& postures) {
  std::array<std::uint8_t, kCachePartitionBytes> partition;
  random.fill(partition);
  return {arguments.job_id,
          arguments.model_id,
          arguments.policy_version,
          arguments.privacy_class,
          base::to_base64url(partition),
          &postures};
}

}  // namespace

struct PrivateJobs::Job {
  protocol::OpenedRequest opened;
  PrivateJobTerms terms;
  JobDeadline deadline;
  std::optional<StreamWish> stream;
  const CommandProgress& progress;
};

Task<Result<protocol::OpenedRequest>> PrivateJobs::open(
    const protocol::PrivateInferenceArguments& arguments) {
  CO_TRY(const auto keys, co_await needs_.store.opening_keys(needs_.chat.clock.wall_ms()));
  std::vector<const protocol::TransportKey*> usable{&keys.current};
  if (keys.old) usable.push_back(&*keys.old);
  const protocol::ExpectedRequest expected{arguments.client_job_id, needs_.chat.identity.node_id(),
                                           arguments.model_id};
  CO_TRY(auto opened, protocol::open_request(usable, arguments.envelope, expected));
  // Before anything is done with it.
  auto note = [&arguments](storage::Transaction& tx) {
    return insert_opened_job(tx, arguments.envelope.client_public_key, arguments.job_id.text(),
                             kMaxOpenedJobs);
  };
  CO_TRY_OK(co_await needs_.database.write(std::move(note)));
  co_return opened;
}

Task<Result<CommandOutcome>> PrivateJobs::run(const protocol::PrivateInferenceArguments& arguments,
                                              CommandTimes times, CommandProgress& progress,
                                              base::CancelToken cancel) {
  progress.phase = CommandPhase::preparing;
  CO_TRY(auto opened, co_await open(arguments));
  progress.phase = CommandPhase::running;
  auto terms = terms_of(arguments, needs_.chat.random, needs_.postures);
  const auto left_ms = times.expires_at_ms - times.now_ms;
  const auto stream = stream_wish_of(opened.document.root());
  Job job{std::move(opened),
          std::move(terms),
          {cancel, needs_.wake, left_ms, watching_},
          stream,
          progress};
  co_return co_await answer(job);
}

Task<PrivateJobs::Outcome> PrivateJobs::answer(Job& job) {
  auto decoded = dialects::openai_chat().decode(job.opened.body);
  if (!decoded.ok()) co_return not_done(job, decoded.error());
  if (decoded->model != job.terms.model_id) {
    const Error other(ErrorCode::invalid_request,
                      "The request's model is another than the job's. Name the same one in both.",
                      "model");
    co_return not_done(job, other);
  }
  Principal principal;
  principal.job = &job.terms;
  http::Request from;
  from.path = kPrivateJobPath;
  from.request_id = job.terms.job_id.text();
  from.started_ns = needs_.chat.clock.steady_ns();
  from.cancel = job.deadline.token();
  from.loop = &needs_.loop;
  auto accepting = ChatCall::accept(needs_.chat, principal, std::move(decoded).value(), from);
  auto accepted = co_await std::move(accepting);
  if (!accepted.ok()) co_return not_done(job, accepted.error());
  if (job.stream) co_return co_await answer_streamed(job, **accepted);
  co_return co_await answer_accepted(job, **accepted);
}

Task<PrivateJobs::Outcome> PrivateJobs::answer_accepted(Job& job, ChatCall& call) {
  auto chat = co_await run_whole(call, AnswerForm::typed);
  co_return co_await tell(job, call, chat, nullptr);
}

Task<PrivateJobs::Outcome> PrivateJobs::answer_streamed(Job& job, ChatCall& call) {
  const protocol::ChunkPadding padding{job.stream->block_bytes};
  JobStream stream(call, needs_.frames, job.terms.job_id,
                   job.opened.sealer.seal_stream(padding, needs_.chat.random), *job.stream);
  auto chat = co_await run_whole(call, AnswerForm::typed, &stream);
  auto outcome = co_await tell(job, call, chat, &stream);
  // Nobody reads the stream of a job that was stopped.
  const bool is_read = chat.status.ok() || chat.status.error().code != ErrorCode::cancelled;
  if (is_read) ending_.insert_or_assign(&job.progress, stream.leave());
  co_return outcome;
}

Task<void> PrivateJobs::brought(const CommandProgress& progress) {
  const auto found = ending_.find(&progress);
  if (found == ending_.end()) co_return;
  co_await found->second->brought(needs_.wake.now_ms() + kStreamBroughtMs);
  ending_.erase(&progress);
}

Task<PrivateJobs::Outcome> PrivateJobs::tell(Job& job, ChatCall& call, WholeChat& chat,
                                             JobStream* stream) {
  const WipedAtEnd text(chat.answer.text);
  const WipedAtEnd reasoning(chat.answer.reasoning);
  const WipedAtEnd relayed(chat.answer.body);
  if (!chat.status.ok()) co_return co_await end_early(job, call, chat, stream);
  auto body = response_text(call, chat.answer);
  const WipedAtEnd wiped(body);
  if (body.size() > kMaxResponseBytes) {
    chat.status = Error(ErrorCode::payload_too_large,
                        "The answer is larger than a sealed answer can be. Ask for a shorter one.");
    co_return co_await end_early(job, call, chat, stream);
  }
  if (stream != nullptr) stream->end(chat.answer);
  co_return co_await finish(job, call, AnswerStatus::completed, body, chat);
}

// What was produced is paid for, and the customer is told why there is no more.
Task<PrivateJobs::Outcome> PrivateJobs::end_early(Job& job, ChatCall& call, WholeChat& chat,
                                                  JobStream* stream) {
  auto error = call.told(chat.status.error());
  if (job.deadline.passed() && error.code == ErrorCode::cancelled) {
    error = Error(ErrorCode::deadline_exceeded,
                  "The job's time was over before its answer was whole. Ask for a shorter one.");
  }
  if (stream != nullptr) stream->fail(error);
  if (chat.used.total_tokens() == 0) co_return not_done(job, error);
  call.note_error(error.code);
  const bool cut = chat.status.error().code == ErrorCode::cancelled;
  chat.answer.finish = cut ? Finish::cancelled : Finish::error;
  const auto status =
      error.code == ErrorCode::cancelled ? AnswerStatus::cancelled : AnswerStatus::failed;
  auto body = error_text(error);
  const WipedAtEnd wiped(body);
  co_return co_await finish(job, call, status, body, chat);
}

PrivateJobs::Outcome PrivateJobs::not_done(Job& job, const Error& error) {
  needs_.chat.metrics.errors(error.code).add();
  if (is_the_nodes(error.code)) return without_detail(error);
  auto body = error_text(error);
  const WipedAtEnd wiped(body);
  protocol::PrivateInferenceOutcome outcome;
  TRY(outcome.envelope,
      job.opened.sealer.seal({AnswerStatus::failed, body, std::nullopt}, needs_.chat.random,
                             protocol::BodyCheck::known_good));
  return CommandOutcome(std::move(outcome));
}

// The receipt first: what is sealed is accounted for.
Task<PrivateJobs::Outcome> PrivateJobs::finish(Job& job, ChatCall& call, AnswerStatus status,
                                               std::string_view body, const WholeChat& chat) {
  call.delivered(body);
  const auto ended = co_await call.finish(chat.answer.finish, chat.used);
  if (!ended.ok()) co_return without_detail(ended.error());
  const auto& receipt = *call.job_receipt();
  const auto document = protocol::encode_receipt(receipt).document;
  const auto signature = protocol::sign_receipt(document, needs_.chat.identity);
  const auto signed_document = protocol::with_signature(document, signature);
  protocol::PrivateInferenceOutcome outcome;
  const protocol::JobAnswer answer{status, body,
                                   protocol::AnswerReceipt{signed_document, call.salt()}};
  auto sealed = job.opened.sealer.seal(answer, needs_.chat.random, protocol::BodyCheck::known_good);
  if (!sealed.ok()) co_return without_detail(sealed.error());
  outcome.envelope = std::move(sealed).value();
  outcome.receipt = protocol::SignedReceipt{receipt, signature};
  co_return CommandOutcome(std::move(outcome));
}

}  // namespace b3iq::agent
