#include "protocol/messages/unenroll.h"

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/enrollment.h"

namespace b3iq::protocol {
namespace {

constexpr json::Limits kRequestLimits{.max_bytes = kMaxUnenrollBytes, .max_depth = 2};
constexpr json::Limits kAnswerLimits{.max_bytes = kMaxUnenrollAnswerBytes, .max_depth = 16};

}  // namespace

std::string encode_unenroll(const UnenrollRequest& request) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_integer(w, "boot_epoch", request.boot_epoch);
  w.end_object();
  return out;
}

base::Result<UnenrollRequest> decode_unenroll(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kRequestLimits));
  TRY(auto in, MemberReader::open(document.root(), "A request to leave"));
  UnenrollRequest request;
  TRY(request.boot_epoch, in.integer("boot_epoch", 1, kMaxBootEpoch));
  TRY_OK(in.done());
  return request;
}

std::string encode_unenroll_answer(const UnenrollAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_time(w, "server_time", answer.server_time_ms);
  w.end_object();
  return out;
}

base::Result<UnenrollAnswer> decode_unenroll_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kAnswerLimits));
  TRY(auto in, MemberReader::open(document.root(), "The answer to a request to leave"));
  UnenrollAnswer answer;
  TRY(answer.server_time_ms, in.time("server_time"));
  return answer;
}

}  // namespace b3iq::protocol
