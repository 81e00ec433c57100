#include "engine/base/secret.h"

namespace engine {

bool equal_constant_time(std::string_view known, std::string_view presented) {
  unsigned char difference = known.size() == presented.size() ? 0 : 1;
  for (std::size_t i = 0; i < presented.size(); ++i) {
    const char reference = known.empty() ? '\0' : known[i % known.size()];
    difference = static_cast<unsigned char>(difference | (reference ^ presented[i]));
  }
  return difference == 0;
}

}  // namespace engine
