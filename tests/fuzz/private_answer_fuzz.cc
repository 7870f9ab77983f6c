// The plaintext of a sealed answer, as a node that does not keep to the form may have sealed it, or
// (second bit of the first byte) the key that a customer kept for opening it.
#include "protocol/private/private_answer.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/private/answer_opener.h"
#include "protocol/private/padding.h"

int fuzz_private_answer(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one target
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] & 2) {
    const auto opener = AnswerOpener::load(text);
    if (opener.ok()) B3_CHECK(AnswerOpener::load(opener->save().reveal_text()).ok());
    return 0;
  }
  if (data[0] % 2 == 1) text.resize(padme_length(text.size()), ' ');
  const auto answer = decode_private_answer(text);
  if (!answer.ok()) return 0;
  B3_CHECK(answer->receipt || answer->status != AnswerStatus::completed);
  B3_CHECK(answer->body.starts_with('{') && answer->body.ends_with('}'));
  const auto again = encode_private_answer(*answer, 0);
  if (!again.ok()) return 0;  // past the limit without the layout
  const auto same = decode_private_answer(b3iq::base::as_text(*again));
  B3_CHECK(same.ok() && same->body == answer->body && same->status == answer->status &&
           same->job_id == answer->job_id &&
           same->receipt.has_value() == answer->receipt.has_value());
  if (answer->receipt) {
    B3_CHECK(same->receipt->document == answer->receipt->document &&
             same->receipt->salt == answer->receipt->salt);
  }
  return 0;
}
