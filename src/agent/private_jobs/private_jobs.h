// Private jobs (docs/protocol/private-transport.md): a sealed request is opened, run as a local
// chat is run, and answered sealed, its receipt durable before. What is in it leaves this process
// only for the runtime and sealed; no log, metric, trace or file has any of it. Loop thread only.
#pragma once

#include <map>
#include <memory>

#include "agent/local_api/chat_call.h"
#include "agent/local_api/whole_chat.h"
#include "agent/models/model_posture.h"
#include "agent/private_jobs/frame_outbox.h"
#include "agent/private_jobs/job_deadline.h"
#include "agent/sync/command_work.h"
#include "agent/sync/enrollment_store.h"
#include "protocol/private/request_opener.h"
#include "storage/database.h"

namespace b3iq::agent {

class JobStream;

// Told as a sealed stream too, while it is made, where its request asks for one: what of it was
// brought, and whether, changes nothing else.
class PrivateJobs {
 public:
  // All of it outlives this.
  struct Needs {
    ChatContext& chat;
    const ModelPostures& postures;
    EnrollmentStore& store;
    storage::Database& database;
    WakeClock& wake;
    http::EventLoop& loop;
    FrameOutbox& frames;
  };
  explicit PrivateJobs(const Needs& needs) : needs_(needs) {}

  // The sealed answer and the receipt, whether the job was done, refused or broken off. Errors,
  // without anything of the request in their texts: it cannot be opened (invalid_encrypted_request,
  // transport_key_unknown, envelope_replayed), or this node cannot do it at all (model_not_found,
  // model_not_allowed, overloaded, runtime_unreachable, …); cancelled before anything was produced.
  base::Task<base::Result<protocol::CommandOutcome>> run(
      const protocol::PrivateInferenceArguments& arguments, CommandTimes times,
      CommandProgress& progress, base::CancelToken cancel);
  // Behind run() with the same `progress`: waits a little for the last frames of the job's stream.
  base::Task<void> brought(const CommandProgress& progress);
  bool idle() const { return watching_ == 0; }

 private:
  using Outcome = base::Result<protocol::CommandOutcome>;
  struct Job;
  base::Task<base::Result<protocol::OpenedRequest>> open(
      const protocol::PrivateInferenceArguments& arguments);
  base::Task<Outcome> answer(Job& job);
  base::Task<Outcome> answer_accepted(Job& job, ChatCall& call);
  base::Task<Outcome> answer_streamed(Job& job, ChatCall& call);
  base::Task<Outcome> tell(Job& job, ChatCall& call, WholeChat& chat, JobStream* stream);
  base::Task<Outcome> end_early(Job& job, ChatCall& call, WholeChat& chat, JobStream* stream);
  Outcome not_done(Job& job, const base::Error& error);
  base::Task<Outcome> finish(Job& job, ChatCall& call, protocol::AnswerStatus status,
                             std::string_view body, const WholeChat& chat);

  Needs needs_;
  int watching_ = 0;
  // Streams that have ended and are not brought yet, by the progress of their runs.
  std::map<const CommandProgress*, std::unique_ptr<OutgoingStream>> ending_;
};

}  // namespace b3iq::agent
