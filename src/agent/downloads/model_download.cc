#include "agent/downloads/model_download.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "agent/downloads/download_url.h"
#include "agent/downloads/fetch_job.h"
#include "agent/downloads/part_file.h"
#include "agent/downloads/progress_report.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::size_t kSha256HexBytes = 64;

Status check_source(const DownloadSource& source, std::int64_t max_bytes) {
  if (source.size_bytes && (*source.size_bytes <= 0 || *source.size_bytes > max_bytes)) {
    return Error(ErrorCode::invalid_request,
                 "The size must be a number of bytes from 1 to " + std::to_string(max_bytes) + ".",
                 "size_bytes");
  }
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (source.sha256 &&
      (source.sha256->size() != kSha256HexBytes || !std::ranges::all_of(*source.sha256, is_hex))) {
    return Error(ErrorCode::invalid_request,
                 "The checksum must be a SHA-256 in 64 lower-case hexadecimal digits.", "sha256");
  }
  return {};
}

}  // namespace

ModelDownload::ModelDownload(http::EventLoop& loop, DownloadLimits limits, DownloadNetwork network,
                             base::Random& random)
    : loop_(loop),
      limits_(limits),
      network_(std::move(network)),
      random_(random),
      bandwidth_(limits.bytes_per_second) {}

Task<Result<ReceivedFile>> ModelDownload::fetch(DownloadSource source, std::string part_path,
                                                DownloadTold on_progress,
                                                base::CancelToken cancel) {
  CO_TRY_OK(check_source(source, limits_.max_bytes));
  CO_TRY(auto url, parse_download_url(source.url));
  const PartLimits part_limits{.reserve_bytes = limits_.reserve_bytes};
  CO_TRY(auto part, co_await PartFile::open(part_path, part_limits));
  ProgressReport report(std::move(on_progress));
  const FetchSetting setting{loop_, limits_, network_, random_, bandwidth_};
  FetchJob job(setting, source, std::move(url), *part, report, cancel);
  auto received = co_await job.run();
  // Wrong bytes are of no use to anybody: nothing would continue them.
  if (!received.ok() && received.error().code == ErrorCode::download_mismatch) {
    co_await part->remove();
  }
  co_await part->close();
  co_return received;
}

Task<Result<ReceivedFile>> ModelDownload::copy(std::string from_path, std::string part_path,
                                               DownloadTold on_progress, base::CancelToken cancel) {
  const PartLimits part_limits{.reserve_bytes = limits_.reserve_bytes};
  CO_TRY(auto part, co_await PartFile::open(part_path, part_limits));
  ProgressReport report(std::move(on_progress));
  report.enter(DownloadPhase::receiving, 0, std::nullopt);
  PartFile::Told told = [&report](std::int64_t done) { report.bytes(done); };
  auto copied =
      co_await part->copy_from(std::move(from_path), limits_.max_bytes, std::move(told), cancel);
  if (!copied.ok()) {
    co_await part->close();
    co_return std::move(copied).error();
  }
  report.enter(DownloadPhase::verifying, part->bytes(), part->bytes());
  auto sealed = co_await part->seal();
  co_await part->close();
  co_return sealed;
}

void forget_part_record(const std::string& part_path) { ::unlink((part_path + ".json").c_str()); }

void remove_part(const std::string& part_path) {
  ::unlink(part_path.c_str());
  forget_part_record(part_path);
}

}  // namespace b3iq::agent
