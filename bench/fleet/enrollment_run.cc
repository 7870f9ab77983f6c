#include "enrollment_run.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "admin_calls.h"
#include "base/clock.h"
#include "figures.h"
#include "fleet_node.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/managed_paths.h"
#include "signed_request.h"

namespace b3iq::fleet {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kSilenceNs = 60 * kNsPerSecond;  // nothing came for so long: given up
constexpr std::int64_t kTransportKeyLifeMs = std::int64_t{90} * 24 * 3'600'000;
constexpr int kTries = 20;  // of one step of one node, when it is told to come later

enum class Step : std::uint8_t { token, challenge, statement, inventory };
constexpr std::size_t kSteps = 4;

// What one connection is at.
struct Seat {
  std::optional<protocol::NodeIdentity> node;
  std::int64_t number = 0;
  Step step = Step::token;
  int tries = 0;
  std::int64_t not_before_ns = 0;
  std::int64_t asked_at_ns = 0;
  std::string token;
  protocol::Challenge challenge;
};

class EnrollmentRun final : public AnswerHandler {
 public:
  explicit EnrollmentRun(const EnrollmentOptions& options)
      : options_(options),
        connections_(static_cast<std::size_t>(options.connections), *this),
        seats_(static_cast<std::size_t>(options.connections)),
        random_(base::system_random()) {
    origin_.host = options.host;
    protocol::InventoryReport report;
    report.boot_epoch = kBootEpoch;
    report.inventory = fleet_inventory();
    report.readiness = fleet_readiness();
    report_ = protocol::encode_inventory_report(report);
    for (std::size_t i = 0; i < seats_.size(); ++i) connections_.set_server(i, options.server);
  }

  bool run() {
    begun_ = last_answer_ = steady_ns();
    for (std::size_t i = 0; i < seats_.size(); ++i) next_node(i);
    while (failure_.empty() && done_ < options_.nodes) {
      connections_.wait(steady_ns() + kNsPerSecond / 100);
      const std::int64_t now = steady_ns();
      for (std::size_t i = 0; i < seats_.size(); ++i) {
        if (seats_[i].node && !connections_.busy(i) && now >= seats_[i].not_before_ns) ask(i);
      }
      if (now - last_answer_ > kSilenceNs) failure_ = "no answer for a minute";
    }
    print();
    return failure_.empty();
  }

  void answered(std::size_t index, const Answer& answer) override {
    last_answer_ = steady_ns();
    Seat& seat = seats_[index];
    if (!seat.node) return;
    if (answer.status == 429 || answer.status == 503) {
      later(seat, answer.retry_after_ms);
      return;
    }
    if (answer.status / 100 != 2) {
      fail(answer.body, answer.status);
      return;
    }
    times_[static_cast<std::size_t>(seat.step)].add_ns(last_answer_ - seat.asked_at_ns);
    take(index, seat, answer.body);
  }
  void lost(std::size_t index, bool asked) override {
    if (asked) later(seats_[index], 0);
  }

 private:
  void next_node(std::size_t index) {
    Seat& seat = seats_[index];
    seat.node.reset();
    if (begun_nodes_ == options_.nodes) return;
    seat.number = options_.first + begun_nodes_++;
    seat.node = fleet_identity(options_.salt, seat.number);
    seat.step = Step::token;
    seat.tries = 0;
    ask(index);
  }

  void take(std::size_t index, Seat& seat, std::string_view body) {
    seat.tries = 0;
    seat.not_before_ns = 0;
    switch (seat.step) {
      case Step::token:
        seat.token = token_of_answer(body);
        if (seat.token.empty()) return fail(body, 200);
        seat.step = Step::challenge;
        break;
      case Step::challenge: {
        auto challenge = protocol::decode_challenge(body);
        if (!challenge) return fail(challenge.error().detail, 200);
        seat.challenge = std::move(challenge).value();
        origin_.audience = seat.challenge.control_plane_id;
        seat.step = Step::statement;
        break;
      }
      case Step::statement:
        seat.step = Step::inventory;
        break;
      case Step::inventory:
        ++done_;
        next_node(index);
        return;
    }
    ask(index);
  }

  std::string request_of(const Seat& seat) {
    switch (seat.step) {
      case Step::token:
        return plain_request(origin_, "POST", kAdminTokensPath, token_request_body(),
                             options_.admin_credential);
      case Step::challenge: {
        protocol::ChallengeRequest ask;
        ask.node_id = seat.node->node_id();
        ask.public_key = seat.node->public_key();
        ask.enrollment_token = crypto::Secret(seat.token);
        return plain_request(origin_, "POST", protocol::kChallengesPath,
                             protocol::encode_challenge_request(ask), "");
      }
      case Step::statement: {
        const std::int64_t now = base::system_clock().wall_ms();
        protocol::EnrollmentStatement statement;
        statement.challenge_id = seat.challenge.challenge_id;
        statement.challenge_nonce = seat.challenge.nonce;
        statement.control_plane_id = seat.challenge.control_plane_id;
        statement.transport_key = protocol::bind_transport_key(
            *seat.node, fleet_transport_key(options_.salt, seat.number).public_key(), now,
            kTransportKeyLifeMs);
        statement.agent_version = kAgentVersion;
        statement.boot_epoch = kBootEpoch;
        return sign(seat, protocol::SignatureTag::enroll, "POST",
                    std::string(protocol::kEnrollmentPath),
                    protocol::encode_enrollment(statement, *seat.node));
      }
      case Step::inventory:
        return sign(seat, protocol::SignatureTag::inventory, "PUT",
                    protocol::inventory_path(seat.node->node_id()), report_);
    }
    return {};
  }

  std::string sign(const Seat& seat, protocol::SignatureTag tag, std::string_view method,
                   std::string path, std::string body) {
    return signed_request(origin_, {tag, method, std::move(path), std::move(body)},
                          first_sequence(base::system_clock().wall_ms()), *seat.node, random_);
  }

  void ask(std::size_t index) {
    Seat& seat = seats_[index];
    seat.asked_at_ns = steady_ns();
    if (!connections_.send(index, request_of(seat))) later(seat, 0);
  }

  void later(Seat& seat, std::int64_t ms) {
    ++come_later_;
    if (++seat.tries > kTries) failure_ = "told to come later too often";
    seat.not_before_ns = steady_ns() + std::max<std::int64_t>(100, ms) * 1'000'000;
  }

  void fail(std::string_view body, int status) {
    if (failure_.empty()) failure_ = std::to_string(status) + ": " + std::string(body);
  }

  void print() {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("nodes", done_);
    out.member("seconds", static_cast<double>(steady_ns() - begun_) / 1e9);
    out.member("control_plane_id", origin_.audience.text());
    out.member("come_later", come_later_);
    out.member("failure", failure_);
    constexpr std::array<std::string_view, kSteps> kNames = {"token_ms", "challenge_ms",
                                                             "statement_ms", "inventory_ms"};
    for (std::size_t i = 0; i < kSteps; ++i) times_[i].write(out, kNames[i]);
    out.member("cpu_seconds", cpu_seconds());
    out.end_object();
    print_line(line);
  }

  const EnrollmentOptions& options_;
  Origin origin_;
  Connections connections_;
  std::vector<Seat> seats_;
  base::BufferedRandom random_;
  std::string report_;
  std::array<Durations, kSteps> times_;
  std::int64_t begun_ = 0;
  std::int64_t last_answer_ = 0;
  std::int64_t begun_nodes_ = 0;
  std::int64_t done_ = 0;
  std::int64_t come_later_ = 0;
  std::string failure_;
};

}  // namespace

bool enroll_fleet(const EnrollmentOptions& asked) {
  EnrollmentOptions options = asked;
  options.connections = std::min(options.connections, options.nodes);
  return EnrollmentRun(options).run();
}

}  // namespace b3iq::fleet
