#include "protocol/messages/command_result.h"

#include "base/check.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/command_names.h"
#include "protocol/messages/outcome_codec.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "A command's result";
constexpr std::array<std::string_view, 2> kStatusNames = {"succeeded", "failed"};
enum class ResultStatus : std::uint8_t { succeeded, failed };
constexpr json::Limits kResultLimits{.max_bytes = kMaxResultBytes, .max_depth = 8};
constexpr json::Limits kAnswerLimits{.max_bytes = kMaxResultAnswerBytes, .max_depth = 16};

// A detail that cannot stand in a result is left to the code's title.
std::string_view shown_detail(const CommandFailure& failure) {
  return is_printable(failure.detail, kMaxResultErrorDetailBytes)
             ? std::string_view(failure.detail)
             : base::error_info(failure.code).title;
}

void write_failure(json::Writer& w, const CommandFailure& failure) {
  w.begin_object();
  w.member("code", base::error_info(failure.code).wire_name);
  w.member("detail", shown_detail(failure));
  w.end_object();
}

base::Result<CommandFailure> read_failure(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A command's error"));
  CommandFailure failure;
  TRY(const auto name, in.text("code"));
  const auto code = base::error_code_from_wire(name);
  if (!code) return in.refused("code", "is not one of the known codes");
  failure.code = *code;
  TRY(failure.detail, in.printable("detail", kMaxResultErrorDetailBytes));
  TRY_OK(in.done());
  return failure;
}

base::Status read_outcome(MemberReader& in, CommandResult& result) {
  TRY(const auto status, in.choice<ResultStatus>("status", kStatusNames));
  if (status == ResultStatus::succeeded) {
    TRY(const auto value, in.object("result"));
    TRY(result.outcome, decode_outcome(result.kind, value));
  } else {
    TRY(const auto value, in.object("error"));
    TRY(result.outcome, read_failure(value));
  }
  return {};
}

}  // namespace

std::string sign_command_result(const CommandResult& result, const NodeIdentity& identity) {
  const auto* outcome = std::get_if<CommandOutcome>(&result.outcome);
  B3_CHECK(outcome == nullptr || kind_of(*outcome) == result.kind);
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("type", kCommandResultType);
  w.member("node_id", identity.node_id().text());
  w.member("control_plane_id", result.control_plane_id.text());
  w.member("command_id", result.command_id.text());
  w.member("kind", wire_name(result.kind));
  w.member("status", name_of_value(kStatusNames, outcome != nullptr ? ResultStatus::succeeded
                                                                    : ResultStatus::failed));
  if (outcome != nullptr) {
    w.key("result");
    write_outcome(w, *outcome);
  } else {
    w.key("error");
    write_failure(w, std::get<CommandFailure>(result.outcome));
  }
  write_time(w, "started_at", result.started_at_ms);
  write_time(w, "completed_at", result.completed_at_ms);
  w.end_object();
  return signed_text(kCommandResultType, out, identity);
}

base::Result<CommandResult> read_command_result(json::Value document,
                                                const crypto::Ed25519PublicKey& key) {
  TRY_OK(verify_document(kCommandResultType, document, key));
  TRY(auto in, MemberReader::open(document, kWhat));
  CommandResult result;
  TRY_OK(in.text("type"));
  TRY_OK(in.text(kSignatureMember));
  TRY(result.node_id, in.id<NodeId>("node_id"));
  if (node_id_of(key) != result.node_id) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The result names another node than the one that signed it.", "node_id");
  }
  TRY(result.control_plane_id, in.id<ControlPlaneId>("control_plane_id"));
  TRY(result.command_id, in.id<CommandId>("command_id"));
  TRY(result.kind, in.choice<CommandKind>("kind", kCommandKindNames));
  TRY_OK(read_outcome(in, result));
  TRY(result.started_at_ms, in.time("started_at"));
  TRY(result.completed_at_ms, in.time("completed_at"));
  TRY_OK(in.done());
  if (result.completed_at_ms < result.started_at_ms)
    return in.refused("completed_at", "lies before started_at");
  return result;
}

base::Result<CommandResult> read_command_result(std::string_view document,
                                                const crypto::Ed25519PublicKey& key) {
  TRY(const auto parsed, json::Document::parse(document, kResultLimits));
  return read_command_result(parsed.root(), key);
}

std::string encode_result_request(const LeaseToken& lease, std::string_view signed_result) {
  std::string out;
  out.reserve(signed_result.size() + 64);
  json::Writer w(out);
  w.begin_object();
  w.member("lease_token", lease.text());
  w.key("signed_result");
  w.raw(signed_result);
  w.end_object();
  return out;
}

base::Result<ResultRequest> decode_result_request(std::string_view body,
                                                  const crypto::Ed25519PublicKey& key) {
  TRY(const auto document, json::Document::parse(body, kResultLimits));
  TRY(auto in, MemberReader::open(document.root(), "A result's request"));
  TRY(const auto token_text, in.text("lease_token"));
  const auto token = LeaseToken::parse(token_text);
  if (!token) return in.refused("lease_token", "must be 16 bytes in base64url");
  TRY(const auto signed_result, in.object("signed_result"));
  TRY_OK(in.done());
  ResultRequest request;
  request.lease_token = *token;
  TRY(request.result, read_command_result(signed_result, key));
  TRY(request.document, json::canonical(signed_result));
  request.document_hash = crypto::sha256(request.document);
  const bool is_sealed = request.result.kind == CommandKind::private_inference;
  if (!is_sealed && request.document.size() > kMaxPlainResultBytes) {
    return base::Error(
        base::ErrorCode::payload_too_large,
        "A result of this kind has at most " + std::to_string(kMaxPlainResultBytes) + " bytes.",
        "signed_result");
  }
  return request;
}

std::string encode_result_answer(const ResultAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("command_id", answer.command_id.text());
  w.member("state", wire_name(answer.state));
  w.end_object();
  return out;
}

base::Result<ResultAnswer> decode_result_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kAnswerLimits));
  TRY(auto in, MemberReader::open(document.root(), "The answer to a result"));
  ResultAnswer answer;
  TRY(answer.command_id, in.id<CommandId>("command_id"));
  TRY(answer.state, in.choice<CommandState>("state", kCommandStateNames));
  if (!is_terminal(answer.state)) return in.refused("state", "must be the command's end");
  return answer;
}

}  // namespace b3iq::protocol
