// A node that does private jobs: its managed mode against a scripted control plane, the whole road
// of a chat, and a runtime that says what the test wants. The customer's side is the protocol's.
#pragma once

#include "agent/private_jobs/speaking_runtime.h"
#include "agent/sync/managed_fixture.h"
#include "protocol/private/request_sealer.h"

namespace b3iq::agent {

// What the customer has of a job.
struct SentJob {
  protocol::PrivateInferenceArguments arguments;
  protocol::AnswerOpener opener;
  std::string body;
};

class PrivateJobsFixture : public ManagedFixture {
 protected:
  PrivateJobsFixture() {
    requests_.content().turn_on();
    open_jobs();
  }
  ~PrivateJobsFixture() override { close_jobs(); }

  void open_jobs() {
    keys_ = std::make_unique<LocalKeyService>(*database_, *audit_, clock_, base::system_random());
    receipts_ = std::make_unique<ReceiptLog>(*database_, identity_);
    ASSERT_TRUE(keys_->load().ok());
    ASSERT_TRUE(receipts_->load().ok());
    postures_ = std::make_unique<ModelPostures>(*database_, *audit_);
    ASSERT_TRUE(postures_->load().ok());
    allow(alias_of_.empty() ? kJobModel : alias_of_, {true, true});
    ModelNames names;
    if (!alias_of_.empty()) names.aliases[kJobModel] = {alias_of_};
    models_ =
        std::make_unique<ModelRegistry>(std::vector<inference::Runtime*>{&runtime_}, names, clock_);
    refresh_models();
    dispatcher_ = std::make_unique<Dispatcher>(std::vector<LaneSettings>{{&runtime_, limits_}},
                                               clock_, loop_, registry_);
    chat_ = std::make_unique<ChatContext>(ChatContext{*models_, *keys_, *receipts_, identity_,
                                                      metrics_, clock_, base::system_random(), 512,
                                                      draining_, references_, *dispatcher_, live_});
    chat_->requests = &requests_;
    jobs_ = std::make_unique<PrivateJobs>(
        PrivateJobs::Needs{*chat_, *postures_, *store_, *database_, wake_, loop_, frames_});
    work_.private_jobs = jobs_.get();
  }
  void close_jobs() {
    if (!jobs_) return;
    if (service_) {
      service_->close();
      EXPECT_TRUE(reach([this] { return service_->idle() && jobs_->idle(); })) << "does not end";
    }
    work_.private_jobs = nullptr;
    jobs_.reset();
    chat_.reset();
    dispatcher_.reset();
    models_.reset();
    loop_.settle();
    postures_.reset();
    receipts_.reset();
    keys_.reset();
  }
  // The owner's word on a model of this node.
  void allow(const std::string& model, ModelPosture posture) {
    ASSERT_TRUE(run_task(loop_, postures_->set(model, posture, "operator")).ok());
  }
  void refresh_models() {
    auto asking = [](ModelRegistry& models) -> base::Task<bool> {
      co_await models.refresh();
      co_return true;
    };
    run_task(loop_, asking(*models_));
  }
  // As another process.
  void restart_node() {
    close_jobs();
    close();
    clock_.advance_ms(10);
    open();
    open_jobs();
    start();
  }

  static std::string chat(std::string_view prompt, std::string_view more = "") {
    std::string out = R"({"model":")" + kJobModel + R"(", "messages":[{"role":"user","content":)";
    json::append_string(out, prompt);
    return out + "}]" + std::string(more) + "}";
  }
  // Sealed to the key that the node was last bound with, as a customer does.
  SentJob seal(std::string body, const std::string& model = kJobModel) {
    const auto& binding = control_->enrolled->transport_key.binding;
    const auto name = protocol::ClientJobId::parse("job-" + std::to_string(++sent_)).value();
    const protocol::PrivateRequest request{name, identity_.node_id(), model, {}, body};
    auto sealed = protocol::seal_request(request, {binding.public_key_x25519, binding.key_id},
                                         base::system_random());
    EXPECT_TRUE(sealed.ok());
    protocol::PrivateInferenceArguments arguments;
    arguments.job_id = protocol::JobId::make(clock_.wall_ms(), base::system_random());
    arguments.client_job_id = name;
    arguments.model_id = model;
    arguments.policy_version = "7";
    arguments.envelope = std::move(sealed->envelope);
    return {std::move(arguments), std::move(sealed->opener), std::move(body)};
  }

  bool brought(std::size_t count) {
    return reach([this, count] { return control_->results.size() >= count; }, 100);
  }
  base::ErrorCode failure(std::size_t index = 0) const {
    const auto* failed =
        std::get_if<protocol::CommandFailure>(&control_->results.at(index).outcome);
    EXPECT_NE(failed, nullptr) << "it did not fail";
    return failed == nullptr ? base::ErrorCode::internal : failed->code;
  }
  const protocol::PrivateInferenceOutcome& outcome(std::size_t index = 0) const {
    return std::get<protocol::PrivateInferenceOutcome>(
        std::get<protocol::CommandOutcome>(control_->results.at(index).outcome));
  }
  // Has the node do it and learn that its result was taken; the result's index.
  std::size_t give(const SentJob& job) {
    const auto index = control_->results.size();
    control_->command(job.arguments);
    EXPECT_TRUE(brought(index + 1));
    EXPECT_TRUE(reach([this] { return service_->report().pending == 0; }));
    return index;
  }
  // Opened by the customer, its receipt checked as the customer checks it.
  protocol::OpenedAnswer open_answer(const SentJob& job, std::size_t index = 0) {
    auto opened = job.opener.open(outcome(index).envelope);
    EXPECT_TRUE(opened.ok()) << opened.error().detail;
    const auto& answer = opened->answer;
    EXPECT_EQ(answer.receipt.has_value(), outcome(index).receipt.has_value());
    if (!answer.receipt) return std::move(opened).value();
    const auto document = json::Document::parse(answer.receipt->document);
    const auto read = protocol::decode_receipt(document->root());
    EXPECT_TRUE(read.ok());
    EXPECT_TRUE(protocol::verify_receipt(*read, identity_.public_key()).ok());
    const auto& receipt = read->receipt;
    EXPECT_EQ(receipt.content_commitment,
              protocol::content_commitment(answer.receipt->salt, crypto::sha256(job.body),
                                           crypto::sha256(answer.body)));
    EXPECT_EQ(receipt.job_id, job.arguments.job_id);
    EXPECT_EQ(receipt.model_id, job.arguments.model_id);
    EXPECT_EQ(receipt.dispatch_mode, protocol::DispatchMode::private_job);
    EXPECT_EQ(receipt.privacy_class, protocol::PrivacyClass::private_transport);
    EXPECT_EQ(receipt.policy_version, "7");
    EXPECT_EQ(protocol::encode_receipt(receipt).document,
              protocol::encode_receipt(outcome(index).receipt->receipt).document);
    return std::move(opened).value();
  }
  std::vector<agent::SignedReceipt> receipts() {
    auto listed = run_task(loop_, receipts_->list({}));
    EXPECT_TRUE(listed.ok());
    return std::move(listed).value();
  }

  std::string alias_of_;  // what kJobModel stands for on this node; "": itself
  QueueLimits limits_;
  SpeakingRuntime runtime_{loop_};
  bool draining_ = false;
  AgentMetrics metrics_{registry_};
  LiveCalls live_;
  RuntimeReferences references_{identity_};
  RequestLog requests_{100, base::system_random()};
  std::unique_ptr<LocalKeyService> keys_;
  std::unique_ptr<ReceiptLog> receipts_;
  std::unique_ptr<ModelPostures> postures_;
  std::unique_ptr<ModelRegistry> models_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<ChatContext> chat_;
  std::unique_ptr<PrivateJobs> jobs_;
  int sent_ = 0;
};

}  // namespace b3iq::agent
