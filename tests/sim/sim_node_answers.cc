// SimNode: what a node answers, rightly and wrongly.
#include "sim_node.h"

namespace b3iq::control::sim {

using base::ErrorCode;
using protocol::CommandKind;

protocol::CommandResult SimNode::result_of(const Work& work) const {
  protocol::CommandResult result;
  result.node_id = id();
  result.control_plane_id = world_.identity().id();
  result.command_id = work.command_id;
  result.kind = protocol::kind_of(work.arguments);
  result.started_at_ms = work.begun_at_ms;
  result.completed_at_ms = std::max(work.begun_at_ms, clock_.wall_ms());
  return result;
}

void SimNode::rotate(Work& work) {
  if (keys_.size() > 1) keys_.erase(keys_.begin());
  keys_.push_back(protocol::TransportKey::generate(world_.dice()));
  constexpr std::int64_t kLifeMs = std::int64_t{300} * 24 * 3'600'000;
  auto result = result_of(work);
  result.outcome =
      protocol::CommandOutcome(protocol::RotateTransportKeyOutcome{protocol::bind_transport_key(
          identity_, keys_.back().public_key(), clock_.wall_ms(), kLifeMs)});
  work.document = protocol::sign_command_result(result, identity_);
}

protocol::Receipt SimNode::receipt_for(const protocol::PrivateInferenceArguments& job,
                                       std::int64_t begun_at_ms) {
  auto& dice = world_.dice();
  protocol::Receipt receipt;
  receipt.node_id = id();
  receipt.job_id = job.job_id;
  receipt.model_id = job.model_id;
  receipt.model_profile_id = "Llama-3.1-8B-Q4";  // its own name of the model
  receipt.runtime_kind = "embedded";
  receipt.dispatch_mode = protocol::DispatchMode::private_job;
  receipt.privacy_class = job.privacy_class;
  receipt.usage = {dice.between(0, 2'000), dice.between(0, 2'000)};
  receipt.policy_version = job.policy_version;
  receipt.started_at_ms = begun_at_ms;
  receipt.completed_at_ms = std::max(begun_at_ms, clock_.wall_ms());
  dice.fill(receipt.content_commitment);
  return receipt;
}

void SimNode::spoil(protocol::Receipt& receipt) {
  auto& dice = world_.dice();
  switch (dice.between(0, 8)) {
    case 0:
      receipt.policy_version = "prices-777";
      break;
    case 1:
      receipt.dispatch_mode = protocol::DispatchMode::local;
      break;
    case 2:
      receipt.privacy_class = protocol::PrivacyClass::none;
      break;
    case 3:
      receipt.job_id = protocol::JobId::make(clock_.wall_ms(), dice);
      break;
    case 4:
      receipt.usage.prompt_tokens = protocol::kMaxReceiptTokens / 2;
      break;
    case 5:
      receipt.started_at_ms = std::max<std::int64_t>(1, receipt.started_at_ms - 3'600'000);
      break;
    case 6:
      receipt.completed_at_ms += 3'600'000;
      break;
    case 7:
      receipt.model_id = "another";
      break;
    default:
      receipt.model_profile_id = "/home/me/model";
  }
}

protocol::OutgoingReceipt SimNode::outgoing(const protocol::Receipt& receipt) const {
  const auto encoded = protocol::encode_receipt(receipt);
  return {protocol::receipt_hash_text(encoded.hash),
          protocol::sign_encoded_receipt(encoded.document, identity_)};
}

void SimNode::answer_job(Work& work) {
  auto& dice = world_.dice();
  const auto& job = std::get<protocol::PrivateInferenceArguments>(work.arguments);
  auto result = result_of(work);
  protocol::PrivateInferenceOutcome outcome;
  outcome.envelope = job.envelope;
  outcome.envelope.ciphertext.assign(64, 9);
  auto receipt = receipt_for(job, work.begun_at_ms);
  const bool hostile = dice.per_mille(world_.faults().hostile);
  const auto how = hostile ? dice.between(1, 11) : 0;
  if (work.is_stopped) {
    receipt.finish = protocol::ReceiptFinish::cancelled;
    receipt.usage.completion_tokens = dice.between(0, receipt.usage.completion_tokens);
  }
  const auto right = outgoing(receipt);
  if (how == 1) receipt.finish = protocol::ReceiptFinish::cancelled;
  if (how == 2) receipt.finish = protocol::ReceiptFinish::error;
  if (how == 3) receipt.usage = {90'000'000, 90'000'000};
  if (how == 4 || how == 5) {
    spoil(receipt);
    // The right one may follow.
    if (dice.percent(70)) work.later.push_back(right);
  }
  if (how == 6) outcome.envelope.client_public_key.bytes = draw_client_key(dice);
  if (how == 7) {  // the same by itself, before or behind its result
    submit({right}, [] {});
    work.later.push_back(right);
  }
  if (how == 8) {  // another one for the same job
    auto second = receipt;
    second.usage.completion_tokens += 1;
    work.later.push_back(outgoing(second));
    if (dice.percent(50)) submit({outgoing(second)}, [] {});
  }
  const auto encoded = protocol::encode_receipt(receipt);
  outcome.receipt = {receipt, protocol::sign_receipt(encoded.document, identity_)};
  if (how == 9) outcome.receipt.reset();
  if (how == 11) dice.fill(outcome.receipt->signature.bytes);
  result.outcome = protocol::CommandOutcome(std::move(outcome));
  if (how == 10)
    result.outcome =
        protocol::CommandFailure{ErrorCode::invalid_encrypted_request, "It cannot be opened."};
  if (work.is_stopped && dice.percent(30))
    result.outcome = protocol::CommandFailure{ErrorCode::cancelled, "Stopped."};
  work.document = protocol::sign_command_result(result, identity_);
}

// Of a call that no job of the control plane stands behind.
void SimNode::bring_evidence() {
  protocol::PrivateInferenceArguments none;
  none.model_id = "llama3.1:8b";
  none.job_id = protocol::JobId::make(clock_.wall_ms(), world_.dice());
  auto receipt = receipt_for(none, clock_.wall_ms());
  receipt.dispatch_mode = protocol::DispatchMode::local;
  receipt.privacy_class = protocol::PrivacyClass::none;
  receipt.policy_version.reset();
  submit({outgoing(receipt)}, [] {});
}

}  // namespace b3iq::control::sim
