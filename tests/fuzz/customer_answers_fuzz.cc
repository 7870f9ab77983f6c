// Any text as what a control plane answers to a customer, as what b3iq keeps in files, and as what
// an OpenAI client sends to its proxy: read or refused. What is kept is written as it is read
// again.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "client/control_plane/customer_answers.h"
#include "client/control_plane/log_statement.h"
#include "client/evidence/receipt_input.h"
#include "client/home/pins.h"
#include "client/jobs/answer_events.h"
#include "client/proxy/chat_request.h"

int fuzz_customer_answers(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::client;  // NOLINT: one target
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)read_candidates(text);
  (void)read_jobs(text);
  (void)read_models(text);
  (void)read_log_statement(text);
  (void)read_receipt_input(text);
  (void)error_of_answer(400, text);
  const auto job = read_job(text);
  if (job.ok() && job->status < JobStatus::completed) B3_CHECK(!is_terminal(job->status));
  const auto pins = decode_pins(text);
  if (pins.ok()) {
    const auto again = decode_pins(encode_pins(*pins));
    B3_CHECK(again.ok() && encode_pins(*again) == encode_pins(*pins));
  }
  const auto evidence = decode_evidence(text);
  if (evidence.ok()) {
    const auto again = decode_evidence(encode_evidence(*evidence));
    B3_CHECK(again.ok() && encode_evidence(*again) == encode_evidence(*evidence));
  }
  const auto events = events_of_answer(text, true);
  if (events.ok()) B3_CHECK(events->ends_with("data: [DONE]\n\n"));
  const auto asked = read_chat_request(text);
  if (asked.ok()) B3_CHECK(asked->body.reveal_text() == text);
  return 0;
}
