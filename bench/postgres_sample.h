#pragma once
// A real PostgreSQL with the sample site's rows, copied out of a MariaDB, and what a pipeline needs to read it.

#include <memory>
#include <string>
#include <vector>

#include "app/demo/local_postgres.h"
#include "bench/sample_source.h"
#include "connectors/postgres/connection.h"
#include "connectors/postgres/postgres_options.h"

namespace bench {

/// Files live in the temporary directory of its SampleSource, whose MariaDB rests once the rows are copied.
class PostgresSample {
 public:
  /// kNotFound: one of the database servers is not installed.
  static engine::Result<std::unique_ptr<PostgresSample>> create(unsigned entries);
  const std::filesystem::path& directory() const { return origin_->directory(); }
  const connectors::Mapping& mapping() const { return origin_->mapping(); }
  connectors::PipelineOptions pipeline_options() const { return origin_->pipeline_options({}); }
  connectors::postgres::Connection& sql() { return *sql_; }
  const std::vector<std::string>& entry_ids() const { return entry_ids_; }
  connectors::PostgresOptions options(const std::string& slot) const;
  connectors::Pipeline::SourceFactory factory(const std::string& slot) const;

 private:
  engine::Result<void> copy_rows();
  std::unique_ptr<SampleSource> origin_;
  std::unique_ptr<app::demo::LocalPostgres> database_;
  connectors::StopSignal stop_;
  std::unique_ptr<connectors::postgres::Connection> sql_;
  std::vector<std::string> entry_ids_;
};

}  // namespace bench
