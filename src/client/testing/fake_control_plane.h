// For tests: a control plane with nodes behind it, on real sockets, that keeps to the protocol or
// breaks it in one named way.
#pragma once

#include <map>
#include <memory>
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
  alters,           // one bit of its answer is another
  answers_another,  // the answer of the job before
  lies_in_receipt,  // its receipt is about something else
};

struct FakeNode {
  protocol::NodeIdentity identity = protocol::NodeIdentity::generate(base::system_random());
  protocol::TransportKey key = protocol::TransportKey::generate(base::system_random());
  std::uint64_t price = 100;
  Does does = Does::answers;
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

 private:
  struct Job {
    std::string node_id;
    std::string model;
    std::string status = "queued";
    std::string billing = "reserved";
    std::string answer;  // envelope
    std::string opened;  // the request's body
  };
  using Answer = base::Task<base::Result<http::Response>>;

  int read(const int& counter);
  void add_routes();
  base::Status check_credential(const http::Request& request) const;
  Answer candidates(http::Request& request);
  Answer queue(http::Request& request);
  Answer show(http::Request& request);
  Answer cancel(http::Request& request);
  Answer list(http::Request& request);
  void work(FakeNode& node, const std::string& id, Job& job,
            const protocol::SealedEnvelope& envelope);
  static std::string text_of(const std::string& id, const Job& job);

  std::map<std::string, Job> jobs_;
  std::string last_answer_;
  std::string last_job_;
  int posts_ = 0;
  int cancels_ = 0;
};

}  // namespace b3iq::client::testing
