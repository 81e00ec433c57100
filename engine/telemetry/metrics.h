#pragma once
// Numbers for operators: cheap to count, rendered as Prometheus text.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace engine::telemetry {

/// Only grows. Threads: any.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Threads: any.
class Gauge {
 public:
  void set(double v) { value_.store(v, std::memory_order_relaxed); }
  void add(double v) { value_.fetch_add(v, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts observations by upper bound. Threads: any; a rendering during an observation may miss a part of it.
class Histogram {
 public:
  /// `bounds`: ascending upper bounds; one bucket beyond the last is implied.
  explicit Histogram(std::span<const double> bounds);
  void observe(double v);
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  /// The bucket bound at or above the q-quantile (0 < q <= 1); infinity beyond the last; 0 without observations.
  double quantile_bound(double q) const;
  /// Appends the sample lines; `labels` without braces, maybe empty.
  void render(std::string& out, const std::string& name, const std::string& labels) const;

 private:
  std::vector<double> bounds_;
  std::deque<std::atomic<std::uint64_t>> buckets_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<double> sum_{0};
};

/// Upper bounds in seconds from 100 microseconds to one minute.
std::span<const double> latency_bounds();

/// Bounded sets only: never a URL, a key or an id of a document.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// What a collector has to tell of one moment.
class Samples {
 public:
  void gauge(const std::string& name, std::string_view help, const Labels& labels, double value) { add(name, help, false, labels, value); }
  void counter(const std::string& name, std::string_view help, const Labels& labels, double value) { add(name, help, true, labels, value); }

 private:
  friend class Registry;
  struct Family {
    bool counts = false;
    std::string help;
    std::map<std::string, double> values;  // by labels
  };
  void add(const std::string& name, std::string_view help, bool counts, const Labels& labels, double value);
  std::map<std::string, Family> families_;
};

/// Owns metrics; what it hands out lives as long as it does. Asking again for the same name and labels gives the same object;
/// a name has one kind (asking for another is a programming error).
/// Threads: any. Rendering calls the functions given to it on its own thread.
class Registry {
 public:
  Counter& counter(const std::string& name, const std::string& help, Labels labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, Labels labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, std::span<const double> bounds = latency_bounds(), Labels labels = {});
  /// A gauge read when rendering. `read` must be callable as long as the registry lives.
  void gauge_function(const std::string& name, const std::string& help, Labels labels, std::function<double()> read);
  /// The same for a number that only grows.
  void counter_function(const std::string& name, const std::string& help, Labels labels, std::function<double()> read);

  /// For families whose labels come and go: called once per rendering, and what it adds is all there is of them. Its names are nobody else's. `read` must be
  /// callable as long as the registry lives.
  void collect(std::function<void(Samples&)> read);

  /// Prometheus text format 0.0.4, families by name, samples by labels.
  std::string render() const;

 private:
  enum class Kind { kCounter, kGauge, kHistogram };
  struct Family {
    Kind kind;
    std::string help;
    std::map<std::string, Counter> counters;
    std::map<std::string, Gauge> gauges;
    std::map<std::string, Histogram> histograms;
    std::map<std::string, std::function<double()>> functions;
  };
  Family& family(const std::string& name, const std::string& help, Kind kind);
  static void render_family(std::string& out, const std::string& name, const Family& family);
  static void render_samples(std::string& out, const std::string& name, const Samples::Family& family);

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
  std::vector<std::function<void(Samples&)>> collectors_;
};

}  // namespace engine::telemetry
