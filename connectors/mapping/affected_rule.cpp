#include "connectors/mapping/affected_rule.h"

#include <algorithm>

namespace connectors {

using engine::Result;

Result<AffectedWords> affected_words(const MappingSection& section) {
  const auto& words = section.arguments;
  const auto when = std::find(words.begin(), words.end(), "when");
  const auto of = std::find(words.begin(), when, "of");
  AffectedWords found;
  found.tables.assign(words.begin(), of);
  if (found.tables.empty()) return fail_mapping(section.file, section.line, need_argument(section));
  if (of != when) {
    found.columns.assign(of + 1, when);
    if (found.columns.empty()) return fail_mapping(section.file, section.line, "behind \"of\" stand the columns whose change the rule is asked about");
  }
  if (when == words.end()) return found;
  if (words.end() - when < 3) return fail_mapping(section.file, section.line, "behind \"when\" stand the name of a guard and the answers for which the rule is asked");
  found.guarded = GuardedBy{when[1], {when + 2, words.end()}};
  return found;
}

// The heart of the loader's checks: what a document reads must say whom it touches, or changes would be missed silently.
Result<void> complete_rules(MappingResource& resource) {
  const auto fail_in_document = [&resource](const std::string& what) { return fail_mapping(resource.document.file, resource.document.line, "the document of " + resource.type + what); };
  for (const auto& [table, columns] : resource.reads) {
    const auto rules = resource.affected.find(table);
    if (rules == resource.affected.end()) {
      return fail_in_document(" reads " + table + ", but nothing says whom its rows affect; add \"--@ affected " + table + "\"");
    }
    std::set<std::string> unseen = columns;
    for (AffectedQuery& rule : rules->second) {
      if (rule.columns.empty()) rule.columns = columns;
      for (const auto& seen : rule.columns) unseen.erase(seen);
    }
    if (!unseen.empty()) {
      return fail_in_document(" reads " + table + "." + *unseen.begin() + ", but no rule is asked when it changes; name it behind an \"of\" of \"--@ affected " + table +
                              "\", or leave one rule without \"of\"");
    }
  }
  for (const auto& [table, rules] : resource.affected) {
    if (resource.reads.count(table) != 0) continue;
    const auto& query = rules.front().query;
    return fail_mapping(query.file, query.line, "the document of " + resource.type + " does not read " + table + "; drop this rule");
  }
  return engine::ok();
}

}  // namespace connectors
