#include "connectors/mapping/mapping.h"

#include <algorithm>

#include "connectors/mapping/mapping_loader.h"
#include "connectors/mirror/statement.h"

namespace connectors {

engine::Result<Mapping> Mapping::load(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".sql") files.push_back(entry.path());
  }
  if (error) return engine::fail(engine::Errc::kNotFound, "no mapping folder " + directory.string());
  std::sort(files.begin(), files.end());
  MappingLoader loader;
  for (const auto& file : files) {
    auto added = loader.add_file(file);
    if (!added) return added.take_error();
  }
  return loader.finish();
}

std::vector<std::string> Mapping::table_names() const {
  std::vector<std::string> names;
  for (const auto& table : tables_) names.push_back(table.name);
  return names;
}

std::vector<std::string> Mapping::types(const std::vector<std::string>& present) const {
  std::set<std::string> known;
  for (const auto& table : present) known.insert(lower(table));
  std::vector<std::string> types;
  for (const auto& resource : resources_) {
    const bool all = std::all_of(resource.tables.begin(), resource.tables.end(), [&](const auto& table) { return known.count(lower(table)) != 0; });
    if (all) types.push_back(resource.type);
  }
  return types;
}

std::vector<std::string> Mapping::missing_columns(const Table& table) const {
  std::vector<std::string> missing;
  const auto declared = std::find_if(tables_.begin(), tables_.end(), [&](const auto& t) { return lower(t.name) == lower(table.name); });
  if (declared == tables_.end()) return missing;
  for (const auto& wanted : declared->columns) {
    const auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](const auto& c) { return lower(c.name) == lower(wanted); });
    const auto scale = declared->scales.find(wanted);
    if (column == table.columns.end()) {
      if (!declared->optional.contains(wanted)) missing.push_back(wanted);
    } else if (scale != declared->scales.end() && (column->kind != Column::Kind::kDecimal || column->scale != scale->second)) {
      missing.push_back(wanted + " (" + column->source_type + ", the mapping expects a decimal with " + std::to_string(scale->second) + " digits behind the point)");
    }
  }
  return missing;
}

}  // namespace connectors
