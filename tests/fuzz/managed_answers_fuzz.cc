// First byte: which answer of a control plane; the rest: its body. A node takes it or refuses it;
// what it takes it can write, and take again.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/inventory.h"
#include "protocol/messages/managed_error.h"
#include "protocol/messages/poll.h"
#include "protocol/messages/unenroll.h"

namespace {

using namespace b3iq::protocol;  // NOLINT: one target

template <class Decode, class Encode>
void taken_again(std::string_view body, Decode decode, Encode encode) {
  const auto read = decode(body);
  if (!read.ok()) return;
  const auto text = encode(*read);
  const auto again = decode(text);
  B3_CHECK(again.ok() && encode(*again) == text);
}

void error_of(std::string_view body) {
  // The header is what stands before the first line end.
  const auto end = body.find('\n');
  const auto read = read_managed_error(
      503, end == std::string_view::npos ? body : body.substr(end + 1), body.substr(0, end));
  B3_CHECK(read.retry_after_ms >= 0 && read.retry_after_ms <= kMaxRetryAfterMs);
  B3_CHECK(read.code_text.size() <= 64 && read.detail.size() <= 512);
}

}  // namespace

int fuzz_managed_answers(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      if (const auto read = decode_challenge(body); read.ok())
        B3_CHECK(control_plane_id_of(read->control_plane_key) == read->control_plane_id);
      break;
    case 1:
      taken_again(body, decode_enrollment_answer, encode_enrollment_answer);
      break;
    case 2:
      taken_again(body, decode_heartbeat_answer, encode_heartbeat_answer);
      break;
    case 3:
      taken_again(body, decode_inventory_answer, encode_inventory_answer);
      break;
    case 4:
      taken_again(body, decode_poll_answer, encode_poll_answer);
      break;
    case 5:
      taken_again(body, decode_result_answer, encode_result_answer);
      break;
    case 6:
      taken_again(body, decode_unenroll_answer, encode_unenroll_answer);
      break;
    default:
      error_of(body);
  }
  return 0;
}
