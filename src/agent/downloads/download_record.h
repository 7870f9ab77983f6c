// What is known of a part beside its bytes, kept as JSON so that another process can go on:
//   {"format":1, "url":text, "validator":text|null, "sha256":hex|null, "total_bytes":n|null,
//    "checkpoint_bytes":n, "checkpoint_sha256":hex, "boot_id":text}
// The url may hold a signature, so the file is the owner's alone (0600). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace b3iq::agent {

inline constexpr std::size_t kMaxRecordBytes = 64 * 1024;

struct DownloadRecord {
  std::string url;
  std::optional<std::string> validator;  // for If-Range: a strong entity tag or a date
  std::optional<std::string> sha256;     // that the source named
  std::optional<std::int64_t> total_bytes;
  // The beginning of the part that was synced, and its hash. What lies behind it is trusted only
  // until the machine is started again: the kernel had it, the disk perhaps not.
  std::int64_t checkpoint_bytes = 0;
  std::string checkpoint_sha256;  // lower-case hexadecimal; empty at 0 bytes
  std::string boot_id;            // of the kernel that wrote; empty: unknown

  bool operator==(const DownloadRecord&) const = default;
};

std::string write_record(const DownloadRecord& record);
// Nothing for whatever was not written by write_record(): the download begins anew then.
std::optional<DownloadRecord> read_record(std::string_view text);

}  // namespace b3iq::agent
