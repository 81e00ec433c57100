#pragma once
// A mapping file cut at its directives. The format: connectors/mappings/README.md.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace connectors {

/// `--@ word argument argument` and the lines up to the next directive.
struct MappingSection {
  std::string word;
  std::vector<std::string> arguments;
  std::string body;
  std::string file;
  int line = 0;       ///< of the directive; the body starts on the next one
};

/// kMalformed: SQL in front of the first directive, or an unknown word.
engine::Result<std::vector<MappingSection>> cut_mapping_file(const std::string& file, std::string_view text);

/// A fragment's body, reduced to one line and without comments, so that a query keeps its line numbers.
using Fragments = std::map<std::string, std::string>;
std::string one_line(std::string_view sql);

/// Replaces {name} and {name(argument, argument)} by the fragment, in which $1, $2 stand for the arguments. Fragments may use fragments.
/// The error says what is wrong and at which line of `sql`, counted from 0, in `line`.
engine::Result<std::string> expand_fragments(std::string_view sql, const Fragments& fragments, int& line);

/// What the comment lines of a body say, up to its first empty line, on one line.
std::string comment_text(std::string_view body);
/// What stands between commas, and between blanks, without blanks around it; empty pieces are left out.
std::vector<std::string> comma_pieces(std::string_view text);
std::vector<std::string> blank_pieces(std::string_view text);

/// "file.sql:12: what"
tl::unexpected<engine::Error> fail_mapping(const std::string& file, int line, const std::string& what);
/// What is said of a section whose word stands alone.
std::string need_argument(const MappingSection& section);

}  // namespace connectors
