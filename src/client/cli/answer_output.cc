#include "client/cli/answer_output.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/bytes.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "json/json.h"

namespace b3iq::client {

using protocol::AnswerStatus;

namespace {

void print_json(const protocol::PrivateAnswer& answer) {
  cli::print_object([&](json::Writer& w) {
    w.member("job_id", answer.job_id.text());
    w.member("node_id", answer.node_id.text());
    w.member("status", protocol::wire_name(answer.status));
    w.key(answer.status == AnswerStatus::completed ? "response" : "error");
    w.raw(answer.body);
    if (!answer.receipt) return;
    w.key("receipt");
    w.raw(answer.receipt->document);
    w.member("receipt_salt", base::to_base64url(answer.receipt->salt));
  });
}

bool print_message(const protocol::PrivateAnswer& answer) {
  const auto document = json::Document::parse(answer.body);
  if (!document.ok() || !is_text_alone(document->root())) return false;
  const auto message = document->root().find("choices").at(0).find("message");
  fmt::print("{}\n", message.find("content").string().value_or(""));
  return true;
}

}  // namespace

bool is_text_alone(json::Value answer) {
  const auto choices = answer.find("choices");
  const auto message = choices.at(0).find("message");
  return choices.size() == 1 && message.find("content").is_string() &&
         message.find("tool_calls").size() == 0 && message.find("refusal").is_null();
}

PrintedAnswer print_answer(const protocol::PrivateAnswer& answer, AnswerText text,
                           cli::OutputForm form) {
  if (form == cli::OutputForm::json) {
    print_json(answer);
  } else if (text != AnswerText::message || !print_message(answer)) {
    fmt::print("{}\n", answer.body);
  }
  PrintedAnswer printed{cli::kExitOk, std::fflush(stdout) == 0 && std::ferror(stdout) == 0};
  if (!printed.taken) {
    fmt::print(stderr, "error: the answer could not be written to standard output.\n");
    printed.exit_code = cli::kExitFailed;
  } else if (answer.status != AnswerStatus::completed) {
    fmt::print(stderr, "error: the job has ended as {}; what the node says of it is above.\n",
               protocol::wire_name(answer.status));
    printed.exit_code = cli::kExitFailed;
  }
  return printed;
}

}  // namespace b3iq::client
