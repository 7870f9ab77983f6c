// What a customer may send to queue a job: these members and no other, so that nothing in clear
// gets anywhere.
#include <array>

#include "control/private_jobs/private_job_types.h"
#include "json/json.h"
#include "protocol/member_reader.h"
#include "protocol/private/request_opener.h"
#include "protocol/public_model_name.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using protocol::MemberReader;

namespace {

constexpr json::Limits kBodyLimits{.max_bytes = kMaxJobBodyBytes, .max_depth = 8};
constexpr std::string_view kLackOfCpu =
    "verified_confidential_cpu is not offered yet. It lacks: verified TEE attestation of the node, "
    "a transport key bound into the attestation report, a rule for how fresh it has to be, and "
    "receipts that name it. Use private_transport.";
constexpr std::string_view kLackOfGpu =
    "verified_confidential_gpu is not offered yet. It lacks: all that verified_confidential_cpu "
    "lacks, and confidential GPU hardware, drivers and attestation tooling. Use "
    "private_transport.";

Status check_privacy_class(MemberReader& in) {
  if (!in.has("privacy_class")) return {};
  TRY(const auto name, in.text("privacy_class"));
  if (name == protocol::wire_name(protocol::PrivacyClass::private_transport)) return {};
  if (name == "verified_confidential_cpu")
    return Error(ErrorCode::unimplemented, std::string(kLackOfCpu), "privacy_class");
  if (name == "verified_confidential_gpu")
    return Error(ErrorCode::unimplemented, std::string(kLackOfGpu), "privacy_class");
  return in.refused("privacy_class", "must be private_transport");
}

}  // namespace

Result<JobRequest> read_job_request(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kBodyLimits));
  TRY(auto in, MemberReader::open(document.root(), "A private job"));
  JobRequest request;
  if (in.has("job_id")) {
    TRY(request.client_job_id, in.id<protocol::ClientJobId>("job_id"));
  }
  TRY(request.node_id, in.id<protocol::NodeId>("node_id"));
  TRY(request.model_id, in.formed("model_id", protocol::is_public_model_name,
                                  "is no name of a model that can be shown to everybody"));
  if (in.has("max_price_wei")) {
    TRY(const auto text, in.text("max_price_wei"));
    TRY(request.max_price, Amount::parse(text, "max_price_wei"));
  }
  TRY_OK(check_privacy_class(in));
  const auto envelope = in.take("encrypted_request");
  if (!envelope.is_object()) {
    return Error(ErrorCode::invalid_encrypted_request,
                 "'encrypted_request' is the sealed envelope, a JSON object: seal the request "
                 "first (`b3iq private seal`).",
                 "encrypted_request");
  }
  TRY(request.envelope, protocol::decode_sealed_envelope(envelope));
  TRY_OK(in.done());
  if (!request.client_job_id.empty()) {
    TRY_OK(protocol::check_request_aad(request.envelope, request.client_job_id));
  } else if (request.envelope.aad_hash) {
    return Error(ErrorCode::invalid_encrypted_request,
                 "The envelope is sealed to a job_id: send the same one as 'job_id'.", "job_id");
  }
  return request;
}

}  // namespace b3iq::control
