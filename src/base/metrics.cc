#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string_view>

#include "base/check.h"

namespace b3iq::base {

namespace {

template <class T>
struct Series {
  Labels labels;
  T metric;
  bool hidden = false;
  template <class... Args>
  explicit Series(Labels of, Args&&... args)
      : labels(std::move(of)), metric(std::forward<Args>(args)...) {}
};

template <class T>
using SeriesList = std::vector<std::unique_ptr<Series<T>>>;

struct Family {
  std::string help;
  MetricKind kind = MetricKind::counter;
  std::vector<double> bounds;
  SeriesList<Counter> counters;
  SeriesList<Gauge> gauges;
  SeriesList<Histogram> histograms;
};

template <class T, class... Args>
T& series_of(SeriesList<T>& list, const Labels& labels, Args&&... args) {
  for (const auto& series : list) {
    if (series->labels != labels) continue;
    series->hidden = false;
    return series->metric;
  }
  list.push_back(std::make_unique<Series<T>>(labels, std::forward<Args>(args)...));
  return list.back()->metric;
}

std::vector<MetricPoint> points_of(const Family& family) {
  std::vector<MetricPoint> points;
  for (const auto& series : family.counters)
    if (!series->hidden) points.push_back({series->labels, series->metric.value(), {}, 0});
  for (const auto& series : family.gauges)
    if (!series->hidden) points.push_back({series->labels, series->metric.value(), {}, 0});
  for (const auto& series : family.histograms)
    if (!series->hidden)
      points.push_back({series->labels, 0, series->metric.counts(), series->metric.sum()});
  return points;
}

template <class T>
void hide_series(const SeriesList<T>& list, const Labels::value_type& label) {
  for (const auto& series : list)
    if (std::ranges::find(series->labels, label) != series->labels.end()) series->hidden = true;
}

constexpr std::string_view kKindNames[] = {"counter", "gauge", "histogram"};

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

// `bound`: the `le` of a histogram's bucket, or empty.
void append_series(std::string& out, std::string_view name, std::string_view suffix,
                   const Labels& labels, std::string_view bound) {
  out.append(name).append(suffix);
  if (labels.empty() && bound.empty()) return;
  out += '{';
  const char* comma = "";
  for (const auto& [label, value] : labels) {
    out.append(comma).append(label).append("=\"");
    append_escaped(out, value, true);
    out += '"';
    comma = ",";
  }
  if (!bound.empty()) fmt::format_to(std::back_inserter(out), "{}le=\"{}\"", comma, bound);
  out += '}';
}

void append_histogram(std::string& out, const MetricFamily& family, const MetricPoint& point) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < point.counts.size(); ++i) {
    below += point.counts[i];
    const auto bound = i < family.bounds.size() ? fmt::format("{}", family.bounds[i]) : "+Inf";
    append_series(out, family.name, "_bucket", point.labels, bound);
    fmt::format_to(std::back_inserter(out), " {}\n", below);
  }
  append_series(out, family.name, "_sum", point.labels, "");
  fmt::format_to(std::back_inserter(out), " {}\n", point.sum);
  append_series(out, family.name, "_count", point.labels, "");
  fmt::format_to(std::back_inserter(out), " {}\n", below);
}

void append_family(std::string& out, const MetricFamily& family) {
  out.append("# HELP ").append(family.name).append(" ");
  append_escaped(out, family.help, false);
  fmt::format_to(std::back_inserter(out), "\n# TYPE {} {}\n", family.name,
                 kKindNames[static_cast<std::size_t>(family.kind)]);
  for (const auto& point : family.points) {
    if (family.kind == MetricKind::histogram) {
      append_histogram(out, family, point);
      continue;
    }
    append_series(out, family.name, "", point.labels, "");
    fmt::format_to(std::back_inserter(out), " {}\n", point.value);
  }
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(new std::atomic<std::uint64_t>[bounds_.size() + 1]()) {
  B3_CHECK(std::ranges::is_sorted(bounds_));
}

void Histogram::observe(double value) {
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<std::uint64_t> Histogram::counts() const {
  std::vector<std::uint64_t> counts(bounds_.size() + 1);
  for (std::size_t i = 0; i < counts.size(); ++i)
    counts[i] = counts_[i].load(std::memory_order_relaxed);
  return counts;
}

struct Metrics::Impl {
  mutable std::mutex mutex;  // guards families
  std::map<std::string, Family> families;
  std::vector<UniqueFunction<void()>> samplers;

  Family& family(const std::string& name, const std::string& help, MetricKind kind,
                 const std::vector<double>& bounds) {
    const auto [at, made] = families.try_emplace(name);
    Family& found = at->second;
    if (made) {
      found.help = help;
      found.kind = kind;
      found.bounds = bounds;
    }
    B3_CHECK(found.kind == kind && found.help == help && found.bounds == bounds);
    return found;
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return series_of(impl_->family(name, help, MetricKind::counter, {}).counters, labels);
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return series_of(impl_->family(name, help, MetricKind::gauge, {}).gauges, labels);
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& bounds, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = impl_->family(name, help, MetricKind::histogram, bounds);
  return series_of(family.histograms, labels, bounds);
}

void Metrics::hide(const Labels::value_type& label) {
  const std::lock_guard lock(impl_->mutex);
  for (auto& [name, family] : impl_->families) {
    hide_series(family.counters, label);
    hide_series(family.gauges, label);
    hide_series(family.histograms, label);
  }
}

void Metrics::before_collect(UniqueFunction<void()> sample) {
  impl_->samplers.push_back(std::move(sample));
}

std::vector<MetricFamily> Metrics::collect() const {
  for (auto& sample : impl_->samplers) sample();
  const std::lock_guard lock(impl_->mutex);
  std::vector<MetricFamily> all;
  all.reserve(impl_->families.size());
  for (const auto& [name, family] : impl_->families)
    all.push_back({name, family.help, family.kind, family.bounds, points_of(family)});
  return all;
}

std::string Metrics::text() const {
  std::string out;
  for (const auto& family : collect()) append_family(out, family);
  return out;
}

}  // namespace b3iq::base
