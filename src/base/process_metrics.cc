#include "base/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/clock.h"
#include "base/log.h"

namespace b3iq::base {

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// 0 when the kernel does not tell.
double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return file ? resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

ProcessMetrics::ProcessMetrics(Metrics& m, std::string_view version)
    : resident_bytes_(m.gauge("process_resident_memory_bytes", "Memory of this process.")),
      cpu_seconds_(m.counter("process_cpu_seconds_total", "CPU time of this process.")),
      lost_lines_(m.counter("b3iq_log_lines_lost_total",
                            "Log lines that could not be written to the log file.")) {
  m.gauge("b3iq_build_info", "1, with the version.", {{"version", std::string(version)}}).set(1);
  m.gauge("process_start_time_seconds", "When this process was started, in Unix time.")
      .set(static_cast<double>(system_clock().wall_ms()) / 1e3);
}

void ProcessMetrics::sample() {
  resident_bytes_.set(resident_bytes());
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    cpu_seconds_.add(seconds(used.ru_utime) + seconds(used.ru_stime) - cpu_seconds_.value());
  lost_lines_.add(static_cast<double>(log_lines_lost()) - lost_lines_.value());
}

}  // namespace b3iq::base
