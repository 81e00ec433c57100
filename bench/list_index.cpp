// Does a page of the newest cost the same, however many resources the list has?
#include "bench/list_index.h"

#include "app/surfaces/craft_agents/feed_types.h"
#include "bench/sample_entries.h"
#include "feed/list_reader.h"

namespace bench {
namespace {

using engine::Result;

// A log of so many entries with a reader of its lists.
struct Lists {
  std::unique_ptr<SampleLog> sample;
  feed::TypeTable types = app::craft_agents::feed_types();
  std::optional<feed::ListReader> reader;

  Result<void> fill(std::size_t count) {
    auto made = SampleLog::create();
    if (!made) return made.take_error();
    sample = std::move(*made);
    reader.emplace(sample->store(), sample->log(), types);
    return append_entries(sample->log(), count);
  }
  // CPU seconds a page; nullopt: a page was not what it should be.
  std::optional<double> cost(const feed::ListRequest& request, std::size_t pages) const {
    const double before = cpu_seconds();
    for (std::size_t i = 0; i < pages; ++i) {
      const auto page = reader->page(request);
      if (!page || page->records.size() != request.limit || !page->has_more) return std::nullopt;
    }
    return (cpu_seconds() - before) / double(pages);
  }
};

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> list_index(const Settings& settings) {
  pin_to_core(0);
  Lists large, small;
  if (auto filled = large.fill(static_cast<std::size_t>(200'000 * settings.scale)); !filled) return filled.take_error();
  if (auto filled = small.fill(10'000); !filled) return filled.take_error();
  settle();
  feed::ListRequest newest;
  newest.type = "entry";
  newest.now = large.sample->timers().wall_now();
  auto filtered = newest;
  filtered.conditions = {{"status", "live"}, {"section", "news"}};
  std::vector<std::pair<std::string, Report>> lines;
  for (const auto& [suffix, request] : {std::pair{std::string(), newest}, std::pair{std::string("_filtered"), filtered}}) {
    Report report;
    report.unit = "cpu_s/page";
    for (int i = 0; i < settings.rounds; ++i) {
      const auto product = large.cost(request, 500);
      const auto ceiling = small.cost(request, 500);
      if (!product || !ceiling) return engine::fail(engine::Errc::kMalformed, "a page was not full");
      report.rounds.push_back({*product, *ceiling});
    }
    lines.emplace_back(suffix, report);
  }
  return lines;
}

}  // namespace bench
