#include "sim_node.h"

#include <algorithm>

#include "protocol/messages/enrollment.h"
#include "protocol/messages/heartbeat.h"

namespace b3iq::control::sim {

using base::ErrorCode;
using base::Result;
using base::Task;
using protocol::CommandKind;
using protocol::SignatureTag;

namespace {

constexpr std::int64_t kHeartbeatMs = 15'000;
constexpr std::int64_t kAtOnce = 4;  // commands that it takes
constexpr std::int64_t kKeyLifeMs = std::int64_t{300} * 24 * 3'600'000;
constexpr std::int64_t kPatienceMs = 8'000;

}  // namespace

SimNode::SimNode(SimWorld& world)
    : world_(world),
      identity_(protocol::NodeIdentity::generate(world.dice())),
      clock_(world.time()) {
  keys_.push_back(protocol::TransportKey::generate(world.dice()));
  world.books().know_node(id().text(), identity_.public_key());
}

protocol::VerifiedRequest SimNode::request() {
  sequence_ = protocol::next_sequence(sequence_, clock_.wall_ms());
  return {id(), sequence_, clock_.wall_ms() / 1'000};
}

std::function<void(bool taken)> SimNode::once(std::string what) {
  return [this, what = std::move(what), times = std::make_shared<int>(0)](bool taken) {
    if (taken && ++*times > 1) world_.books().fail("one request was taken twice: " + what);
  };
}

// Of this life: it does not happen when the node has died meanwhile.
void SimNode::life_timer(std::int64_t delay_ms, std::function<void()> act) {
  world_.timer(delay_ms, [this, life = life_, act = std::move(act)] {
    if (is_up_ && life == life_) act();
  });
}

void SimNode::enroll_now(SimReplica& replica) {
  auto work = [](SimReplica& on, SimNode& node) -> Task<void> {
    auto made = co_await on.tokens.create(TokenSpec(), "operator");
    if (made.ok()) node.enroll_again(std::string(made->secret.reveal_text()));
  };
  base::detach(work(replica, *this));
  while (!is_enrolled_ && world_.time().run_next()) {
  }
}

// Two exchanges, as with a real control plane, beside the network.
void SimNode::enroll_again(const std::string& token) {
  const auto epoch = boot_epoch_ + 1;
  auto handle = [this, token, epoch](SimReplica& r) -> Task<Result<bool>> {
    protocol::ChallengeRequest asked{id(), identity_.public_key(), crypto::Secret(token)};
    CO_TRY(const auto body, co_await r.enrollments.challenge(std::move(asked)));
    CO_TRY(const auto challenge, protocol::decode_challenge(body));
    protocol::EnrollmentStatement statement;
    statement.challenge_id = challenge.challenge_id;
    statement.challenge_nonce = challenge.nonce;
    statement.control_plane_id = challenge.control_plane_id;
    statement.transport_key = protocol::bind_transport_key(identity_, keys_.back().public_key(),
                                                           clock_.wall_ms(), kKeyLifeMs);
    statement.agent_version = "1.0.0";
    statement.boot_epoch = epoch;
    const auto signed_body = protocol::encode_enrollment(statement, identity_);
    CO_TRY(const auto read, protocol::decode_enrollment(signed_body, clock_.wall_ms()));
    const auto verified = request();
    protocol::ManagedErrorFacts facts;
    const SignedAct act{SignatureTag::enroll, verified, epoch, &facts};
    CO_TRY([[maybe_unused]] const auto answer,
           co_await r.enrollments.enroll(act, read, signed_body));
    co_return true;
  };
  auto done = [this, epoch](const Result<bool>& enrolled) {
    if (!enrolled.ok()) return;
    boot_epoch_ = std::max(boot_epoch_, epoch);
    is_enrolled_ = true;
  };
  world_.local<Result<bool>>(handle, done);
}

void SimNode::start() {
  life_timer(world_.dice().between(0, 500), [this] { heartbeat(); });
  life_timer(world_.dice().between(0, 500), [this] { poll(); });
  for (auto& [command_id, work] : works_) {
    // What was done and not taken is brought under the next lease; receipts are brought anyhow.
    if (!work.later.empty()) bring_receipts(command_id, 0);
  }
}

void SimNode::crash() {
  if (!is_up_) return;
  is_up_ = false;
  ++life_;
  held_.clear();
  streams_.clear();
  is_sending_frames_ = false;
  cursor_ = 0;
  world_.timer(world_.dice().between(200, 60'000), [this] {
    is_up_ = true;
    ++boot_epoch_;
    start();
  });
}

void SimNode::jump_clock() {
  clock_.set_offset_ms(std::max<std::int64_t>(
      0, world_.control_clock().offset_ms() + world_.dice().between(-400'000, 400'000)));
}

void SimNode::heartbeat() {
  protocol::Heartbeat beat;
  beat.boot_epoch = boot_epoch_;
  beat.status = protocol::NodeStatus::ready;
  beat.agent_version = "1.0.0";
  auto handle = [body = protocol::encode_heartbeat(beat),
                 verified = request()](SimReplica& r) -> Task<Result<protocol::HeartbeatAnswer>> {
    CO_TRY(const auto read, protocol::decode_heartbeat(body));
    protocol::ManagedErrorFacts facts;
    co_return co_await r.heartbeats.record(verified, read, facts);
  };
  world_.call<Result<protocol::HeartbeatAnswer>>(handle, nullptr, nullptr);
  life_timer(world_.about(kHeartbeatMs), [this] { heartbeat(); });
}

void SimNode::poll() {
  auto& dice = world_.dice();
  protocol::PollRequest asked;
  asked.boot_epoch = boot_epoch_;
  asked.wait_seconds = held_.empty() ? dice.between(0, 25) : dice.between(0, 5);
  asked.cursor = cursor_;
  asked.max = free_places();
  asked.kinds = {CommandKind::private_inference, CommandKind::rotate_transport_key};
  for (const auto& [command_id, held] : held_) {
    if (asked.held.size() >= protocol::kMaxHeldCommands) break;
    // It may name it once more.
    if (held.is_lost && dice.percent(80)) continue;
    asked.held.push_back(
        {protocol::CommandId::trusted(command_id), held.token, held.phase, held.done, 0});
  }
  auto handle = [body = protocol::encode_poll(asked),
                 verified = request()](SimReplica& r) -> Task<Result<std::string>> {
    CO_TRY(const auto read, protocol::decode_poll(body));
    protocol::ManagedErrorFacts facts;
    const SignedAct act{SignatureTag::poll, verified, read.boot_epoch, &facts};
    CO_TRY(const auto answer, co_await r.dispatch.poll(act, read, base::CancelToken()));
    co_return protocol::encode_poll_answer(answer);
  };
  const auto number = ++polls_;
  auto taken = [this, number, life = life_](const Result<std::string>& answer) {
    if (!is_up_ || life != life_ || number != polls_) return;
    ++polls_;  // its patience is over with it
    if (answer.ok()) {
      const auto read = protocol::decode_poll_answer(*answer);
      if (!read.ok()) return world_.books().fail("a poll's answer cannot be read");
      take_poll(*read);
    }
    life_timer(answer.ok() ? world_.dice().between(5, 400) : world_.dice().between(500, 15'000),
               [this] { poll(); });
  };
  world_.call<Result<std::string>>(handle, nullptr, taken);
  life_timer(asked.wait_seconds * 1'000 + kPatienceMs, [this, number] {
    if (number == polls_) poll();
  });
}

std::int64_t SimNode::free_places() const {
  const auto lost =
      std::ranges::count_if(held_, [](const auto& one) { return one.second.is_lost; });
  return std::max<std::int64_t>(0, kAtOnce + lost - std::ssize(held_));
}

void SimNode::take_poll(const protocol::PollAnswer& answer) {
  cursor_ = answer.cursor;
  if (!answer.unreadable.empty() || answer.skipped != 0)
    world_.books().fail("a node was given a command that it cannot read");
  for (const auto& lease : answer.leases) take_lease(lease);
  for (const auto& leased : answer.commands) take_command(leased);
}

void SimNode::take_lease(const protocol::HeldLease& lease) {
  world_.meet("lease: " + std::string(protocol::wire_name(lease.state)));
  if (lease.state == protocol::LeaseState::held) return;
  const auto& id = lease.command_id.text();
  const auto at = held_.find(id);
  if (at == held_.end() || at->second.is_lost) return;
  if (lease.state == protocol::LeaseState::done) {
    held_.erase(at);
    return;
  }
  at->second.is_lost = true;
  // Where it did not hear, it goes on to the end.
  if (!world_.dice().percent(70)) return;
  const bool in_time = world_.dice().percent(90);
  life_timer(in_time ? world_.dice().between(0, 5'000) : world_.dice().between(60'000, 200'000),
             [this, id] { stop(id); });
}

// What was made until now, or nothing.
void SimNode::stop(const std::string& command_id) {
  auto& work = works_.at(command_id);
  if (work.stage != Stage::begun || work.begun_in != life_) return;
  if (!std::holds_alternative<protocol::PrivateInferenceArguments>(work.arguments)) return;
  work.is_stopped = true;
  finish(command_id);
}

// A command is done once: what was done before is brought again, and what a crash took is lost.
void SimNode::take_command(const protocol::LeasedCommand& leased) {
  auto& dice = world_.dice();
  const auto& id = leased.command_id.text();
  held_[id] = {leased.lease_token, protocol::CommandPhase::waiting, 0};
  const auto [at, is_new] = works_.try_emplace(id);
  auto& work = at->second;
  if (!is_new && work.stage != Stage::begun) return bring_result(id, 0);
  if (!is_new && work.begun_in == life_) return;
  if (is_new) {
    work.command_id = leased.command_id;
    work.arguments = leased.arguments;
    work.begun_at_ms = clock_.wall_ms();
    work.begun_in = life_;
    if (std::holds_alternative<protocol::PrivateInferenceArguments>(work.arguments) &&
        dice.percent(60))
      begin_stream(work);
    life_timer(dice.between(10, 1'500), [this, id] {
      if (held_.contains(id)) held_[id].phase = protocol::CommandPhase::running;
    });
    // Some take longer than a lease, and some never end.
    if (dice.percent(2)) return;
    return life_timer(dice.percent(4) ? dice.between(60'000, 400'000) : dice.between(50, 12'000),
                      [this, id] { finish(id); });
  }
  if (dice.percent(20)) return;  // it says nothing more of it
  work.stage = Stage::done;
  auto result = result_of(work);
  result.outcome = protocol::CommandFailure{ErrorCode::internal, "The node was restarted."};
  work.document = protocol::sign_command_result(result, identity_);
  bring_result(id, 0);
}

void SimNode::finish(const std::string& command_id) {
  auto& work = works_.at(command_id);
  if (work.stage != Stage::begun) return;
  work.stage = Stage::done;
  if (const auto stream = streams_.find(command_id); stream != streams_.end()) {
    if (world_.dice().percent(90)) make_piece(stream->second, Piece::last);
    stream->second.has_ended = true;
  }
  if (std::holds_alternative<protocol::RotateTransportKeyArguments>(work.arguments)) {
    rotate(work);
  } else {
    answer_job(work);
  }
  if (held_.contains(command_id)) bring_result(command_id, 0);
  if (!work.later.empty())
    life_timer(world_.dice().between(0, 90'000),
               [this, command_id] { bring_receipts(command_id, 0); });
  if (world_.dice().percent(3)) bring_evidence();
}

void SimNode::bring_result(const std::string& command_id, int tries) {
  constexpr int kTries = 12;
  const auto at = held_.find(command_id);
  if (at == held_.end() || tries > kTries) return;
  const auto& work = works_.at(command_id);
  auto token = at->second.token;
  // One that it never had.
  if (world_.dice().per_mille(world_.faults().hostile / 4))
    token = protocol::LeaseToken::make(world_.dice());
  world_.books().node_sends(command_id, token.text(), work.document);
  auto handle = [body = protocol::encode_result_request(token, work.document), command_id,
                 key = identity_.public_key(),
                 verified = request()](SimReplica& r) -> Task<Result<protocol::ResultAnswer>> {
    CO_TRY(const auto sent, protocol::decode_result_request(body, key));
    protocol::ManagedErrorFacts facts;
    const SignedAct act{SignatureTag::result, verified, std::nullopt, &facts};
    co_return co_await r.dispatch.result(act, command_id, sent);
  };
  auto promised = [this, once = once("result")](const Result<protocol::ResultAnswer>& answer) {
    once(answer.ok());
    world_.meet("result", answer);
    if (answer.ok())
      world_.books().promised_command(answer->command_id.text(),
                                      protocol::wire_name(answer->state));
  };
  auto taken = [this, command_id, life = life_](const Result<protocol::ResultAnswer>& answer) {
    if (!is_up_ || life != life_) return;
    const bool done = answer.ok() || answer.error().code == ErrorCode::conflict ||
                      answer.error().code == ErrorCode::not_found;
    if (done) works_.at(command_id).stage = Stage::taken;
    if (done || answer.error().code == ErrorCode::lease_lost) held_.erase(command_id);
  };
  world_.call<Result<protocol::ResultAnswer>>(handle, promised, taken);
  life_timer(world_.dice().between(1'000, 15'000), [this, command_id, tries] {
    if (works_.at(command_id).stage == Stage::done) bring_result(command_id, tries + 1);
  });
}

void SimNode::submit(std::vector<protocol::OutgoingReceipt> receipts, std::function<void()> heard) {
  using Answer = protocol::ReceiptBatchAnswer;
  auto handle = [body = protocol::encode_receipt_batch(receipts), key = identity_.public_key(),
                 verified = request()](SimReplica& r) -> Task<Result<Answer>> {
    CO_TRY(auto read, protocol::decode_receipt_batch(body));
    protocol::ManagedErrorFacts facts;
    co_return co_await r.intake.take(verified, key, std::move(read), facts);
  };
  auto promised = [this, once = once("receipts")](const Result<Answer>& answer) {
    once(answer.ok());
    if (!answer.ok()) return;
    for (const auto& one : answer->receipts) {
      world_.meet("receipt by itself: " + std::string(protocol::wire_name(one.outcome)));
      if (one.outcome != protocol::ReceiptOutcome::refused)
        world_.books().promised_receipt(protocol::receipt_hash_text(one.receipt_hash),
                                        protocol::wire_name(one.status), one.log_index);
    }
  };
  auto taken = [heard = std::move(heard), this, life = life_](const Result<Answer>& answer) {
    if (answer.ok() && is_up_ && life == life_) heard();
  };
  world_.call<Result<Answer>>(handle, promised, taken);
}

void SimNode::bring_receipts(const std::string& command_id, int tries) {
  constexpr int kTries = 8;
  const auto& later = works_.at(command_id).later;
  if (later.empty() || tries > kTries) return;
  submit(later, [this, command_id] { works_.at(command_id).later.clear(); });
  life_timer(world_.dice().between(2'000, 40'000),
             [this, command_id, tries] { bring_receipts(command_id, tries + 1); });
}

}  // namespace b3iq::control::sim
