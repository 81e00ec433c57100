#include "app/mapping_files.h"

namespace app {

engine::Result<std::filesystem::path> mapping_directory(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path beside = fs::read_symlink("/proc/self/exe", failed).parent_path();
  std::string looked;
  for (const fs::path& root : {beside / "mappings", beside.parent_path() / "share" / "millrace" / "mappings", fs::path(MILLRACE_MAPPINGS)}) {
    if (fs::is_directory(root / name, failed)) return root / name;
    looked += (looked.empty() ? "" : ", ") + (root / name).string();
  }
  return engine::fail(engine::Errc::kNotFound, "no mapping \"" + name + "\"; looked in " + looked + "; set mapping.directory");
}

engine::Result<connectors::Mapping> load_mapping(const MappingConfig& config) {
  auto directory = config.directory.empty() ? mapping_directory(config.name) : engine::Result<std::filesystem::path>(config.directory);
  if (!directory) return directory.take_error();
  return connectors::Mapping::load(*directory);
}

}  // namespace app
