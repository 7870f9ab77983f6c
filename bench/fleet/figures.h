// What a run counts and times, and how it is printed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace b3iq::fleet {

// Every single duration is kept: eight bytes each.
class Durations {
 public:
  void add_ns(std::int64_t ns) { ns_.push_back(ns); }
  void clear() { ns_.clear(); }
  // The member `name`: count and percentiles in milliseconds. Sorts.
  void write(json::Writer& out, std::string_view name);

 private:
  double ms_at(double share) const;
  std::vector<std::int64_t> ns_;
};

struct Outcomes {
  std::int64_t accepted = 0;            // 200
  std::map<int, std::int64_t> refused;  // by status
  std::int64_t lost = 0;                // no answer: the connection went
  std::string first_refusal;            // the beginning of its body

  void refuse(int status, std::string_view body);
  // Members of an object that is open.
  void write(json::Writer& out) const;
};

// User and system time of this process so far, in seconds.
double cpu_seconds();

// One line to standard output, at once: the harness reads along.
void print_line(const std::string& line);

}  // namespace b3iq::fleet
