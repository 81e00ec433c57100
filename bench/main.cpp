// millrace_bench [NAME…] [--list] [--rounds N] [--scale X]: prints one line a benchmark,
//   NAME ratio=0.57 product=… ceiling=… unit=…
#include <algorithm>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>

#include "bench/harness.h"
#include "engine/runtime/allocator.h"

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = values.size();
  return n == 0 ? 0 : n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void print(const std::string& name, const bench::Report& report) {
  std::vector<double> product, ceiling, ratio, difference;
  for (const auto& round : report.rounds) {
    product.push_back(round.product);
    ceiling.push_back(round.ceiling);
    ratio.push_back(round.ceiling / round.product);
    difference.push_back(round.product - round.ceiling);
  }
  std::printf("%s ", name.c_str());
  if (report.difference) {
    std::printf("difference=%.4g ", median(difference));
  } else {
    std::printf(median(ratio) < 0.1 ? "ratio=%.4f " : "ratio=%.2f ", median(ratio));
  }
  std::printf("product=%.4g ceiling=%.4g unit=%s rounds=%zu", median(product), median(ceiling), report.unit.c_str(), report.rounds.size());
  for (const auto& note : report.notes) std::printf(" %s", note.c_str());
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  engine::share_one_heap();  // as the program does
  CLI::App program{"End-to-end benchmarks: each builds its ceiling beside it and runs in turns with it"};
  std::vector<std::string> names;
  bool list = false;
  bench::Settings settings;
  program.add_option("names", names, "which ones; none: all but those that take minutes");
  program.add_flag("--list", list, "names and questions");
  program.add_option("--rounds", settings.rounds, "interleaved rounds")->check(CLI::Range(1, 99));
  program.add_option("--scale", settings.scale, "amount of work")->check(CLI::PositiveNumber);
  CLI11_PARSE(program, argc, argv);
  int failed = 0;
  for (const auto& benchmark : bench::benchmarks()) {
    if (list) {
      std::printf("%-20s %s\n", benchmark.name.c_str(), benchmark.question.c_str());
      continue;
    }
    const bool named = std::find(names.begin(), names.end(), benchmark.name) != names.end();
    if (!named && (!names.empty() || benchmark.only_named)) continue;
    auto lines = benchmark.run(settings);
    if (!lines) {
      std::fprintf(stderr, "%s failed: %s\n", benchmark.name.c_str(), lines.error().detail.c_str());
      ++failed;
      continue;
    }
    for (const auto& [suffix, report] : *lines) print(benchmark.name + suffix, report);
  }
  return failed ? 1 : 0;
}
