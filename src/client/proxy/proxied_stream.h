// What an OpenAI client reads that asked for a stream: it may begin before the job has an answer,
// and says that it is alive while nothing comes. Destroyed early (the caller went away), it cancels
// the job.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/unique_function.h"
#include "client/proxy/chat_job.h"
#include "http/message.h"

namespace b3iq::client {

// A comment of the event stream; nobody takes it for an event.
inline constexpr std::string_view kKeepAlive = ": keep-alive\n\n";

class ProxiedStream final : public http::BodySource {
 public:
  struct Rules {
    std::string request_id;
    std::int64_t keep_alive_ms = 0;                       // silence between two signs of life
    base::UniqueFunction<void(const JobEvidence&)> keep;  // what proves a job that is whole
  };
  // `gone`: fires when the caller goes away; its source outlives this.
  ProxiedStream(std::shared_ptr<ChatJob> job, base::CancelToken gone, Rules rules);
  ~ProxiedStream() override;

  base::Task<base::Result<std::string_view>> next() override;

 private:
  std::string_view whole_or_failed();
  std::string_view piece(const base::Result<std::string_view>& piece);
  std::string_view fail(const base::Error& error);

  const std::shared_ptr<ChatJob> job_;
  Rules rules_;
  base::CancelCallback gone_;
  std::string out_;
  bool is_pulling_ = false;
  bool ended_ = false;
};

// The caller's key is right; it is the customer's token that the control plane does not take.
base::Error told_to_client(const base::Error& error);

// A whole answer as the events of a stream. Errors: the job's own.
base::Result<std::string> events_of(const FinishedJob& job, bool include_usage);

}  // namespace b3iq::client
