// What a node keeps of its enrollment: HOME/managed/enrollment.json, mode 0600, replaced as a
// whole.
//
//   {"type":"b3iq-enrollment-record-v1","node_id","control_plane_url","control_plane_id",
//    "control_plane_public_key","enrolled_at","heartbeat_interval_ms","boot_epoch",
//    "clock_offset_ms","also_allowed":[command kinds],"sequences":{signature tag: number}}
//
// A sequence number is the highest that may have been used: numbers are reserved in blocks before
// the first of them is sent, so that none is used twice, whatever ends the process.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/http_signature.h"
#include "protocol/ids.h"
#include "protocol/messages/enrollment.h"

namespace b3iq::agent {

inline constexpr std::string_view kEnrollmentRecordType = "b3iq-enrollment-record-v1";
inline constexpr std::size_t kMaxRecordBytes = 16 * 1024;
inline constexpr std::size_t kMaxControlPlaneUrlBytes = 512;
// Until the server says another.
inline constexpr std::int64_t kDefaultHeartbeatMs = 15'000;

// By SignatureTag.
using SequenceMarks = std::array<std::int64_t, protocol::kSignatureTags>;

struct EnrollmentRecord {
  protocol::NodeId node_id;
  std::string control_plane_url;
  protocol::ControlPlaneId control_plane_id;
  std::string control_plane_public_key;  // base64url; "" when it was not told
  std::int64_t enrolled_at_ms = 0;
  std::int64_t heartbeat_interval_ms = kDefaultHeartbeatMs;
  std::int64_t boot_epoch = 0;            // of the last start; the next one's is higher
  std::int64_t clock_offset_ms = 0;       // the control plane's clock less this machine's
  std::vector<std::string> also_allowed;  // command kinds, beside managed.allowed_commands
  SequenceMarks sequences{};
};

std::string enrollment_record_text(const EnrollmentRecord& record);
// Errors: corrupt, saying what is wrong.
base::Result<EnrollmentRecord> read_enrollment_record(std::string_view text);

}  // namespace b3iq::agent
