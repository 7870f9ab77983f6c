// The log lines that the node keeps: <home>/logs/agent.log and its elder files agent.log.1 …, mode
// 0600, bounded together. A line is one write of the thread that logs; one that cannot be written
// is counted, and the count is told in the next line that can.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace b3iq::agent {

inline constexpr int kLogFiles = 4;  // agent.log and three elder ones, each a quarter

// "<folder>/agent.log" for 0, else "<folder>/agent.log.<age>".
std::string log_file_path(const std::string& folder, int age);

class LogFile final : public base::LogSink {
 public:
  // Makes the folder (0700). `total_bytes`: of all files together. Error: file_failed with the path
  // and the reason.
  static base::Result<std::unique_ptr<LogFile>> open(std::string folder, std::int64_t total_bytes);
  ~LogFile() override;

  void write(std::string_view line) override;
  std::uint64_t lost() const override { return lost_.load(std::memory_order_relaxed); }

 private:
  LogFile(std::string folder, std::int64_t bytes);
  bool open_file();
  void rotate();
  bool put(std::string_view line);

  std::string folder_;
  std::int64_t file_bytes_;
  std::atomic<std::uint64_t> lost_ = 0;
  std::mutex mutex_;  // guards what follows
  int fd_ = -1;
  std::int64_t size_ = 0;
  std::uint64_t told_ = 0;  // of the lost lines
  bool broken_ = false;     // the file ends within a line
};

}  // namespace b3iq::agent
