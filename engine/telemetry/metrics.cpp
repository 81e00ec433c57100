#include "engine/telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>

namespace engine::telemetry {
namespace {

void append_value(std::string& out, double v) {
  if (std::isnan(v)) {
    out += "NaN";
  } else if (std::isinf(v)) {
    out += v > 0 ? "+Inf" : "-Inf";
  } else {
    char digits[40];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
  }
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') out += "\\\\";
    else if (c == '\n') out += "\\n";
    else if (c == '"' && quotes) out += "\\\"";
    else out += c;
  }
}

// a="1",b="2": the key by which samples are told apart, and their text.
std::string label_text(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
  append_value(out, value);
  out += '\n';
}

void append_head(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, help, false);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

}  // namespace

std::span<const double> latency_bounds() {
  static constexpr std::array<double, 18> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
  return kBounds;
}

Histogram::Histogram(std::span<const double> bounds) : bounds_(bounds.begin(), bounds.end()), buckets_(bounds.size() + 1) {
  assert(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::observe(double v) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(v, std::memory_order_relaxed);
}

double Histogram::quantile_bound(double q) const {
  const auto total = count();
  if (total == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (seen >= wanted) return bounds_[i];
  }
  return std::numeric_limits<double>::infinity();
}

void Histogram::render(std::string& out, const std::string& name, const std::string& labels) const {
  const auto prefix = labels.empty() ? std::string("le=\"") : labels + ",le=\"";
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    auto bound = prefix;
    append_value(bound, i < bounds_.size() ? bounds_[i] : std::numeric_limits<double>::infinity());
    append_sample(out, name + "_bucket", bound + "\"", static_cast<double>(seen));
  }
  append_sample(out, name + "_sum", labels, sum());
  append_sample(out, name + "_count", labels, static_cast<double>(seen));  // equal to the last bucket even in the middle of an observation
}

Registry::Family& Registry::family(const std::string& name, const std::string& help, Kind kind) {
  const auto [at, added] = families_.try_emplace(name);
  if (added) {
    at->second.kind = kind;
    at->second.help = help;
  }
  assert(at->second.kind == kind);
  return at->second;
}

Counter& Registry::counter(const std::string& name, const std::string& help, Labels labels) {
  std::lock_guard lock(mutex_);
  return family(name, help, Kind::kCounter).counters[label_text(labels)];
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, Labels labels) {
  std::lock_guard lock(mutex_);
  return family(name, help, Kind::kGauge).gauges[label_text(labels)];
}

Histogram& Registry::histogram(const std::string& name, const std::string& help, std::span<const double> bounds, Labels labels) {
  std::lock_guard lock(mutex_);
  return family(name, help, Kind::kHistogram).histograms.try_emplace(label_text(labels), bounds).first->second;
}

void Registry::gauge_function(const std::string& name, const std::string& help, Labels labels, std::function<double()> read) {
  std::lock_guard lock(mutex_);
  family(name, help, Kind::kGauge).functions[label_text(labels)] = std::move(read);
}

void Registry::counter_function(const std::string& name, const std::string& help, Labels labels, std::function<double()> read) {
  std::lock_guard lock(mutex_);
  family(name, help, Kind::kCounter).functions[label_text(labels)] = std::move(read);
}

void Registry::render_family(std::string& out, const std::string& name, const Family& family) {
  static constexpr std::array<std::string_view, 3> kTypes{"counter", "gauge", "histogram"};
  append_head(out, name, family.help, kTypes[static_cast<std::size_t>(family.kind)]);
  for (const auto& [labels, counter] : family.counters) append_sample(out, name, labels, static_cast<double>(counter.value()));
  for (const auto& [labels, gauge] : family.gauges) append_sample(out, name, labels, gauge.value());
  for (const auto& [labels, read] : family.functions) append_sample(out, name, labels, read());
  for (const auto& [labels, histogram] : family.histograms) histogram.render(out, name, labels);
}

void Samples::add(const std::string& name, std::string_view help, bool counts, const Labels& labels, double value) {
  const auto [at, added] = families_.try_emplace(name);
  if (added) at->second = {counts, std::string(help), {}};
  assert(at->second.counts == counts);
  at->second.values[label_text(labels)] = value;
}

void Registry::collect(std::function<void(Samples&)> read) {
  std::lock_guard lock(mutex_);
  collectors_.push_back(std::move(read));
}

void Registry::render_samples(std::string& out, const std::string& name, const Samples::Family& family) {
  append_head(out, name, family.help, family.counts ? "counter" : "gauge");
  for (const auto& [labels, value] : family.values) append_sample(out, name, labels, value);
}

std::string Registry::render() const {
  std::lock_guard lock(mutex_);
  Samples samples;
  for (const auto& read : collectors_) read(samples);
  std::string out;
  auto collected = samples.families_.begin();
  const auto upto = [&](const std::string* name) {
    for (; collected != samples.families_.end() && (!name || collected->first < *name); ++collected) render_samples(out, collected->first, collected->second);
  };
  for (const auto& [name, family] : families_) {
    upto(&name);
    render_family(out, name, family);
  }
  upto(nullptr);
  return out;
}

}  // namespace engine::telemetry
