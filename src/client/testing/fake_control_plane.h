// For tests: a control plane with nodes behind it, on real sockets, that keeps to the protocol or
// breaks it in one named way.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/http_fixture.h"
#include "protocol/control_plane_identity.h"
#include "protocol/private/answer_sealer.h"
#include "protocol/private/request_opener.h"
#include "protocol/transparency/receipt_log_entry.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client::testing {

// What a node does with a job.
enum class Does : std::uint8_t {
  answers,
  fails,            // without an answer; nothing is billed
  fails_billed,     // the same, and its price was debited
  refuses_request,  // a sealed error that is the caller's fault
  holds,            // never answers
  answers_slowly,   // waits for go_on(), and streams nothing
  alters,           // one bit of its answer is another
  answers_another,  // the answer of the job before
  lies_in_receipt,  // its receipt is about something else
  streams,          // answers, and streams the same
  streams_slowly,   // the same; behind the first piece it waits for go_on()
  streams_another,  // streams something else than it answers
  breaks_off,       // streams a piece and then fails, which is billed
};

// What the control plane does with a stream on its way.
enum class Relays : std::uint8_t {
  honestly,
  cutting,     // the first piece alone, and says that this was all
  hanging_up,  // each connection ends behind one piece
  reordering,
  doubling,
  altering,
  nothing,   // as a control plane that knows no streams
  refusing,  // no stream now; with Retry-After where `retry_after_ms` is set
};

struct FakeNode {
  protocol::NodeIdentity identity = protocol::NodeIdentity::generate(base::system_random());
  protocol::TransportKey key = protocol::TransportKey::generate(base::system_random());
  std::uint64_t price = 100;
  Does does = Does::answers;
  bool lies = false;  // as lies_in_receipt, besides
  // Instead of the usual ones, where they are given: the response, and the stream's data as it is
  // cut into pieces.
  std::string response;
  std::vector<std::string> pieces;
  std::string failure;             // why it fails without an answer, a stable code
  std::int64_t broken_tokens = 0;  // of the receipt of a job that it breaks off; 0: none
  protocol::SignedTransportKeyBinding binding;

  explicit FakeNode(Does what = Does::answers, std::uint64_t wei = 100);
};

class FakeControlPlane {
 public:
  FakeControlPlane();
  ~FakeControlPlane() { stop(); }
  // Behind it nothing may be changed but through on_loop().
  void start();
  void stop();
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server.port()); }

  std::string seen_body(const std::string& job);  // what the node has opened
  std::string status_of(const std::string& job);
  int posts() { return read(posts_); }
  int cancels() { return read(cancels_); }
  std::string last_job();
  int streams() { return read(streams_); }
  // What its node still held back.
  void go_on(const std::string& job);

  http::fixture::TestServer server;
  std::vector<std::unique_ptr<FakeNode>> nodes;
  protocol::ControlPlaneIdentity identity =
      protocol::ControlPlaneIdentity::generate(base::system_random());
  crypto::Ed25519SecretKey log_key = crypto::Ed25519SecretKey::generate(base::system_random());
  std::string customer =
      protocol::CustomerId::make(1'795'253'400'123, base::system_random()).text();
  std::string token;
  // Of the next posts, as many are queued and their answers lost.
  int lose_answers = 0;
  Relays relays = Relays::honestly;
  std::int64_t retry_after_ms = 0;
  // Of the next connections to a stream, as many are refused; then it relays honestly.
  int refuse_streams = 0;
  // Steady times of the connections to streams.
  std::vector<std::int64_t> streamed_at_ms();

 private:
  struct Outcome {
    std::string status = "queued";
    std::string billing = "reserved";
    std::string answer;  // envelope
    std::vector<std::string> frames;
    std::string failure;
  };
  struct Job : Outcome {
    std::string node_id;
    std::string model;
    std::string opened;  // the request's body
    std::optional<Outcome> later;
  };
  class Stream;
  using Answer = base::Task<base::Result<http::Response>>;

  int read(const int& counter);
  void add_routes();
  base::Status check_credential(const http::Request& request) const;
  Answer candidates(http::Request& request);
  Answer queue(http::Request& request);
  Answer show(http::Request& request);
  Answer stream(http::Request& request);
  Answer cancel(http::Request& request);
  Answer list(http::Request& request);
  void work(FakeNode& node, const std::string& id, Job& job,
            const protocol::SealedEnvelope& envelope);
  static std::vector<std::string> stream_of(const protocol::AnswerSealer& sealer,
                                            const FakeNode& node);
  static std::string broken_answer(const protocol::AnswerSealer& sealer, const FakeNode& node,
                                   std::string_view request);
  std::vector<std::string> relayed(std::vector<std::string> frames) const;
  static std::string text_of(const std::string& id, const Job& job);

  std::map<std::string, Job> jobs_;
  std::string last_answer_;
  std::string last_job_;
  int posts_ = 0;
  int cancels_ = 0;
  int streams_ = 0;
  std::vector<std::int64_t> streamed_at_ms_;
};

}  // namespace b3iq::client::testing
