#include "control/private_jobs/frame_routes.h"

#include "control/private_jobs/frame_stream.h"
#include "http/query_parameters.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Request;
using http::Response;

namespace {

constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";

// `?from=`, else behind what an EventSource says it has seen.
Result<std::int64_t> read_from(const Request& request) {
  std::int64_t from = 0;
  if (const auto seen = request.header("last-event-id"); seen && !seen->empty()) {
    TRY(const auto last,
        http::integer_parameter("Last-Event-ID", *seen, 0, protocol::kMaxStreamChunks - 1));
    from = last + 1;
  }
  TRY_OK(http::each_parameter(
      request.query, [&](std::string_view name, std::string_view value) -> Status {
        if (name != "from") return Error(ErrorCode::invalid_request, "The query takes from.");
        TRY(from, http::integer_parameter(name, value, 0, protocol::kMaxStreamChunks));
        return {};
      }));
  return from;
}

Task<Result<Response>> stream(const FrameParts& parts, const Request& request,
                              const Customer& customer) {
  CO_TRY(const auto from, read_from(request));
  const std::string name(request.path_parameters.at(0));
  CO_TRY(const auto job, co_await parts.jobs.find(customer.id, name));
  if (parts.frames.waiters().full()) {
    co_return Error(ErrorCode::overloaded,
                    "Too many requests wait here. Ask again, or for the answer alone.", {},
                    kWaitingRetryMs);
  }
  CO_TRY_OK(parts.frames.waiters().check(customer.id, job.command_id.text()));
  Response response;
  response.content_type = kEventStream;
  // Nothing on the way may keep it back.
  response.headers.push_back({"X-Accel-Buffering", "no"});
  response.body = std::make_unique<FrameStream>(parts.frames, job, from, request.cancel);
  co_return response;
}

}  // namespace

void add_frame_routes(http::Router& router, const FrameParts& parts) {
  auto& frames = parts.frames;
  auto take = [&frames](SignedCall& call) -> Task<Result<std::string>> {
    CO_TRY(auto brought, protocol::decode_stream_frames(call.request.body));
    const SignedAct act{protocol::SignatureTag::frames, call.verified, std::nullopt, &call.facts};
    CO_TRY(const auto taken, co_await frames.take(act, std::move(brought)));
    co_return protocol::encode_stream_frames_answer(taken);
  };
  add_signed(router, http::Method::post, "/v1/nodes/{node_id}/frames", "sendStreamFrames",
             parts.node_level, protocol::kMaxFramesBytes, take);
  add_customer_route(router, parts.customer_level, http::Method::get,
                     "/v1/private-inference/jobs/{job_id}/stream", "streamPrivateJob", 0,
                     [parts](Request& request, const Customer& customer) {
                       return stream(parts, request, customer);
                     });
}

}  // namespace b3iq::control
