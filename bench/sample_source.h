#pragma once
// A real MariaDB with the sample site, and what a pipeline needs to read it.

#include <filesystem>
#include <memory>
#include <string>

#include "app/demo/local_mariadb.h"
#include "app/demo/sample_site.h"
#include "connectors/mapping/mapping.h"
#include "connectors/mariadb/mariadb_options.h"
#include "connectors/pipeline.h"

namespace bench {

/// Lives in a fresh temporary directory, removed with the object.
class SampleSource {
 public:
  /// kNotFound: the MariaDB server package is not installed.
  static engine::Result<std::unique_ptr<SampleSource>> create(unsigned entries);
  ~SampleSource();
  const std::filesystem::path& directory() const { return directory_; }
  app::demo::SqlSession& sql() { return site_->sql(); }
  std::uint16_t port() const { return database_->port(); }
  const connectors::Mapping& mapping() const { return *mapping_; }
  /// Ids of the site's entries, ascending.
  engine::Result<std::vector<std::string>> entry_ids();
  connectors::MariaDbOptions options(std::uint32_t server_id) const;
  connectors::Pipeline::SourceFactory factory() const;
  connectors::PipelineOptions pipeline_options(std::filesystem::path mirror_file) const;
  /// Number of the newest transaction in the binary log.
  engine::Result<std::uint64_t> newest();
  /// The GTID list of this moment.
  engine::Result<std::string> gtids();

 private:
  std::filesystem::path directory_;
  std::unique_ptr<app::demo::LocalMariaDb> database_;
  std::unique_ptr<app::demo::SampleSite> site_;
  std::optional<connectors::Mapping> mapping_;
};

}  // namespace bench
