#include "client/testing/fake_control_plane.h"

#include "base/clock.h"
#include "crypto/secret_token.h"
#include "http/error_response.h"
#include "http/json_response.h"
#include "protocol/private/sealed_chunk.h"
#include "protocol/receipt.h"

namespace b3iq::client::testing {

using base::Error;
using base::ErrorCode;
using base::Result;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kMaxBody = 2 * 1024 * 1024;
constexpr std::int64_t kLookMs = 10;
constexpr std::int64_t kLongestWaitMs = 2'000;  // shorter than a real one: it is asked again
constexpr std::string_view kResponse =
    R"({"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"Die Aare."},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";

std::string text_of_envelope(const protocol::SealedEnvelope& envelope) {
  std::string text;
  json::Writer w(text);
  protocol::write_sealed_envelope(w, envelope);
  return text;
}

protocol::Receipt receipt_of(const FakeNode& node) {
  protocol::Receipt receipt;
  receipt.node_id = node.identity.node_id();
  receipt.job_id = protocol::JobId::make(1'795'253'400'123, base::system_random());
  receipt.model_id = receipt.model_profile_id = "m";
  receipt.runtime_kind = "embedded";
  receipt.dispatch_mode = protocol::DispatchMode::private_job;
  receipt.privacy_class = protocol::PrivacyClass::private_transport;
  receipt.usage = {3, 2};
  receipt.policy_version = "prices-0";
  receipt.started_at_ms = receipt.completed_at_ms = base::system_clock().wall_ms();
  return receipt;
}

}  // namespace

FakeNode::FakeNode(Does what, std::uint64_t wei) : price(wei), does(what) {
  binding = protocol::bind_transport_key(identity, key.public_key(),
                                         base::system_clock().wall_ms() - kDayMs, 30 * kDayMs);
}

FakeControlPlane::FakeControlPlane()
    : token(crypto::make_secret_token(crypto::kCustomerKeyPrefix, base::system_random())
                .reveal_text()) {}

void FakeControlPlane::start() {
  add_routes();
  server.start();
}

// Those who wait for a job are answered first: nothing is left suspended.
void FakeControlPlane::stop() {
  if (!server.server) return;
  server.run([this] { return server.server->drain(0); });
  server.stop();
}

void FakeControlPlane::add_routes() {
  const auto log = protocol::receipt_log_verifier(identity.id(), log_key.public_key());
  server.fixed(http::Method::get, "/v1/log",
               protocol::sign_receipt_log_statement(log, identity.key()));
  server.route(http::Method::get, "/v1/public/models", 0, [](Request& request) -> Answer {
    Response response;
    response.body = request.query.ends_with("&after=m")
                        ? R"({"object":"list","data":[{"model_id":"n"}],"next_after":null})"
                        : R"({"object":"list","data":[{"model_id":"m"}],"next_after":"m"})";
    co_return response;
  });
  const auto add = [this](http::Method method, std::string_view pattern,
                          Answer (FakeControlPlane::*answer)(Request&)) {
    server.route(method, pattern, kMaxBody, [this, answer](Request& request) -> Answer {
      const auto known = check_credential(request);
      if (!known.ok()) co_return http::native_error(known.error(), request);
      auto task = (this->*answer)(request);
      auto result = co_await std::move(task);
      if (!result.ok()) co_return http::native_error(result.error(), request);
      co_return result;
    });
  };
  add(http::Method::get, "/v1/private-inference/candidates", &FakeControlPlane::candidates);
  add(http::Method::post, "/v1/private-inference/jobs", &FakeControlPlane::queue);
  add(http::Method::get, "/v1/private-inference/jobs", &FakeControlPlane::list);
  add(http::Method::get, "/v1/private-inference/jobs/{job}", &FakeControlPlane::show);
  add(http::Method::get, "/v1/private-inference/jobs/{job}/stream", &FakeControlPlane::stream);
  add(http::Method::post, "/v1/private-inference/jobs/{job}/cancel", &FakeControlPlane::cancel);
}

base::Status FakeControlPlane::check_credential(const Request& request) const {
  if (request.header("x-b3iq-customer-id") == customer &&
      request.header("x-b3iq-customer-token") == token)
    return {};
  return Error(ErrorCode::unauthorized, "No such customer or token.");
}

FakeControlPlane::Answer FakeControlPlane::candidates(Request& request) {
  const bool known = request.query == "model_id=m";
  const auto write = [&](json::Writer& w, const std::unique_ptr<FakeNode>& node) {
    if (!known) return;
    w.begin_object();
    w.member("node_id", node->identity.node_id().text());
    w.member("model_id", "m");
    w.member("queue_depth", 0);
    w.member("policy_version", "prices-0");
    w.member("quoted_price_wei", std::to_string(node->price));
    w.key("transport_key");
    w.raw(protocol::encode_transport_key_binding(node->binding));
    w.end_object();
  };
  co_return http::list_answer(nodes, write);
}

FakeControlPlane::Answer FakeControlPlane::queue(Request& request) {
  ++posts_;
  CO_TRY(const auto document, json::Document::parse(request.body));
  const auto root = document.root();
  const std::string id(root.find("job_id").string().value_or(""));
  if (jobs_.contains(id)) co_return Error(ErrorCode::conflict, "The job is there already.");
  CO_TRY(const auto envelope, protocol::decode_sealed_envelope(root.find("encrypted_request")));
  Job job;
  job.node_id = root.find("node_id").string().value_or("");
  job.model = root.find("model_id").string().value_or("");
  for (auto& node : nodes)
    if (node->identity.node_id().text() == job.node_id) work(*node, id, job, envelope);
  jobs_.emplace(id, job);
  last_job_ = id;
  if (lose_answers > 0) {
    --lose_answers;
    co_return Error(ErrorCode::internal, "The answer was lost.");
  }
  Response response;
  response.status = 202;
  job.status = "queued";
  job.answer.clear();
  response.body = text_of(id, job);
  co_return response;
}

void FakeControlPlane::work(FakeNode& node, const std::string& id, Job& job,
                            const protocol::SealedEnvelope& envelope) {
  const protocol::TransportKey* const keys[] = {&node.key};
  const auto job_id = protocol::ClientJobId::parse(id);
  ASSERT_TRUE(job_id.ok());
  auto opened =
      protocol::open_request(keys, envelope, {*job_id, node.identity.node_id(), job.model});
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  job.opened = opened->body;
  const bool streams = opened->document.root().find("stream").boolean() == true;
  if (streams) job.frames = stream_of(opened->sealer, node);
  if (node.does == Does::holds) return;
  job.status = "failed";
  job.billing = node.does == Does::fails_billed ? "settled" : "released";
  job.failure = node.failure;
  if (node.does == Does::fails || node.does == Does::fails_billed) return;
  if (node.does == Does::refuses_request) {
    const auto error = opened->sealer.seal(
        {protocol::AnswerStatus::failed,
         R"({"status":400,"title":"x","detail":"Too long.","code":"context_length_exceeded"})",
         {}},
        base::system_random());
    job.answer = text_of_envelope(*error);
    return;
  }
  job.status = "completed";
  job.billing = "settled";
  auto receipt = receipt_of(node);
  protocol::ReceiptSalt salt;
  base::system_random().fill(salt);
  const std::string_view response = node.response.empty() ? kResponse : node.response;
  const std::string_view about =
      node.does == Does::lies_in_receipt || node.lies ? "another" : response;
  receipt.content_commitment =
      protocol::content_commitment(salt, crypto::sha256(job.opened), crypto::sha256(about));
  const auto document =
      protocol::sign_encoded_receipt(protocol::encode_receipt(receipt).document, node.identity);
  auto sealed = opened->sealer.seal(
      {protocol::AnswerStatus::completed, response, protocol::AnswerReceipt{document, salt}},
      base::system_random());
  ASSERT_TRUE(sealed.ok()) << sealed.error().detail;
  if (node.does == Does::alters) sealed->ciphertext[5] ^= 1;
  job.answer = text_of_envelope(*sealed);
  if (node.does == Does::breaks_off) {
    job.status = "failed";
    job.answer = broken_answer(opened->sealer, node, job.opened);
  }
  if (node.does == Does::streams_slowly && streams) {
    job.later = job;
    static_cast<Outcome&>(job) = Outcome{"running", "reserved", "", {job.frames.front()}, ""};
  }
  if (node.does == Does::answers_slowly) {
    job.later = job;
    static_cast<Outcome&>(job) = Outcome{"running", "reserved", "", {}, ""};
  }
  if (node.does == Does::answers_another) std::swap(job.answer, last_answer_);
  if (last_answer_.empty()) last_answer_ = job.answer;
}

std::string FakeControlPlane::broken_answer(const protocol::AnswerSealer& sealer,
                                            const FakeNode& node, std::string_view request) {
  protocol::JobAnswer answer{
      protocol::AnswerStatus::failed,
      R"({"status":502,"title":"x","detail":"It died.","code":"runtime_failed"})",
      {}};
  std::string document;
  if (node.broken_tokens > 0) {
    auto receipt = receipt_of(node);
    receipt.usage = {3, node.broken_tokens};
    receipt.finish = protocol::ReceiptFinish::error;
    protocol::ReceiptSalt salt;
    base::system_random().fill(salt);
    receipt.content_commitment =
        protocol::content_commitment(salt, crypto::sha256(request), crypto::sha256(answer.body));
    document =
        protocol::sign_encoded_receipt(protocol::encode_receipt(receipt).document, node.identity);
    answer.receipt = protocol::AnswerReceipt{document, salt};
  }
  return text_of_envelope(*sealer.seal(answer, base::system_random()));
}

std::vector<std::string> FakeControlPlane::stream_of(const protocol::AnswerSealer& sealer,
                                                     const FakeNode& node) {
  const auto does = node.does;
  const auto event = [](std::string_view delta, std::string_view finish) {
    return R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m",)"
           R"("choices":[{"index":0,"delta":{)" +
           std::string(delta) + R"(},"finish_reason":)" + std::string(finish) + "}]}\n\n";
  };
  std::vector<std::string> pieces = {
      event(R"("role":"assistant","content":"Die ")", "null"),
      event(does == Does::streams_another ? R"("content":"Limmat.")" : R"("content":"Aare.")",
            "null"),
      event("", R"("stop")") + "data: [DONE]\n\n"};
  if (does == Does::breaks_off) {
    pieces.resize(1);
    pieces.emplace_back("data: {\"error\":{\"message\":\"It died.\"}}\n\n");
  }
  const bool any = does == Does::streams || does == Does::streams_slowly ||
                   does == Does::streams_another || does == Does::breaks_off;
  if (any && !node.pieces.empty()) pieces = node.pieces;
  if (!any) pieces.clear();
  auto chunks = sealer.seal_stream({}, base::system_random());
  std::vector<std::string> frames;
  for (const auto& piece : pieces) {
    const auto place =
        &piece == &pieces.back() ? protocol::ChunkPlace::last : protocol::ChunkPlace::more;
    frames.push_back(protocol::encode_sealed_chunk(*chunks.seal(base::as_bytes(piece), place)));
  }
  return frames;
}

std::vector<std::string> FakeControlPlane::relayed(std::vector<std::string> frames) const {
  if (frames.size() < 2) return frames;
  if (relays == Relays::cutting) frames.resize(1);
  if (relays == Relays::reordering) std::swap(frames[0], frames[1]);
  if (relays == Relays::doubling) frames.insert(frames.begin() + 1, frames[0]);
  if (relays == Relays::altering) {
    auto& c = frames[1][frames[1].find("ciphertext") + 20];
    c = c == 'A' ? 'B' : 'A';
  }
  return frames;
}

// Frames as they come, and the end.
class FakeControlPlane::Stream final : public http::BodySource {
 public:
  Stream(FakeControlPlane& plane, std::string id, std::size_t from, const Request& request)
      : plane_(plane),
        id_(std::move(id)),
        at_(from),
        loop_(*request.loop),
        cancel_(request.cancel) {}
  base::Task<Result<std::string_view>> next() override {
    for (; !ended_ && !cancel_.cancelled();) {
      const auto& job = plane_.jobs_.at(id_);
      const auto frames = plane_.relayed(job.frames);
      if (at_ < frames.size()) {
        ended_ = plane_.relays == Relays::hanging_up;
        out_ = "id: " + std::to_string(at_) + "\ndata: " + frames[at_] + "\n\n";
        ++at_;
        co_return std::string_view(out_);
      }
      ended_ = job.status != "queued" && job.status != "running";
      out_ = "event: end\ndata: {}\n\n";
      if (ended_) co_return std::string_view(out_);
      auto pause = loop_.sleep(kLookMs);
      co_await std::move(pause);
    }
    co_return std::string_view();
  }

 private:
  FakeControlPlane& plane_;
  const std::string id_;
  std::size_t at_;
  http::EventLoop& loop_;
  base::CancelToken cancel_;
  std::string out_;
  bool ended_ = false;
};

FakeControlPlane::Answer FakeControlPlane::stream(Request& request) {
  ++streams_;
  streamed_at_ms_.push_back(base::system_clock().steady_ns() / 1'000'000);
  const bool refuses = refuse_streams > 0 && refuse_streams-- > 0;
  if (refuses || relays == Relays::refusing)
    co_return Error(retry_after_ms > 0 ? ErrorCode::overloaded : ErrorCode::upstream_failed,
                    "Not now.", "", retry_after_ms);
  const std::string id(request.path_parameters.at(0));
  if (relays == Relays::nothing || !jobs_.contains(id))
    co_return Error(ErrorCode::not_found, "There is no such route or job.");
  const auto from = std::stoul(std::string(request.query.substr(request.query.find('=') + 1)));
  Response response;
  response.content_type = "text/event-stream";
  response.body = std::make_unique<Stream>(*this, id, from, request);
  co_return response;
}

void FakeControlPlane::go_on(const std::string& job) {
  server.on_loop([&] {
    auto& one = jobs_.at(job);
    if (one.later && one.status == "running") static_cast<Outcome&>(one) = *one.later;
  });
}

FakeControlPlane::Answer FakeControlPlane::show(Request& request) {
  const std::string id(request.path_parameters.at(0));
  const bool waits = !request.query.empty();
  for (std::int64_t waited = 0;; waited += kLookMs) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) co_return Error(ErrorCode::not_found, "There is no such job.");
    const bool open = found->second.status == "queued" || found->second.status == "running";
    if (!open || !waits || waited >= kLongestWaitMs || request.cancel.cancelled()) {
      Response response;
      response.body = text_of(id, found->second);
      co_return response;
    }
    auto pause = request.loop->sleep(kLookMs);
    co_await std::move(pause);
  }
}

FakeControlPlane::Answer FakeControlPlane::cancel(Request& request) {
  ++cancels_;
  const std::string id(request.path_parameters.at(0));
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) co_return Error(ErrorCode::not_found, "There is no such job.");
  if (found->second.status == "queued") {
    found->second.status = "cancelled";
    found->second.billing = "released";
  } else if (found->second.status == "running") {
    found->second.status = "cancelled";
    found->second.billing = "settled";
  }
  Response response;
  response.body = text_of(id, found->second);
  co_return response;
}

FakeControlPlane::Answer FakeControlPlane::list(Request&) {
  const auto write = [](json::Writer& w, const auto& entry) {
    w.raw(text_of(entry.first, entry.second));
  };
  co_return http::list_answer(jobs_, write);
}

std::string FakeControlPlane::text_of(const std::string& id, const Job& job) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("job_id", id);
  w.member("node_id", job.node_id);
  w.member("model_id", job.model);
  w.member("status", job.status);
  w.key("billing");
  w.begin_object();
  w.member("status", job.billing);
  w.member("quoted_price_wei", "100");
  w.member("reserved_price_wei", "100");
  w.end_object();
  if (!job.answer.empty()) {
    w.key("encrypted_response");
    w.raw(job.answer);
  }
  if (!job.failure.empty()) w.member("failure", job.failure);
  w.member("created_at", "2026-11-23T09:30:00.000Z");
  w.end_object();
  return text;
}

int FakeControlPlane::read(const int& counter) {
  int value = 0;
  server.on_loop([&] { value = counter; });
  return value;
}

std::vector<std::int64_t> FakeControlPlane::streamed_at_ms() {
  std::vector<std::int64_t> times;
  server.on_loop([&] { times = streamed_at_ms_; });
  return times;
}

std::string FakeControlPlane::seen_body(const std::string& job) {
  std::string body;
  server.on_loop([&] { body = jobs_[job].opened; });
  return body;
}

std::string FakeControlPlane::status_of(const std::string& job) {
  std::string status;
  server.on_loop([&] { status = jobs_[job].status; });
  return status;
}

std::string FakeControlPlane::last_job() {
  std::string id;
  server.on_loop([&] { id = last_job_; });
  return id;
}

}  // namespace b3iq::client::testing
