#include "receipt_batches.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "figures.h"
#include "fleet_node.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/receipt_batch.h"

namespace b3iq::fleet {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kPatienceNs = 20 * kNsPerSecond;  // for the last answers
constexpr std::int64_t kTickNs = 1'000'000;
constexpr std::int64_t kCallMs = 900;  // what each receipt's call took

// The requests of all nodes, each with receipts of its own.
class SignedBatches {
 public:
  explicit SignedBatches(const ReceiptBatchOptions& options)
      : options_(options),
        nodes_(fleet_identities(options.salt, options.first, options.nodes)),
        ahead_(nodes_.size()),
        random_(base::system_random()) {
    const double wanted = options.seconds * static_cast<double>(options.signed_per_second);
    const auto of_a_node =
        static_cast<std::int64_t>(wanted / static_cast<double>(options.nodes * options.batch) + 1);
    const std::int64_t first = first_sequence(base::system_clock().wall_ms());
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      for (std::int64_t i = 0; i < of_a_node; ++i)
        ahead_[node].push_back(request(nodes_[node], first + i));
    }
  }

  bool used_up(std::size_t node) const { return ahead_[node].empty(); }
  std::string take(std::size_t node) {
    std::string bytes = std::move(ahead_[node].front());
    ahead_[node].pop_front();
    return bytes;
  }
  std::size_t nodes() const { return nodes_.size(); }
  // Of the last one: what its signature is made over, and its signed document.
  std::size_t document_bytes() const { return document_bytes_; }
  std::size_t signed_bytes() const { return signed_bytes_; }

 private:
  protocol::OutgoingReceipt receipt(const protocol::NodeIdentity& node) {
    protocol::Receipt made;
    const std::int64_t now_ms = base::system_clock().wall_ms();
    made.node_id = node.node_id();
    made.job_id = protocol::JobId::make(now_ms, random_);
    made.model_id = made.model_profile_id = "llama3.1:8b";
    made.runtime_kind = "embedded";
    made.usage = {123, 456};
    made.started_at_ms = now_ms - kCallMs;
    made.completed_at_ms = now_ms;
    random_.fill(made.content_commitment);
    const auto encoded = protocol::encode_receipt(made);
    auto document = protocol::sign_encoded_receipt(encoded.document, node);
    signed_bytes_ = protocol::kReceiptType.size() + 1 + encoded.document.size();
    document_bytes_ = document.size();
    return {protocol::receipt_hash_text(encoded.hash), std::move(document)};
  }
  std::string request(const protocol::NodeIdentity& node, std::int64_t sequence) {
    std::vector<protocol::OutgoingReceipt> receipts;
    receipts.reserve(static_cast<std::size_t>(options_.batch));
    for (std::int64_t i = 0; i < options_.batch; ++i) receipts.push_back(receipt(node));
    const Call call{protocol::SignatureTag::receipts, "POST",
                    protocol::receipts_path(node.node_id()),
                    protocol::encode_receipt_batch(receipts)};
    return signed_request(options_.origin, call, sequence, node, random_);
  }

  const ReceiptBatchOptions& options_;
  const std::vector<protocol::NodeIdentity> nodes_;
  std::vector<std::deque<std::string>> ahead_;  // of each node
  base::BufferedRandom random_;
  std::size_t document_bytes_ = 0;
  std::size_t signed_bytes_ = 0;
};

class Bringing final : public AnswerHandler {
 public:
  Bringing(const ReceiptBatchOptions& options, SignedBatches& requests)
      : options_(options),
        requests_(requests),
        connections_(static_cast<std::size_t>(options.connections), *this),
        asked_at_(static_cast<std::size_t>(options.connections)),
        turn_(static_cast<std::size_t>(options.connections)) {
    for (std::size_t i = 0; i < asked_at_.size(); ++i) {
      connections_.set_server(i, options.server);
      turn_[i] = i;
      idle_.push_back(i);
    }
  }

  void run() {
    begun_ = last_answer_ = steady_ns();
    deadline_ = begun_ + static_cast<std::int64_t>(options_.seconds * kNsPerSecond);
    ask_all();
    while (steady_ns() < deadline_ && (open_ > 0 || !idle_.empty())) {
      connections_.wait(steady_ns() + kTickNs);
      ask_all();
    }
    const std::int64_t patience = steady_ns() + kPatienceNs;
    while (open_ > 0 && steady_ns() < patience) connections_.wait(steady_ns() + kTickNs);
    outcomes_.lost += open_;
  }

  bool print(double signing_seconds, double cpu) {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("seconds", static_cast<double>(last_answer_ - begun_) / 1e9);
    out.member("receipts", receipts_);
    out.member("receipts_refused", receipts_refused_);
    outcomes_.write(out);
    out.member("ran_out", ran_out_);
    out.member("document_bytes", static_cast<std::uint64_t>(requests_.document_bytes()));
    out.member("signed_bytes", static_cast<std::uint64_t>(requests_.signed_bytes()));
    latency_.write(out, "latency_ms");
    out.member("signing_seconds", signing_seconds);
    out.member("cpu_seconds", cpu);
    out.end_object();
    print_line(line);
    return receipts_ > 0;
  }

  void answered(std::size_t connection, const Answer& answer) override {
    last_answer_ = steady_ns();
    --open_;
    if (answer.status == 200) {
      ++outcomes_.accepted;
      count(answer.body);
      latency_.add_ns(last_answer_ - asked_at_[connection]);
    } else {
      outcomes_.refuse(answer.status, answer.body);
    }
    idle_.push_back(connection);
  }
  void lost(std::size_t connection, bool asked) override {
    if (options_.until_lost) deadline_ = std::min(deadline_, steady_ns());
    if (!asked) return;
    --open_;
    ++outcomes_.lost;
    idle_.push_back(connection);
  }

 private:
  void count(std::string_view body) {
    const auto answer = protocol::decode_receipt_batch_answer(body);
    std::int64_t accepted = 0;
    if (answer.ok()) {
      accepted = std::ranges::count(answer->receipts, protocol::ReceiptOutcome::accepted,
                                    &protocol::ReceiptAnswer::outcome);
    }
    receipts_ += accepted;
    receipts_refused_ += options_.batch - accepted;
  }

  void ask_all() {
    while (!idle_.empty() && steady_ns() < deadline_) {
      const std::size_t connection = idle_.front();
      idle_.pop_front();
      ask(connection);
    }
  }

  // Each connection takes its own nodes in turn: a node's requests come in the order of their
  // sequences.
  void ask(std::size_t connection) {
    const std::size_t node = turn_[connection];
    turn_[connection] += asked_at_.size();
    if (turn_[connection] >= requests_.nodes()) turn_[connection] = connection;
    if (requests_.used_up(node)) {
      ran_out_ = true;
      deadline_ = std::min(deadline_, steady_ns());
      return;
    }
    asked_at_[connection] = steady_ns();
    if (connections_.send(connection, requests_.take(node))) {
      ++open_;
    } else {
      ++outcomes_.lost;
      if (options_.until_lost) deadline_ = std::min(deadline_, steady_ns());
      idle_.push_back(connection);
    }
  }

  const ReceiptBatchOptions& options_;
  SignedBatches& requests_;
  Connections connections_;
  std::vector<std::int64_t> asked_at_;
  std::vector<std::size_t> turn_;  // of each connection: its next node
  std::deque<std::size_t> idle_;
  std::int64_t begun_ = 0;
  std::int64_t deadline_ = 0;
  std::int64_t last_answer_ = 0;
  std::int64_t open_ = 0;
  std::int64_t receipts_ = 0;          // accepted, and answered
  std::int64_t receipts_refused_ = 0;  // answered otherwise
  bool ran_out_ = false;
  Outcomes outcomes_;  // of requests
  Durations latency_;  // of a request
};

}  // namespace

bool bring_receipts(const ReceiptBatchOptions& asked) {
  ReceiptBatchOptions options = asked;
  options.connections = std::min(options.connections, options.nodes);
  const std::int64_t signing_began = steady_ns();
  SignedBatches requests(options);
  const double signing_seconds = static_cast<double>(steady_ns() - signing_began) / 1e9;
  const double cpu_before = cpu_seconds();
  Bringing run(options, requests);
  run.run();
  return run.print(signing_seconds, cpu_seconds() - cpu_before);
}

}  // namespace b3iq::fleet
