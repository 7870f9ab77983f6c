// What a node has kept of its enrollment: the record, a row of the commands and the transport key's
// times. The first byte chooses.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/sync/command_entry.h"
#include "agent/sync/enrollment_record.h"
#include "agent/sync/transport_key_times.h"
#include "base/check.h"

namespace {

using namespace b3iq::agent;

void check_enrollment(std::string_view text) {
  const auto record = read_enrollment_record(text);
  if (!record.ok()) return;
  const auto written = enrollment_record_text(*record);
  const auto again = read_enrollment_record(written);
  B3_CHECK(again.ok() && enrollment_record_text(*again) == written);
  for (const auto mark : record->sequences)
    B3_CHECK(mark >= 0 && mark <= b3iq::protocol::kMaxSequence);
}

void check_entry(std::string_view text) {
  constexpr std::string_view kId = "cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV";
  for (const std::string_view state : {"accepted", "started", "done", "delivered"}) {
    const auto entry = read_entry(kId, state, text);
    if (!entry.ok()) continue;
    B3_CHECK(entry_state_name(entry->state) == state);
    B3_CHECK(entry->open() || !entry->result.empty());
    const auto again = read_entry(kId, state, entry_document(*entry));
    B3_CHECK(again.ok() && entry_document(*again) == entry_document(*entry));
  }
}

void check_key_times(std::string_view text) {
  const auto times = read_transport_key_times(text);
  if (!times.ok()) return;
  const auto written = transport_key_times_text(*times);
  const auto again = read_transport_key_times(written);
  B3_CHECK(again.ok() && transport_key_times_text(*again) == written);
}

}  // namespace

int fuzz_enrollment_record(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'k') {
    check_key_times(text);
  } else if (data[0] % 2 == 0) {
    check_enrollment(text);
  } else {
    check_entry(text);
  }
  return 0;
}
