#include "agent/sync/enrollment_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::size_t kMaxAlsoAllowed = 16;
constexpr std::size_t kMaxKindBytes = 64;
// A year each way: beyond it a clock is not wrong, it is made up.
constexpr std::int64_t kMaxOffsetMs = std::int64_t{366} * 24 * 3600 * 1000;
constexpr std::size_t kMaxKeyBytes = 64;

Error damaged(std::string_view what) {
  return {ErrorCode::corrupt, fmt::format("the enrollment record is damaged: {}", what)};
}

protocol::SignatureTag tag_at(std::size_t index) {
  return static_cast<protocol::SignatureTag>(index);
}

Result<std::int64_t> number(json::Value root, std::string_view name, std::int64_t least,
                            std::int64_t most) {
  const auto value = root.find(name).integer();
  if (!value || *value < least || *value > most)
    return damaged(fmt::format("'{}' is no number in its range", name));
  return *value;
}

Result<std::string> text(json::Value root, std::string_view name, std::size_t most) {
  const auto value = root.find(name).string();
  if (!value || value->size() > most) return damaged(fmt::format("'{}' is no text", name));
  return std::string(*value);
}

Status read_ids(json::Value root, EnrollmentRecord& record) {
  auto node = protocol::NodeId::parse(root.find("node_id").string().value_or(""));
  if (!node.ok()) return damaged("'node_id' is none");
  auto control_plane =
      protocol::ControlPlaneId::parse(root.find("control_plane_id").string().value_or(""));
  if (!control_plane.ok()) return damaged("'control_plane_id' is none");
  record.node_id = std::move(node).value();
  record.control_plane_id = std::move(control_plane).value();
  return {};
}

Status read_allowed(json::Value list, EnrollmentRecord& record) {
  if (!list.is_array() || list.size() > kMaxAlsoAllowed)
    return damaged("'also_allowed' is no short list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto kind = list.at(i).string();
    if (!kind || kind->empty() || kind->size() > kMaxKindBytes)
      return damaged("'also_allowed' holds what is no command kind");
    record.also_allowed.emplace_back(*kind);
  }
  return {};
}

Status read_sequences(json::Value marks, EnrollmentRecord& record) {
  if (!marks.is_object()) return damaged("'sequences' is no object");
  for (std::size_t i = 0; i < protocol::kSignatureTags; ++i) {
    const auto name = protocol::wire_name(tag_at(i));
    // Records of before there were frames have none.
    if (tag_at(i) == protocol::SignatureTag::frames && !marks.find(name)) continue;
    TRY(record.sequences[i], number(marks, name, 0, protocol::kMaxSequence));
  }
  return {};
}

}  // namespace

std::string enrollment_record_text(const EnrollmentRecord& record) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("type", kEnrollmentRecordType);
  w.member("node_id", record.node_id.text());
  w.member("control_plane_url", record.control_plane_url);
  w.member("control_plane_id", record.control_plane_id.text());
  w.member("control_plane_public_key", record.control_plane_public_key);
  w.member("enrolled_at", base::format_rfc3339(record.enrolled_at_ms));
  w.member("heartbeat_interval_ms", record.heartbeat_interval_ms);
  w.member("boot_epoch", record.boot_epoch);
  w.member("clock_offset_ms", record.clock_offset_ms);
  w.key("also_allowed");
  w.begin_array();
  for (const auto& kind : record.also_allowed) w.value(kind);
  w.end_array();
  w.key("sequences");
  w.begin_object();
  for (std::size_t i = 0; i < protocol::kSignatureTags; ++i)
    w.member(protocol::wire_name(tag_at(i)), record.sequences[i]);
  w.end_object();
  w.end_object();
  return out;
}

Result<EnrollmentRecord> read_enrollment_record(std::string_view document_text) {
  const json::Limits limits{.max_bytes = kMaxRecordBytes, .max_depth = 4};
  const auto document = json::Document::parse(document_text, limits);
  if (!document.ok()) return damaged(document.error().detail);
  const auto root = document->root();
  if (!root.is_object() || root.find("type").string() != kEnrollmentRecordType)
    return damaged("it is of another type");
  EnrollmentRecord record;
  TRY_OK(read_ids(root, record));
  TRY(record.control_plane_url, text(root, "control_plane_url", kMaxControlPlaneUrlBytes));
  TRY(record.control_plane_public_key, text(root, "control_plane_public_key", kMaxKeyBytes));
  if (!base::parse_rfc3339(root.find("enrolled_at").string().value_or(""), record.enrolled_at_ms))
    return damaged("'enrolled_at' is no time");
  TRY(record.heartbeat_interval_ms,
      number(root, "heartbeat_interval_ms", protocol::kMinHeartbeatIntervalMs,
             protocol::kMaxHeartbeatIntervalMs));
  TRY(record.boot_epoch, number(root, "boot_epoch", 0, protocol::kMaxBootEpoch));
  TRY(record.clock_offset_ms, number(root, "clock_offset_ms", -kMaxOffsetMs, kMaxOffsetMs));
  TRY_OK(read_allowed(root.find("also_allowed"), record));
  TRY_OK(read_sequences(root.find("sequences"), record));
  return record;
}

}  // namespace b3iq::agent
