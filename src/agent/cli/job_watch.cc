#include "agent/cli/job_watch.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "agent/cli/amount_text.h"
#include "agent/cli/api_channel.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{250};
constexpr int kBarCells = 24;

// The speed since a moment some seconds ago.
class Speed {
 public:
  void look(std::int64_t bytes) {
    const auto now = Clock::now();
    if (bytes < bytes_ || since_ == Clock::time_point()) {
      since_ = now;
      bytes_ = bytes;
    }
    const auto seconds = std::chrono::duration<double>(now - since_).count();
    if (seconds < 1) return;
    per_second_ = static_cast<double>(bytes - bytes_) / seconds;
    since_ = now;
    bytes_ = bytes;
  }
  double per_second() const { return per_second_; }

 private:
  Clock::time_point since_;
  std::int64_t bytes_ = 0;
  double per_second_ = 0;
};

std::string progress_line(json::Value job, const Speed& speed) {
  const auto done = job.find("done_bytes").integer().value_or(0);
  const auto total = job.find("total_bytes").integer();
  auto phase = text_of(job.find("phase"));
  if (phase.empty()) phase = text_of(job.find("state"));
  std::string line = fmt::format("{:<10}", phase);
  if (total && *total > 0) {
    const auto share = std::min(1.0, static_cast<double>(done) / static_cast<double>(*total));
    const auto cells = static_cast<int>(share * kBarCells);
    line += fmt::format(" [{}{}] {:3.0f} %  {} of {}", std::string(cells, '#'),
                        std::string(kBarCells - cells, '.'), share * 100, bytes_text(done),
                        bytes_text(*total));
  } else if (done > 0) {
    line += " " + bytes_text(done);
  }
  if (speed.per_second() > 0 && phase == "receiving") {
    line += fmt::format("  {}/s", bytes_text(static_cast<std::int64_t>(speed.per_second())));
    if (total) {
      const auto left = static_cast<double>(*total - done) / speed.per_second();
      line += "  " + duration_text(static_cast<std::int64_t>(left * 1000)) + " left";
    }
  }
  const auto note = text_of(job.find("note"));
  return note.empty() ? line : line + "  " + note;
}

bool has_ended(json::Value job) {
  const auto state = job.find("state").string().value_or("");
  return state == "done" || state == "failed" || state == "cancelled";
}

// The failures that another try can get over: of the network, of a full disk, of a node that
// stopped. A file that is not there or is no model stays so.
bool may_be_resumed(std::string_view code) {
  static constexpr base::ErrorCode kPassing[] = {
      base::ErrorCode::download_failed,    base::ErrorCode::storage_failed,
      base::ErrorCode::cancelled,          base::ErrorCode::shutting_down,
      base::ErrorCode::overloaded,         base::ErrorCode::deadline_exceeded,
      base::ErrorCode::runtime_unreachable};
  return std::ranges::any_of(kPassing, [&](base::ErrorCode passing) {
    return base::error_info(passing).wire_name == code;
  });
}

void print_resume_hint(json::Value job) {
  fmt::print(stderr, "Go on from where it stopped: b3iq-host models resume {}\n",
             text_of(job.find("id")));
}

int print_outcome(json::Value job, const std::string& body, OutputForm form) {
  const auto state = text_of(job.find("state"));
  const int exit_code = state == "done" ? kExitOk : kExitFailed;
  if (form == OutputForm::json) {
    fmt::print("{}\n", body);
  } else if (state == "failed") {
    const auto error = job.find("error");
    const auto code = text_of(error.find("code"));
    fmt::print(stderr, "error: {}\n       ({})\n", text_of(error.find("detail")), code);
    if (may_be_resumed(code)) print_resume_hint(job);
  } else if (state == "cancelled") {
    fmt::print(stderr, "Cancelled.\n");
    print_resume_hint(job);
  }
  return exit_code;
}

WatchedJob print_waiting(const std::string& id, const std::string& body, OutputForm form) {
  if (form == OutputForm::json) {
    fmt::print("{}\n", body);
  } else {
    fmt::print("{}\n", id);
  }
  fmt::print(stderr,
             "Queued: no node serves this home, and the job {} begins when one does. Start it: "
             "b3iq-host serve\n",
             id);
  return {kExitOk, true, {}};
}

}  // namespace

WatchedJob watch_job(const Home& home, const std::string& id, OutputForm form) {
  const bool live = is_terminal(STDERR_FILENO) && form == OutputForm::text;
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return {print_error(channel.error()), false, {}};
  Speed speed;
  for (;;) {
    auto answer = (*channel)->call(http::Method::get, "/setup/v1/model-jobs/" + id, "");
    if (!answer.ok()) return {print_error(answer.error()), false, {}};
    const auto document = json::Document::parse(answer->body);
    if (!document.ok()) return {print_error(document.error()), false, {}};
    const auto job = document->root();
    speed.look(job.find("done_bytes").integer().value_or(0));
    if (live) fmt::print(stderr, "\r\033[K{}", has_ended(job) ? "" : progress_line(job, speed));
    if (has_ended(job)) {
      const int exit_code = print_outcome(job, answer->body, form);
      return {exit_code, false, std::move(answer->body)};
    }
    if (!(*channel)->running()) return print_waiting(id, answer->body, form);
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace b3iq::agent
