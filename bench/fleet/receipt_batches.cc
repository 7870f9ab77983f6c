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

constexpr std::int64_t kCallMs = 900;  // what each receipt's call took

// The requests of all nodes, each with receipts of its own, and how many of those are accepted.
class SignedBatches final : public LoopTalk {
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

  bool used_up(std::size_t node) const override { return ahead_[node].empty(); }
  std::string_view take(std::size_t node) override {
    taken_ = std::move(ahead_[node].front());
    ahead_[node].pop_front();
    return taken_;
  }
  void accepted(std::string_view body, bool /*in_time*/) override {
    const auto answer = protocol::decode_receipt_batch_answer(body);
    std::int64_t accepted = 0;
    if (answer.ok()) {
      accepted = std::ranges::count(answer->receipts, protocol::ReceiptOutcome::accepted,
                                    &protocol::ReceiptAnswer::outcome);
    }
    receipts_ += accepted;
    receipts_refused_ += options_.batch - accepted;
  }

  std::int64_t receipts() const { return receipts_; }
  std::int64_t receipts_refused() const { return receipts_refused_; }
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
  std::string taken_;
  std::int64_t receipts_ = 0;          // accepted, and answered
  std::int64_t receipts_refused_ = 0;  // answered otherwise
  std::size_t document_bytes_ = 0;
  std::size_t signed_bytes_ = 0;
};

}  // namespace

bool bring_receipts(const ReceiptBatchOptions& options) {
  const std::int64_t signing_began = steady_ns();
  SignedBatches requests(options);
  const double signing_seconds = static_cast<double>(steady_ns() - signing_began) / 1e9;
  ClosedLoop loop(options, requests);
  const double cpu_before = cpu_seconds();
  loop.run();
  const double cpu = cpu_seconds() - cpu_before;

  std::string line;
  json::Writer out(line);
  out.begin_object();
  out.member("seconds", loop.seconds_answered());
  out.member("receipts", requests.receipts());
  out.member("receipts_refused", requests.receipts_refused());
  loop.write(out);
  out.member("document_bytes", static_cast<std::uint64_t>(requests.document_bytes()));
  out.member("signed_bytes", static_cast<std::uint64_t>(requests.signed_bytes()));
  out.member("signing_seconds", signing_seconds);
  out.member("cpu_seconds", cpu);
  out.end_object();
  print_line(line);
  return requests.receipts() > 0;
}

}  // namespace b3iq::fleet
