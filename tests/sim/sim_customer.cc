#include "sim_customer.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/sha256.h"
#include "json/json.h"
#include "sim_node.h"

namespace b3iq::control::sim {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

constexpr std::int64_t kThinkMs = 800;
constexpr int kTries = 6;
constexpr std::size_t kRecent = 12;  // requests that it still cares for
// Keys are kept a day; a customer that asks so long after is not promised the same answer.
constexpr std::int64_t kKeyLifeMs = kIdempotencyKeptMs;

std::int64_t status_rank(std::string_view status) {
  return is_terminal(job_status_from_name(status).value_or(JobStatus::queued)) ? 1 : 0;
}

}  // namespace

void SimCustomer::start() {
  world_.timer(world_.about(kThinkMs), [this] {
    if (world_.is_quiet()) return;
    act();
    start();
  });
}

void SimCustomer::act() {
  auto& dice = world_.dice();
  const auto what = dice.between(1, 100);
  if (what <= 45 || requests_.empty()) return ask_for_something_new();
  const auto count = requests_.size();
  const auto back = std::min<std::size_t>(count, kRecent);
  const auto number =
      count - static_cast<std::size_t>(dice.between(1, static_cast<std::int64_t>(back)));
  if (what <= 54) return cancel(number);
  if (what <= 68) return look(number);
  if (what <= 82) return read_stream(number);
  if (what <= 84) return list();
  if (what <= 86) return spy();
  if (what <= 92) return send(number, kTries);  // a repeat, long after
  if (what <= 96) return send_other_body(number);
  send_envelope_again(number);
}

std::string SimCustomer::body_for(const SimNode& node, const std::string& name) {
  auto& dice = world_.dice();
  protocol::SealedEnvelope envelope;
  envelope.key_id = dice.percent(5) ? node.older_key_id() : node.key_id();
  // Nothing is sealed: the control plane cannot see the difference.
  envelope.client_public_key.bytes = draw_client_key(dice);
  dice.fill(envelope.nonce);
  envelope.ciphertext.assign(static_cast<std::size_t>(dice.between(17, 200)), 7);
  std::string text;
  json::Writer w(text);
  protocol::write_sealed_envelope(w, envelope);
  const auto named = name.empty() ? std::string() : fmt::format(R"("job_id":"{}",)", name);
  const auto price =
      dice.percent(10) ? fmt::format(R"("max_price_wei":"{}",)", dice.between(1, 300)) : "";
  return fmt::format(R"({{{}{}"node_id":"{}","model_id":"llama3.1:8b","encrypted_request":{}}})",
                     named, price, node.id().text(), text);
}

void SimCustomer::ask_for_something_new() {
  auto& dice = world_.dice();
  Request request;
  const auto number = requests_.size();
  if (dice.percent(80)) request.name = fmt::format("job-{}", number);
  if (dice.percent(4) && number > 0) request.name = requests_.back().name;  // by mistake
  if (dice.percent(70)) request.key = fmt::format("key-{}", number);
  request.body = body_for(*dice.one_of(world_.nodes()), request.name);
  requests_.push_back(std::move(request));
  send(number, 0);
}

// What the route does, behind the customer's token.
void SimCustomer::call_queue(std::string body, std::string key,
                             SimWorld::Taker<Result<PrivateJob>> promised,
                             SimWorld::Taker<Result<PrivateJob>> taken) {
  auto handle = [id = id_, body = std::move(body),
                 key = std::move(key)](SimReplica& r) -> Task<Result<PrivateJob>> {
    RequestIdentity identity;
    if (!key.empty()) {
      CO_TRY_OK(check_idempotency_key(key));
      identity.key_hash = crypto::sha256(key);
      identity.body_hash = crypto::sha256(body);
    }
    CO_TRY(auto asked, read_job_request(body));
    co_return co_await r.jobs.queue(id, std::move(asked), identity);
  };
  world_.call<Result<PrivateJob>>(std::move(handle), std::move(promised), std::move(taken));
}

void SimCustomer::send(std::size_t number, int tries) {
  const auto& request = requests_[number];
  auto promised = [this, number](const Result<PrivateJob>& answer) {
    world_.meet("queue", answer);
    if (!answer.ok()) return;
    const auto& name = requests_[number].name;
    world_.books().promised_job(id_, answer->id.text(), name.empty() ? answer->id.text() : name);
    heard_queued(number, answer);
  };
  auto heard = std::make_shared<bool>(false);
  auto taken = [heard](const Result<PrivateJob>& answer) {
    const bool try_again = !answer.ok() && (answer.error().code == ErrorCode::storage_failed ||
                                            answer.error().code == ErrorCode::shutting_down);
    if (!try_again) *heard = true;
  };
  call_queue(request.body, request.key, promised, taken);
  if (tries >= kTries) return;
  world_.timer(world_.dice().between(500, 8'000), [this, number, tries, heard] {
    if (!*heard && !world_.is_quiet()) send(number, tries + 1);
  });
}

// One key and body are one job, however often they are sent.
void SimCustomer::heard_queued(std::size_t number, const Result<PrivateJob>& answer) {
  auto& request = requests_[number];
  const auto now = world_.control_clock().wall_ms();
  if (request.job_id.empty()) {
    request.job_id = answer->id.text();
    request.first_answer_ms = now;
    return;
  }
  const bool in_time = now - request.first_answer_ms < kKeyLifeMs / 2;
  if (answer->id.text() != request.job_id && in_time)
    world_.books().fail(
        fmt::format("one request became the jobs {} and {}", request.job_id, answer->id.text()));
}

std::string SimCustomer::name_at_server(const Request& request) const {
  return request.name.empty() ? request.job_id : request.name;
}

void SimCustomer::cancel(std::size_t number) {
  const auto name = name_at_server(requests_[number]);
  if (name.empty()) return;
  world_.books().customer_cancels(id_, name);
  auto handle = [id = id_, name](SimReplica& r) { return r.jobs.cancel(id, name); };
  auto promised = [this](const Result<JobWithEnvelopes>& done) {
    world_.meet("customer's cancel", done);
    if (!done.ok()) return;
    const auto& id = done->job.id.text();
    if (!done->is_stopping) return world_.books().promised_status(id, "cancelled");
    world_.meet("customer's cancel: stopping");
    world_.books().promised_stop(id);
    told_to_stop_.try_emplace(id, world_.time().now_ms());
  };
  world_.call<Result<JobWithEnvelopes>>(handle, promised, [](const Result<JobWithEnvelopes>&) {});
}

// What an answer shows as ended stays so, in every later answer.
void SimCustomer::look(std::size_t number) {
  const auto name = name_at_server(requests_[number]);
  if (name.empty()) return;
  const auto wait_ms = world_.dice().percent(50) ? 0 : world_.dice().between(1, 25) * 1'000;
  auto handle = [id = id_, name, wait_ms](SimReplica& r) {
    return r.jobs.get(id, name, wait_ms, base::CancelToken());
  };
  const auto asked_at_ms = world_.time().now_ms();
  auto promised = [this, number, asked_at_ms](const Result<JobWithEnvelopes>& found) {
    if (!found.ok()) return;
    const auto& job = found->job;
    auto& seen = requests_[number].seen_end;
    const std::string status(wire_name(job.status));
    const auto told = told_to_stop_.find(job.id.text());
    const bool told_before = told != told_to_stop_.end() && told->second < asked_at_ms;
    world_.books().promised_stopping(job.id.text(), status, found->is_stopping, told_before);
    if (!seen.empty() && seen != status && requests_[number].job_id == job.id.text())
      world_.books().fail(
          fmt::format("job {} was shown as {} and then as {}", job.id.text(), seen, status));
    if (status_rank(status) == 1) world_.books().promised_status(job.id.text(), status);
    if (status_rank(status) == 1 && requests_[number].job_id == job.id.text()) seen = status;
  };
  world_.call<Result<JobWithEnvelopes>>(handle, promised, [](const Result<JobWithEnvelopes>&) {});
}

void SimCustomer::list() {
  JobQuery query;
  query.customer_id = id_;
  auto handle = [query](SimReplica& r) { return r.jobs.list(query); };
  auto promised = [this](const Result<std::vector<PrivateJob>>& jobs) {
    if (!jobs.ok()) return;
    for (const auto& job : *jobs) {
      if (job.customer_id != id_) world_.books().fail("a list shows another customer's job");
      if (is_terminal(job.status))
        world_.books().promised_status(job.id.text(), wire_name(job.status));
    }
  };
  world_.call<Result<std::vector<PrivateJob>>>(handle, promised,
                                               [](const Result<std::vector<PrivateJob>>&) {});
}

// Another customer's job is not there.
void SimCustomer::spy() {
  auto open = world_.books().open_job_ids();
  if (open.empty()) return;
  const auto job = world_.dice().one_of(open);
  if (world_.books().job(job)->customer == id_) return;
  auto handle = [id = id_, job](SimReplica& r) { return r.jobs.find(id, job); };
  auto promised = [this](const Result<PrivateJob>& found) {
    world_.meet("another customer's job", found);
    if (found.ok()) world_.books().fail("a customer was shown another's job");
  };
  world_.call<Result<PrivateJob>>(handle, promised, nullptr);
}

// Under a key that was used: never a second job.
void SimCustomer::send_other_body(std::size_t number) {
  const auto& request = requests_[number];
  if (request.key.empty() || request.job_id.empty()) return;
  const auto first_ms = request.first_answer_ms;
  auto body = body_for(*world_.dice().one_of(world_.nodes()), "");
  auto promised = [this, first_ms](const Result<PrivateJob>& answer) {
    world_.meet("other body under a key", answer);
    const auto now = world_.control_clock().wall_ms();
    if (answer.ok() && now - first_ms < kKeyLifeMs / 2)
      world_.books().fail("an Idempotency-Key took two bodies");
  };
  call_queue(std::move(body), request.key, promised, [](const Result<PrivateJob>&) {});
}

void SimCustomer::send_envelope_again(std::size_t number) {
  const auto& request = requests_[number];
  if (request.job_id.empty()) return;
  auto promised = [this](const Result<PrivateJob>& answer) {
    world_.meet("envelope again", answer);
    if (answer.ok()) world_.books().fail("a sealed request was taken twice");
  };
  call_queue(request.body, fmt::format("again-{}-{}", number, world_.time().now_ms()), promised,
             [](const Result<PrivateJob>&) {});
}

}  // namespace b3iq::control::sim
