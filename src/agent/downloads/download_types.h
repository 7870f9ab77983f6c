// What a download is asked for, how far it is, and its limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/catalogue/model_catalogue.h"

namespace b3iq::agent {

inline constexpr std::int64_t kMebibyte = 1024 * 1024;

// What stays free on the disk for everything else.
inline constexpr std::int64_t kDiskReserveBytes = 512 * kMebibyte;
// Tries that fail in a row, without kTryProgressBytes between them, before a download gives up.
inline constexpr int kDownloadRetries = 10;
inline constexpr std::int64_t kTryProgressBytes = kMebibyte;
// Between two tries: doubled each time, half of it random.
inline constexpr std::int64_t kFirstBackoffMs = 1'000;
inline constexpr std::int64_t kMaxBackoffMs = 60'000;
// A server's Retry-After is honoured up to this.
inline constexpr std::int64_t kMaxRetryAfterMs = 600'000;
// How often what was received may be thrown away for another version of the file.
inline constexpr int kDownloadRestarts = 3;
inline constexpr std::int64_t kDownloadConnectMs = 15'000;
// Longest time without a byte.
inline constexpr std::int64_t kDownloadSilenceMs = 60'000;

enum class DownloadPhase : std::uint8_t {
  connecting,
  receiving,  // of a copy: copying
  verifying,  // a part from before is read again, or the end is checked and synced
  waiting     // between two tries
};

struct DownloadProgress {
  DownloadPhase phase = DownloadPhase::connecting;
  // On this machine; while verifying, how many of them were read again.
  std::int64_t received_bytes = 0;
  std::optional<std::int64_t> total_bytes;  // nothing: nobody said so yet
  std::string note;                         // why it waits, in a sentence
};

struct DownloadSource {
  std::string url;  // http or https; no user, no fragment
  std::optional<std::int64_t> size_bytes;
  std::optional<std::string> sha256;  // lower-case hexadecimal
};

struct DownloadLimits {
  std::int64_t bytes_per_second = 0;  // of all downloads of one ModelDownload together; 0: none
  std::int64_t max_bytes = kMaxModelFileBytes;
  std::int64_t reserve_bytes = kDiskReserveBytes;
  int retries = kDownloadRetries;
  std::int64_t try_progress_bytes = kTryProgressBytes;
  std::int64_t first_backoff_ms = kFirstBackoffMs;
  std::int64_t max_backoff_ms = kMaxBackoffMs;
  std::int64_t max_retry_after_ms = kMaxRetryAfterMs;
  int restarts = kDownloadRestarts;
  std::int64_t connect_ms = kDownloadConnectMs;
  std::int64_t silence_ms = kDownloadSilenceMs;
};

struct DownloadNetwork {
  std::uint16_t own_port = 0;  // this node's listener: never dialled. 0: none
  std::string ca_file;         // trusted instead of the system's authorities, when named
};

struct ReceivedFile {
  std::string sha256;  // lower-case hexadecimal
  std::int64_t bytes = 0;
};

}  // namespace b3iq::agent
