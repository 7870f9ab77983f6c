#include "agent/downloads/download_record.h"

#include <algorithm>
#include <utility>

#include "agent/downloads/answer_fields.h"
#include "agent/downloads/download_types.h"
#include "agent/downloads/download_url.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr int kMaxDepth = 2;
constexpr std::size_t kHexBytes = 64;
constexpr std::size_t kMaxBootIdBytes = 64;

bool is_sha256(std::string_view text) {
  return text.size() == kHexBytes && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_size(std::int64_t bytes) { return bytes >= 0 && bytes <= kMaxModelFileBytes; }

bool is_validator(std::string_view text) {
  return is_strong_etag(text) || parse_http_date(text).has_value();
}

// A member that may be null. False: it is there in another kind, or not at all.
bool take(json::Value root, std::string_view name, std::optional<std::string>& out) {
  const auto value = root.find(name);
  if (value.is_string()) out = value.string();
  return value && (value.is_null() || value.is_string());
}

bool take(json::Value root, std::string_view name, std::optional<std::int64_t>& out) {
  const auto value = root.find(name);
  out = value.integer();
  return value && (value.is_null() || out.has_value());
}

bool take(json::Value root, std::string_view name, std::string& out) {
  std::optional<std::string> text;
  if (!take(root, name, text) || !text) return false;
  out = *std::move(text);
  return true;
}

bool plausible(const DownloadRecord& record) {
  if (!parse_download_url(record.url).ok()) return false;
  if (record.validator && !is_validator(*record.validator)) return false;
  if (record.sha256 && !is_sha256(*record.sha256)) return false;
  if (record.total_bytes && !is_size(*record.total_bytes)) return false;
  if (!is_size(record.checkpoint_bytes)) return false;
  if (record.checkpoint_bytes > record.total_bytes.value_or(kMaxModelFileBytes)) return false;
  if (record.boot_id.size() > kMaxBootIdBytes) return false;
  return record.checkpoint_bytes == 0 ? record.checkpoint_sha256.empty()
                                      : is_sha256(record.checkpoint_sha256);
}

}  // namespace

std::string write_record(const DownloadRecord& record) {
  std::string text;
  json::Writer w(text);
  const auto optional = [&w](std::string_view name, const auto& value) {
    w.key(name);
    if (value) {
      w.value(*value);
    } else {
      w.null();
    }
  };
  w.begin_object();
  w.member("format", kFormat);
  w.member("url", record.url);
  optional("validator", record.validator);
  optional("sha256", record.sha256);
  optional("total_bytes", record.total_bytes);
  w.member("checkpoint_bytes", record.checkpoint_bytes);
  w.member("checkpoint_sha256", record.checkpoint_sha256);
  w.member("boot_id", record.boot_id);
  w.end_object();
  text += '\n';
  return text;
}

std::optional<DownloadRecord> read_record(std::string_view text) {
  const auto document =
      json::Document::parse(text, {.max_bytes = kMaxRecordBytes, .max_depth = kMaxDepth});
  if (!document.ok()) return std::nullopt;
  const auto root = document->root();
  if (!root.is_object() || root.find("format").integer() != kFormat) return std::nullopt;
  DownloadRecord record;
  std::optional<std::int64_t> checkpoint;
  const bool whole = take(root, "url", record.url) && take(root, "validator", record.validator) &&
                     take(root, "sha256", record.sha256) &&
                     take(root, "total_bytes", record.total_bytes) &&
                     take(root, "checkpoint_bytes", checkpoint) && checkpoint &&
                     take(root, "checkpoint_sha256", record.checkpoint_sha256) &&
                     take(root, "boot_id", record.boot_id);
  if (!whole) return std::nullopt;
  record.checkpoint_bytes = *checkpoint;
  if (!plausible(record)) return std::nullopt;
  return record;
}

}  // namespace b3iq::agent
