#pragma once
// What the ingest benchmarks share: a pipeline that runs until it has caught up, what that cost, and where the time went.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness.h"
#include "bench/sample_log.h"
#include "connectors/mapping/mapping.h"
#include "connectors/pipeline.h"

namespace bench {

struct Cost {
  double cpu = 0;   // seconds of all threads
  double wall = 0;
  connectors::StageTimes stages;
  double sync = 0;  // of the log, seconds; part of stages.append
  void add(const Cost& other);
};

struct IngestSetup {
  connectors::Pipeline::SourceFactory factory;
  const connectors::Mapping& mapping;
  connectors::PipelineOptions options;  // the mirror's file is set by run_pipeline
};

/// Runs a pipeline over the log and the mirror of `directory` until `done` says so; the cost is that of the whole run.
engine::Result<Cost> run_pipeline(IngestSetup setup, SampleLog& log, const std::filesystem::path& directory,
                                  const std::function<bool(const connectors::PipelineStatus&)>& done);

/// Seconds that syncs of the log have taken in this process since the last run_pipeline().
double log_sync_seconds();

/// What the one thread that does it all spends its time on, as key=value texts.
std::vector<std::string> shares(const Cost& all, double transactions);

}  // namespace bench
