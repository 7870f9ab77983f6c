#include "saturation.h"

#include <vector>

#include "figures.h"
#include "fleet_node.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::fleet {
namespace {

// The heartbeats of all nodes.
class Heartbeats final : public LoopTalk {
 public:
  explicit Heartbeats(SignedRequests& requests) : requests_(requests) {}

  bool used_up(std::size_t node) const override { return requests_.used_up(node); }
  std::string_view take(std::size_t node) override { return requests_.take(node).bytes; }
  void accepted(std::string_view /*body*/, bool in_time) override {
    if (in_time) ++in_time_;
  }
  std::int64_t in_time() const { return in_time_; }

 private:
  SignedRequests& requests_;
  std::int64_t in_time_ = 0;
};

}  // namespace

bool saturate(const SaturationOptions& options) {
  const std::int64_t signing_began = steady_ns();
  const auto nodes = fleet_identities(options.salt, options.first, options.nodes);
  std::vector<Call> calls;
  calls.reserve(nodes.size());
  const std::string body = fleet_heartbeat();
  for (const auto& node : nodes) {
    calls.push_back({protocol::SignatureTag::heartbeat, "POST",
                     protocol::heartbeats_path(node.node_id()), body});
  }
  SignedRequests requests(options.origin, nodes, std::move(calls));
  const double per_second = static_cast<double>(options.rate > 0 ? options.rate + options.rate / 10
                                                                 : options.signed_per_second);
  const auto wanted = static_cast<std::int64_t>(options.seconds * per_second);
  requests.prepare(static_cast<std::size_t>(wanted / options.nodes + 2));
  const double signing_seconds = static_cast<double>(steady_ns() - signing_began) / 1e9;

  Heartbeats heartbeats(requests);
  ClosedLoop loop(options, heartbeats);
  const double cpu_before = cpu_seconds();
  loop.run();
  const double cpu = cpu_seconds() - cpu_before;

  std::string line;
  json::Writer out(line);
  out.begin_object();
  out.member("seconds", loop.seconds_asked());
  out.member("accepted_in_time", heartbeats.in_time());
  loop.write(out);
  out.member("signing_seconds", signing_seconds);
  out.member("cpu_seconds", cpu);
  out.end_object();
  print_line(line);
  return loop.accepted() > 0;
}

}  // namespace b3iq::fleet
