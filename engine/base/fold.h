#pragma once
// Text without case and accents, for comparing and searching the way a CMS's database does.

#include <string>
#include <string_view>

namespace engine {

/// Lower case, Latin letters (U+00C0..U+017F) without their accents, Greek and Cyrillic in lower case, trailing blanks dropped.
/// Other bytes stay as they are, also where they are no UTF-8. Threads: any.
std::string folded(std::string_view text);

}  // namespace engine
