#pragma once
// Builds a Mapping out of its files, checking every query against the tables the mapping declares. Part of Mapping::load.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "connectors/mapping/affected_rule.h"
#include "connectors/mapping/mapping.h"
#include "connectors/mapping/mapping_file.h"

struct sqlite3;

namespace connectors {

class MappingLoader {
 public:
  MappingLoader();
  ~MappingLoader();
  MappingLoader(const MappingLoader&) = delete;
  MappingLoader& operator=(const MappingLoader&) = delete;

  engine::Result<void> add_file(const std::filesystem::path& file);
  engine::Result<Mapping> finish();

 private:
  struct Compiled {
    std::vector<std::string> columns;
    std::vector<std::string> parameters;  // without their colon
    TableReads reads;
  };
  engine::Result<void> take_common(const MappingSection& section);
  engine::Result<void> declare_tables(const MappingSection& section);
  engine::Result<void> read_declared_tables();
  engine::Result<void> take_parameter(const MappingSection& section);
  engine::Result<void> take_guard(const MappingSection& section);
  engine::Result<std::set<std::string>> row_cells(const MappingSection& section, const std::string& table) const;
  engine::Result<void> take_resource(const std::vector<MappingSection>& sections);
  engine::Result<void> take_affected(const MappingSection& section, MappingResource& into);
  engine::Result<AffectedQuery> rule_of(const MappingSection& section, const AffectedWords& words, const MappingQuery& query, const std::string& table);
  engine::Result<void> take_parts(const std::vector<MappingSection>& sections, MappingResource& into);
  engine::Result<void> take_optional(const MappingSection& section, MappingResource& into) const;
  engine::Result<void> check_queries(MappingResource& resource);
  engine::Result<void> take_columns(const std::vector<std::string>& names, MappingResource& into) const;
  engine::Result<void> check_overlays(const std::vector<MappingSection>& sections, const MappingResource& resource) const;
  engine::Result<void> check_resource(const MappingSection& head, MappingResource& resource);
  engine::Result<MappingQuery> query_of(const MappingSection& section) const;
  engine::Result<Compiled> compile(const MappingQuery& query, const std::set<std::string>& own_parameters);

  sqlite3* db_ = nullptr;
  Mapping mapping_;
  Fragments fragments_;
  std::set<std::string> values_;  // names of settings and parameters so far
  std::vector<MappingSection> parameters_, guards_;
  std::map<std::string, std::vector<MappingSection>> resources_;  // by file
};

}  // namespace connectors
