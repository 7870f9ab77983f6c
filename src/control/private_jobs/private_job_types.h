// Private jobs as the control plane keeps them: who asked whom for what, what it may cost, what
// became of it. Prompt and answer are sealed; nothing here can open them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/commands/command_types.h"
#include "control/ledger/ledger_types.h"
#include "control/private_jobs/job_state.h"
#include "protocol/ids.h"
#include "protocol/messages/command.h"
#include "protocol/receipt.h"
#include "protocol/sealed_envelope.h"

namespace b3iq::control {

// A job that has not ended by then is expired: queued, leased or at work.
inline constexpr std::int64_t kPrivateJobLifeMs = 3'600'000;
// An answer waits so long for a receipt that counts.
inline constexpr std::int64_t kReceiptWindowMs = 600'000;
// What should have ended by itself is ended by the recovery so long after: a lease that was renewed
// in the job's last moment has run out by then, and a stop that was asked for in the lease's.
inline constexpr std::int64_t kStaleMarginMs = protocol::kDefaultLeaseMs + kStopWindowMs + 60'000;
// Envelopes of an ended job are kept so long.
inline constexpr std::int64_t kEnvelopesKeptMs = 7 * std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kMinEnvelopesKeptMs = 3'600'000;  // whatever an operator asks
// A sealed stream can be read again so long after its job's end; its answer for longer.
inline constexpr std::int64_t kFramesKeptMs = 600'000;
// … and where nothing is billed, so long: its readers have had it, and nobody has paid for the
// room.
inline constexpr std::int64_t kUnbilledFramesKeptMs = 60'000;
// Of all frames of a stream, as text: 4 MiB of data in base64url with its padding, many times over
// for small pieces.
inline constexpr std::int64_t kMaxStreamBytes = std::int64_t{32} * 1024 * 1024;
// Of all streams of a node that are kept; above it no more of its frames are taken.
inline constexpr std::int64_t kMaxStreamBytesOfNode = std::int64_t{256} * 1024 * 1024;
inline constexpr std::int64_t kIdempotencyKeptMs = std::int64_t{24} * 3'600'000;
inline constexpr std::int64_t kMaxOpenJobsOfCustomer = 1'000;
inline constexpr std::int64_t kMaxJobsPerPage = 200;
inline constexpr std::int64_t kMaxJobWaitSeconds = 25;
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;
// A sealed request of the largest size in base64url, and what stands around it.
inline constexpr std::size_t kMaxJobBodyBytes = protocol::kMaxSealedRequestBytes / 3 * 4 + 8192;

// Strictly read: nothing else can have been in the body.
struct JobRequest {
  protocol::ClientJobId client_job_id;  // empty: the server's id stands for it
  protocol::NodeId node_id;
  std::string model_id;
  std::optional<Amount> max_price;
  protocol::PrivacyClass privacy_class = protocol::PrivacyClass::private_transport;
  protocol::SealedEnvelope envelope;
};
// The body of POST /v1/private-inference/jobs. Errors: invalid_json, invalid_request and
// invalid_encrypted_request naming the member; unimplemented for a privacy class that is not
// offered, with what it lacks.
base::Result<JobRequest> read_job_request(std::string_view body);

struct PrivateJob {
  protocol::JobId id;  // the server's: stands in the receipt and in the ledger
  std::string customer_id;
  std::string client_job_id;  // what the customer calls it; of one customer
  protocol::NodeId node_id;
  std::string model_id;
  protocol::CommandId command_id;
  std::string key_id;
  crypto::X25519PublicKey client_public_key;
  std::string privacy_class;  // wire name
  JobStatus status = JobStatus::queued;
  std::string failure;         // why it did not complete: words of ours or a code; "" for none
  std::string policy_version;  // of the quote: governs the price
  Amount quoted;               // what was reserved
  Amount payout;               // the node's part: of the quote, then of the price
  bool price_capped = false;   // the receipt's tokens would have cost more than was reserved
  std::string receipt_hash;    // of the accepted receipt
  std::int64_t created_at_ms = 0;
  std::int64_t changed_at_ms = 0;                   // of its status
  std::int64_t completed_at_ms = 0;                 // 0 while open
  std::int64_t purged_at_ms = 0;                    // 0 while its envelopes are there
  BillingStatus billing = BillingStatus::unbilled;  // of its hold
};

// With its envelopes, as JSON texts; "" where there is none (any more).
struct JobWithEnvelopes {
  PrivateJob job;
  std::string request;
  std::string response;
  bool is_stopping = false;  // its customer asked, and its node's last word is waited for
};

// How far the sealed stream of a command's job is known to have come.
struct StreamProgress {
  std::string command_id;
  std::int64_t next_frame = 0;
};

struct JobQuery {
  std::string customer_id;  // "" for all
  std::optional<JobStatus> status;
  std::string before_id;     // server ids before this one; "" from the newest
  std::int64_t limit = 100;  // 1 to kMaxJobsPerPage
};

// Errors: invalid_request when it is empty, too long or not printable ASCII.
base::Status check_idempotency_key(std::string_view key);

// One text for what is not there and for what is another customer's.
base::Error no_such_job();

}  // namespace b3iq::control
