#include "agent/doctor/short_question.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "agent/cli/run_task.h"
#include "base/join.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

constexpr std::int64_t kTickMs = 5;

// What the questions of one call share.
struct Asking {
  base::CancelSource stop;
  std::size_t open = 0;
  std::vector<Result<ShortAnswer>> answers;
};

Task<Result<ShortAnswer>> exchange(http::Client& client, const ShortQuestion& question,
                                   base::CancelToken stop) {
  http::ClientRequest request;
  request.path = question.path;
  request.headers.push_back({"Accept", "application/json"});
  const std::string authorization = "Bearer " + question.bearer;
  if (!question.bearer.empty()) request.headers.push_back({"Authorization", authorization});
  CO_TRY(const auto response, co_await client.send(question.origin, request, stop));
  CO_TRY(auto body, co_await response->read_all(kMaxShortAnswerBytes));
  co_return ShortAnswer{response->status(), std::move(body)};
}

Task<void> ask_one(http::Client& client, const ShortQuestion& question, Asking& asking,
                   std::size_t index) {
  auto answer = co_await exchange(client, question, asking.stop.token());
  // Cut by the deadline, it keeps the error that says so.
  if (answer.ok() || !asking.stop.cancelled()) asking.answers[index] = std::move(answer);
  --asking.open;
}

Task<void> watch(http::EventLoop& loop, Asking& asking, std::int64_t deadline_ms) {
  const auto end_ms = loop.now_ms() + deadline_ms;
  while (asking.open > 0 && loop.now_ms() < end_ms) co_await loop.sleep(kTickMs);
  asking.stop.cancel();
}

Task<bool> ask_all(http::EventLoop& loop, const std::vector<ShortQuestion>& questions,
                   const std::vector<std::unique_ptr<http::Client>>& clients, Asking& asking,
                   std::int64_t deadline_ms) {
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < questions.size(); ++i)
    tasks.push_back(ask_one(*clients[i], questions[i], asking, i));
  tasks.push_back(watch(loop, asking, deadline_ms));
  co_await base::join_all(std::move(tasks));
  co_return true;
}

http::ClientLimits limits(std::int64_t deadline_ms) {
  http::ClientLimits out;
  out.connect_timeout_ms = deadline_ms;
  out.first_byte_timeout_ms = deadline_ms;
  out.idle_timeout_ms = deadline_ms;
  return out;
}

}  // namespace

std::vector<Result<ShortAnswer>> ask_shortly(const std::vector<ShortQuestion>& questions,
                                             std::int64_t deadline_ms) {
  const Error late(ErrorCode::deadline_exceeded,
                   fmt::format("no answer within {} ms", deadline_ms));
  Asking asking;
  asking.open = questions.size();
  asking.answers.assign(questions.size(), Result<ShortAnswer>(late));
  if (questions.empty()) return std::move(asking.answers);
  http::EventLoop loop;
  {
    std::vector<std::unique_ptr<http::Client>> clients;
    for (const auto& question : questions) {
      clients.push_back(std::make_unique<http::Client>(loop, limits(deadline_ms), question.policy,
                                                       http::ClientTls{question.ca_file}));
    }
    run_task(loop, ask_all(loop, questions, clients, asking, deadline_ms));
  }
  loop.settle();
  return std::move(asking.answers);
}

}  // namespace b3iq::agent
