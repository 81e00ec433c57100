#include "bench/sample_source.h"

#include <stdlib.h>

#include "app/mapping_files.h"
#include "connectors/mariadb/mariadb_source.h"

namespace bench {

using engine::Result;

Result<std::unique_ptr<SampleSource>> SampleSource::create(unsigned entries) {
  auto sample = std::make_unique<SampleSource>();
  auto pattern = (std::filesystem::temp_directory_path() / "millrace-bench-XXXXXX").string();
  if (!mkdtemp(pattern.data())) return engine::fail(engine::Errc::kUnavailable, "no temporary directory");
  sample->directory_ = pattern;
  auto database = app::demo::LocalMariaDb::start(sample->directory_ / "mariadb");
  if (!database) return database.take_error();
  sample->database_ = std::move(*database);
  app::demo::SqlAddress address;
  address.socket = sample->database_->socket();
  address.database = "sample";
  app::demo::SampleOptions options;
  options.entries = entries;
  auto site = app::demo::SampleSite::connect(address, options);
  if (!site) return site.take_error();
  sample->site_ = std::move(*site);
  if (auto installed = sample->site_->install(); !installed) return installed.take_error();
  auto directory = app::mapping_directory("craft");
  if (!directory) return directory.take_error();
  auto mapping = connectors::Mapping::load(*directory);
  if (!mapping) return mapping.take_error();
  sample->mapping_.emplace(std::move(*mapping));
  return sample;
}

SampleSource::~SampleSource() {
  site_.reset();
  database_.reset();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Result<std::vector<std::string>> SampleSource::entry_ids() {
  auto rows = sql().rows("SELECT n.id FROM entries n JOIN elements e ON e.id = n.id WHERE e.dateDeleted IS NULL AND e.draftId IS NULL AND "
                         "e.revisionId IS NULL AND n.sectionId IS NOT NULL ORDER BY n.id");
  if (!rows) return rows.take_error();
  std::vector<std::string> ids;
  for (auto& row : *rows) ids.push_back(*row[0]);
  return ids;
}

connectors::MariaDbOptions SampleSource::options(std::uint32_t server_id) const {
  connectors::MariaDbOptions options;
  options.name = "cms";
  options.host = "127.0.0.1";
  options.port = port();
  options.user = "root";
  options.database = "sample";
  options.server_id = server_id;
  return options;
}

connectors::Pipeline::SourceFactory SampleSource::factory() const {
  return [this](const std::set<std::string>& tables) -> std::unique_ptr<connectors::Source> {
    auto source = options(4711);
    source.tables = tables;
    return std::make_unique<connectors::MariaDbSource>(std::move(source));
  };
}

connectors::PipelineOptions SampleSource::pipeline_options(std::filesystem::path mirror_file) const {
  connectors::PipelineOptions options;
  options.mirror_file = std::move(mirror_file);
  options.settings = {{"site", "primary"}, {"base", "https://sample.example/"}};
  return options;
}

Result<std::string> SampleSource::gtids() {
  auto rows = sql().rows("SELECT @@gtid_binlog_pos");
  if (!rows) return rows.take_error();
  return rows->front()[0].value_or("");
}

Result<std::uint64_t> SampleSource::newest() {
  auto text = gtids();
  if (!text) return text.take_error();
  return std::stoull(text->substr(text->rfind('-') + 1));
}

}  // namespace bench
