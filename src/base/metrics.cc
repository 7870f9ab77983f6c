#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace b3iq::base {
namespace {

class CounterOf final : public Counter {
 public:
  explicit CounterOf(prometheus::Counter& target) : target_(target) {}
  void add(double amount) override { target_.Increment(amount); }

 private:
  prometheus::Counter& target_;
};

class GaugeOf final : public Gauge {
 public:
  explicit GaugeOf(prometheus::Gauge& target) : target_(target) {}
  void set(double value) override { target_.Set(value); }
  void add(double amount) override { target_.Increment(amount); }

 private:
  prometheus::Gauge& target_;
};

class HistogramOf final : public Histogram {
 public:
  explicit HistogramOf(prometheus::Histogram& target) : target_(target) {}
  void observe(double value) override { target_.Observe(value); }

 private:
  prometheus::Histogram& target_;
};

prometheus::Labels to_map(const Labels& labels) { return {labels.begin(), labels.end()}; }

// One wrapper for each metric of the registry, so that equal names and labels give the same object.
template <class Wrapper, class Target>
Wrapper& wrap(std::map<Target*, std::unique_ptr<Wrapper>>& made, Target& target) {
  auto& slot = made[&target];
  if (!slot) slot = std::make_unique<Wrapper>(target);
  return *slot;
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  std::mutex mutex;  // guards the maps below
  std::map<prometheus::Counter*, std::unique_ptr<CounterOf>> counters;
  std::map<prometheus::Gauge*, std::unique_ptr<GaugeOf>> gauges;
  std::map<prometheus::Histogram*, std::unique_ptr<HistogramOf>> histograms;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
  const std::lock_guard lock(impl_->mutex);
  return wrap(impl_->counters, family.Add(to_map(labels)));
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
  const std::lock_guard lock(impl_->mutex);
  return wrap(impl_->gauges, family.Add(to_map(labels)));
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& bounds, const Labels& labels) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
  const std::lock_guard lock(impl_->mutex);
  return wrap(impl_->histograms, family.Add(to_map(labels), bounds));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace b3iq::base
