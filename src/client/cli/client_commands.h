// One function per command of b3iq; each returns an exit code (cli/exit_status.h).
#pragma once

#include <cstdint>
#include <string>

#include "cli/output_form.h"
#include "client/control_plane/plane_access.h"

namespace b3iq::client {

using cli::OutputForm;

inline constexpr std::int64_t kDefaultTimeoutSeconds = 600;

// What several commands take.
struct SharedOptions {
  AccessOptions access;
  std::string home;  // --home
  std::string pins;  // --pins: a list that is only read, and that alone counts
  OutputForm form = OutputForm::text;
};

int run_version(OutputForm form);

struct SealOptions {
  std::string binding;  // file of the node's transport-key binding
  std::string node;     // the node id that it must be of
  std::string model;
  std::string job;   // empty: a new one is made
  std::string body;  // file; empty or "-": standard input
  bool is_prompt = false;
  std::string out;         // the envelope's file
  std::string answer_key;  // file for what opens the answer
  OutputForm form = OutputForm::text;
};
int run_private_seal(const SealOptions& options);

struct OpenOptions {
  std::string answer_key;
  std::string answer;   // file of the envelope or of the job; empty or "-": standard input
  std::string receipt;  // file for the signed receipt; empty: none
  OutputForm form = OutputForm::text;
};
// Ends with kExitFailed when the job did: its error is printed.
int run_private_open(const OpenOptions& options);

// Which node may get a job.
struct WishOptions {
  std::string node;
  std::string max_price_wei;
  std::string privacy_class;
};

struct SendOptions {
  WishOptions wish;
  std::string model;
  std::string job;   // empty: a new one is made
  std::string body;  // file; empty or "-": standard input
  bool is_prompt = false;
  bool text = false;  // print the message's text alone
  bool no_wait = false;
  bool stream = false;  // print the message's text while it comes
  std::int64_t timeout_s = kDefaultTimeoutSeconds;
};
int run_private_send(const SharedOptions& shared, const SendOptions& options);

struct GetOptions {
  std::string job;
  bool text = false;
  bool no_wait = false;
  bool any_receipt = false;  // also an answer whose receipt does not fit
  std::int64_t timeout_s = kDefaultTimeoutSeconds;
};
// Both end with kExitFailed when the job did, or has no answer yet.
int run_private_get(const SharedOptions& shared, const GetOptions& options);

int run_private_list(const SharedOptions& shared, std::int64_t limit);
int run_private_cancel(const SharedOptions& shared, const std::string& job);

struct ProxyOptions {
  WishOptions wish;
  std::string listen;
  bool keep_evidence = false;
  std::int64_t timeout_s = kDefaultTimeoutSeconds;
};
int run_private_proxy(const SharedOptions& shared, const ProxyOptions& options);

int run_pins_list(const SharedOptions& shared);
int run_pins_forget(const SharedOptions& shared, const std::string& id_or_url);

struct BindingOptions {
  std::string file;
  std::string node;
  std::string at;  // RFC 3339; empty: now
  OutputForm form = OutputForm::text;
};
int run_verify_binding(const BindingOptions& options);

struct ReceiptOptions {
  std::string file;      // evidence, a receipt, or an answer that has one; empty: standard input
  std::string binding;   // file; needed where `file` has none
  std::string node;      // the node id that it must be of; empty: the binding's
  std::string opened;    // file: an opened answer (--json), for salt and response
  std::string request;   // file: the body, as it was sealed
  std::string response;  // file: the response, as it was sealed
  OutputForm form = OutputForm::text;
};
int run_verify_receipt(const ReceiptOptions& options);

struct LogOptions {
  std::string log_key;     // the log's verifier key
  std::string log;         // file: GET /v1/log
  std::string checkpoint;  // file
  std::string older;       // file: a checkpoint from before
  std::string tiles;       // folder with tile/…
  std::string receipt;     // file: a signed receipt, or evidence
  std::string proof;       // file: GET /v1/receipts/{hash}/proof
};
int run_verify_log(const SharedOptions& shared, const LogOptions& options);

struct LogFetchOptions {
  std::string folder;
  std::string older;    // file: a checkpoint from before; its tiles are fetched
  std::string receipt;  // a receipt's hash, 0x…
};
int run_log_fetch(const SharedOptions& shared, const LogFetchOptions& options);

}  // namespace b3iq::client
