// Metrics of the process: counted from any thread without a lock, told in Prometheus text form or
// as a snapshot. Series are made at start-up, or when the owner adds what they tell of, and live as
// long as the Metrics. Label values come from closed sets and from the owner's configuration only,
// never from a request.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_function.h"

namespace b3iq::base {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void add(double amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

class Histogram {
 public:
  // `bounds` rise; each bucket holds what is at most its bound, one more holds the rest.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  // One more than there are bounds, not cumulative.
  std::vector<std::uint64_t> counts() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_ = 0;
};

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

// What one series says at one moment.
struct MetricPoint {
  Labels labels;
  double value = 0;                   // counter, gauge
  std::vector<std::uint64_t> counts;  // histogram: Histogram::counts()
  double sum = 0;                     // histogram
};
struct MetricFamily {
  std::string name;
  std::string help;
  MetricKind kind = MetricKind::counter;
  std::vector<double> bounds;  // histogram
  std::vector<MetricPoint> points;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  // The same name and labels give the same object. A name has one kind, one help and one set of
  // bounds; another use of it ends the process: it is a bug.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help,
                       const std::vector<double>& bounds, const Labels& labels = {});
  // Tells no series of this label any more, until one of its series is asked for again; it then
  // goes on from where it was. For what the owner has taken away.
  void hide(const Labels::value_type& label);
  // Run by collect() and text() before they look, on their caller's thread: for gauges that are
  // read from elsewhere. At start-up.
  void before_collect(UniqueFunction<void()> sample);

  // By name. Any thread that may run the samplers.
  std::vector<MetricFamily> collect() const;
  // The whole exposition, text format 0.0.4.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace b3iq::base
