#include "connectors/mapping/mapping_loader.h"

#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "connectors/mapping/external_loader.h"
#include "connectors/mapping/part_list.h"
#include "connectors/mirror/sql_functions.h"
#include "connectors/mirror/sqlite_memory.h"
#include "connectors/mirror/statement.h"

namespace connectors {

using engine::Errc;
using engine::Result;

namespace {

/// SQLite tells an authorizer every column that a statement reads while it is compiled.
int note_read(void* reads, int action, const char* table, const char* column, const char*, const char*) {
  if (action == SQLITE_READ && table != nullptr && std::string_view(table).substr(0, 7) != "sqlite_") {
    auto& columns = (*static_cast<TableReads*>(reads))[table];
    if (column != nullptr && *column != '\0') columns.insert(column);
  }
  return SQLITE_OK;
}

int line_at(const MappingQuery& query, int offset) {
  const auto end = query.sql.begin() + std::clamp<std::ptrdiff_t>(offset, 0, static_cast<std::ptrdiff_t>(query.sql.size()));
  return query.line + static_cast<int>(std::count(query.sql.begin(), end, '\n'));
}

/// Where the last compilation failed. SQLite gives no offset for names in join conditions: then the name is looked for.
int offset_of_error(sqlite3* db, const std::string& sql) {
  const int offset = sqlite3_error_offset(db);
  if (offset >= 0) return offset;
  const std::string message = sqlite3_errmsg(db);
  const auto colon = message.rfind(": ");
  const auto at = colon == std::string::npos ? std::string::npos : sql.find(message.substr(colon + 2));
  return at == std::string::npos ? 0 : static_cast<int>(at);
}

int scale_of(std::string_view declared) {
  const auto comma = declared.find(',');
  if (lower(declared.substr(0, 7)) != "decimal" || comma == std::string_view::npos) return -1;
  return std::atoi(std::string(declared.substr(comma + 1)).c_str());
}

constexpr std::string_view kOptional = "optional";

/// The columns of a row among the parameters of a query.
std::set<std::string> bound_cells(const std::vector<std::string>& parameters, const std::set<std::string>& row) {
  std::set<std::string> bound;
  for (const auto& parameter : parameters) {
    if (row.count(parameter) != 0) bound.insert(parameter.substr(4));
  }
  return bound;
}

}  // namespace

MappingLoader::MappingLoader() {
  keep_sqlite_memory();
  if (sqlite3_open(":memory:", &db_) == SQLITE_OK) register_sql_functions(db_);
}

MappingLoader::~MappingLoader() { sqlite3_close_v2(db_); }

Result<void> MappingLoader::add_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return engine::fail(Errc::kUnavailable, "cannot read mapping file " + file.filename().string());
  auto sections = cut_mapping_file(file.filename().string(), text.str());
  if (!sections) return sections.take_error();
  const bool is_resource = std::any_of(sections->begin(), sections->end(), [](const auto& s) { return s.word == "resource" || s.word == "external"; });
  for (const MappingSection& section : *sections) {
    const bool common = section.word == "setting" || section.word == "parameter" || section.word == "guard" || section.word == "fragment" || section.word == "tables";
    if (!common && !is_resource) return fail_mapping(section.file, section.line, "\"--@ " + section.word + "\" outside a resource; begin the file with \"--@ resource <type>\"");
    if (!common) continue;
    auto taken = take_common(section);
    if (!taken) return taken.take_error();
  }
  if (is_resource) resources_[file.filename().string()] = std::move(*sections);
  return engine::ok();
}

Result<void> MappingLoader::take_common(const MappingSection& section) {
  if (section.word == "tables") return declare_tables(section);
  if (section.arguments.empty()) return fail_mapping(section.file, section.line, need_argument(section));
  const auto& name = section.arguments[0];
  if (section.word == "fragment") {
    if (!fragments_.emplace(name, one_line(section.body)).second) return fail_mapping(section.file, section.line, "a second fragment " + name);
  } else if (section.word == "setting") {
    MappingSetting setting{name, std::nullopt};
    if (section.arguments.size() > 1) setting.fallback = section.arguments[1];
    values_.insert(name);
    mapping_.settings_.push_back(std::move(setting));
  } else if (section.word == "guard") {
    guards_.push_back(section);
  } else {
    parameters_.push_back(section);
  }
  return engine::ok();
}

Result<void> MappingLoader::declare_tables(const MappingSection& section) {
  const char* rest = section.body.c_str();
  while (*rest != '\0') {
    sqlite3_stmt* statement = nullptr;
    const char* tail = rest;
    const int code = sqlite3_prepare_v2(db_, rest, -1, &statement, &tail);
    const int stepped = code == SQLITE_OK && statement != nullptr ? sqlite3_step(statement) : code;
    sqlite3_finalize(statement);
    if (code != SQLITE_OK || (statement != nullptr && stepped != SQLITE_DONE)) {
      const MappingQuery where{section.body, section.file, section.line + 1};
      const int offset = static_cast<int>(rest - section.body.c_str()) + std::max(0, sqlite3_error_offset(db_));
      return fail_mapping(section.file, line_at(where, offset), std::string(sqlite3_errmsg(db_)) + "; only CREATE TABLE and CREATE INDEX belong here");
    }
    rest = tail;
  }
  return engine::ok();
}

Result<void> MappingLoader::read_declared_tables() {
  auto reader = Statement::prepare(db_, R"(
    SELECT m.name, c.name, c.type FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid)");
  if (!reader) return reader.take_error();
  for (auto row = reader->step(); row && *row; row = reader->step()) {
    if (mapping_.tables_.empty() || mapping_.tables_.back().name != reader->text(0)) mapping_.tables_.push_back({std::string(reader->text(0)), {}, {}, {}, {}});
    auto& table = mapping_.tables_.back();
    table.columns.emplace_back(reader->text(1));
    auto type = lower(reader->text(2));
    if (type.starts_with(kOptional)) {
      table.optional.insert(table.columns.back());
      type.erase(0, std::min(type.find_first_not_of(' ', kOptional.size()), type.size()));
    }
    const int scale = scale_of(type);
    if (scale >= 0) table.scales[table.columns.back()] = scale;
  }
  auto indexes = Statement::prepare(db_, R"(
    SELECT m.tbl_name, m.name, i.name FROM sqlite_schema m, pragma_index_info(m.name) i WHERE m.type = 'index' AND m.sql IS NOT NULL ORDER BY m.name, i.seqno)");
  if (!indexes) return indexes.take_error();
  std::string last;
  for (auto row = indexes->step(); row && *row; row = indexes->step()) {
    auto table = std::find_if(mapping_.tables_.begin(), mapping_.tables_.end(), [&](const auto& t) { return t.name == indexes->text(0); });
    if (last != indexes->text(1)) table->indexes.emplace_back();
    last = indexes->text(1);
    table->indexes.back().emplace_back(indexes->text(2));
  }
  return engine::ok();
}

Result<MappingQuery> MappingLoader::query_of(const MappingSection& section) const {
  int line = 0;
  auto sql = expand_fragments(section.body, fragments_, line);
  if (!sql) return fail_mapping(section.file, section.line + 1 + line, sql.error().detail);
  while (!sql->empty() && std::string_view(" \t\r\n;").find(sql->back()) != std::string_view::npos) sql->pop_back();
  return MappingQuery{std::move(*sql), section.file, section.line + 1};
}

Result<MappingLoader::Compiled> MappingLoader::compile(const MappingQuery& query, const std::set<std::string>& own_parameters) {
  Compiled compiled;
  sqlite3_set_authorizer(db_, note_read, &compiled.reads);
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v2(db_, query.sql.c_str(), -1, &statement, &tail);
  sqlite3_set_authorizer(db_, nullptr, nullptr);
  if (code != SQLITE_OK) {
    const auto hint = std::string(sqlite3_errmsg(db_)).find("no such") != std::string::npos ? "; declare it under \"--@ tables\" or mend the name" : "";
    return fail_mapping(query.file, line_at(query, offset_of_error(db_, query.sql)), std::string(sqlite3_errmsg(db_)) + hint);
  }
  if (statement == nullptr) return fail_mapping(query.file, query.line, "there is no query here");
  for (int i = 0; i < sqlite3_column_count(statement); ++i) compiled.columns.emplace_back(sqlite3_column_name(statement, i));
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement); ++i) {
    const char* name = sqlite3_bind_parameter_name(statement, i);
    compiled.parameters.emplace_back(name == nullptr ? "?" : name + 1);
  }
  const bool reads_only = sqlite3_stmt_readonly(statement) != 0;
  sqlite3_finalize(statement);
  if (!reads_only) return fail_mapping(query.file, query.line, "a mapping only reads; this statement writes");
  for (const auto& parameter : compiled.parameters) {
    if (own_parameters.count(parameter) != 0 || values_.count(parameter) != 0) continue;
    std::string known;
    for (const auto& name : own_parameters) known += " :" + name;
    return fail_mapping(query.file, query.line, "no parameter :" + parameter + " here; known are the settings, the parameters of the mapping and" + known);
  }
  return compiled;
}

Result<void> MappingLoader::take_parameter(const MappingSection& section) {
  auto query = query_of(section);
  if (!query) return query.take_error();
  auto compiled = compile(*query, {});
  if (!compiled) return compiled.take_error();
  const bool required = section.arguments.size() > 1 && section.arguments[1] == "required";
  mapping_.parameters_.push_back({section.arguments[0], std::move(*query), std::move(compiled->reads), required});
  values_.insert(section.arguments[0]);
  return engine::ok();
}

/// Names of the parameters that stand for the cells of a row.
Result<std::set<std::string>> MappingLoader::row_cells(const MappingSection& section, const std::string& table) const {
  const auto declared = std::find_if(mapping_.tables_.begin(), mapping_.tables_.end(), [&](const auto& t) { return t.name == table; });
  if (declared == mapping_.tables_.end()) return fail_mapping(section.file, section.line, "table " + table + " is not declared; declare it under \"--@ tables\"");
  std::set<std::string> row;
  for (const auto& column : declared->columns) row.insert("row_" + column);
  return row;
}

Result<void> MappingLoader::take_guard(const MappingSection& section) {
  if (section.arguments.size() != 2) return fail_mapping(section.file, section.line, "\"--@ guard\" needs a name and a table behind it");
  const auto& name = section.arguments[0];
  const auto& table = section.arguments[1];
  auto query = query_of(section);
  if (!query) return query.take_error();
  auto row = row_cells(section, table);
  if (!row) return row.take_error();
  auto compiled = compile(*query, *row);
  if (!compiled) return compiled.take_error();
  if (compiled->columns.size() != 1) return fail_mapping(section.file, section.line + 1, "a guard has one column, what rules compare with");
  for (const MappingGuard& other : mapping_.guards_) {
    if (other.name == name && other.table == table) return fail_mapping(section.file, section.line, "a second guard " + name + " for table " + table);
  }
  std::optional<std::set<std::string>> bound = bound_cells(compiled->parameters, *row);
  auto columns = *bound;
  if (const auto reads = compiled->reads.find(table); reads != compiled->reads.end()) {
    columns.insert(reads->second.begin(), reads->second.end());
    bound.reset();
  }
  mapping_.guards_.push_back({name, table, std::move(*query), std::move(columns), std::move(bound)});
  return engine::ok();
}

/// A rule of one table, without the columns that only the document knows.
Result<AffectedQuery> MappingLoader::rule_of(const MappingSection& section, const AffectedWords& words, const MappingQuery& query, const std::string& table) {
  auto row = row_cells(section, table);
  if (!row) return row.take_error();
  for (const auto& column : words.columns) {
    if (row->count("row_" + column) == 0) return fail_mapping(section.file, section.line, "table " + table + " has no column " + column + "; declare it under \"--@ tables\" or mend the name");
  }
  auto compiled = compile(query, *row);
  if (!compiled) return compiled.take_error();
  AffectedQuery rule{query, words.guarded, {words.columns.begin(), words.columns.end()}, bound_cells(compiled->parameters, *row)};
  bool by_row_alone = compiled->reads.count(table) == 0;
  auto looks_at = compiled->reads[table];
  looks_at.insert(rule.bound_only->begin(), rule.bound_only->end());
  if (words.guarded) {
    const auto& name = words.guarded->guard;
    const auto guard = std::find_if(mapping_.guards_.begin(), mapping_.guards_.end(), [&](const auto& g) { return g.name == name && g.table == table; });
    if (guard == mapping_.guards_.end()) {
      return fail_mapping(section.file, section.line, "no guard " + name + " for table " + table + "; declare it with \"--@ guard " + name + " " + table + "\"");
    }
    by_row_alone = by_row_alone && guard->bound;
    if (guard->bound) rule.bound_only->insert(guard->bound->begin(), guard->bound->end());
    looks_at.insert(guard->columns.begin(), guard->columns.end());
  }
  // Another answer is another document, whether or not the rule names the columns.
  if (!rule.columns.empty()) rule.columns.insert(looks_at.begin(), looks_at.end());
  if (!by_row_alone) rule.bound_only.reset();
  return rule;
}

Result<void> MappingLoader::take_affected(const MappingSection& section, MappingResource& into) {
  auto words = affected_words(section);
  if (!words) return words.take_error();
  auto query = query_of(section);
  if (!query) return query.take_error();
  for (const auto& name : words->tables) {
    auto rule = rule_of(section, *words, *query, name);
    if (!rule) return rule.take_error();
    auto& rules = into.affected[name];
    const auto always = [](const AffectedQuery& r) { return r.columns.empty() && !r.guarded; };
    if (always(*rule) && std::any_of(rules.begin(), rules.end(), always)) {
      return fail_mapping(section.file, section.line, "a second rule for table " + name + " without \"of\" and \"when\"");
    }
    rules.push_back(std::move(*rule));
  }
  return engine::ok();
}

Result<void> MappingLoader::take_parts(const std::vector<MappingSection>& sections, MappingResource& into) {
  for (const MappingSection& section : sections) {
    if (section.word != "part") continue;
    static const std::set<std::string> kParts{"list", "feed", "detail", "sensitive", "webhook", "unredacted"};
    if (section.arguments.size() != 1 || kParts.count(section.arguments[0]) == 0) {
      return fail_mapping(section.file, section.line, "a part is list, feed, detail, sensitive, webhook or unredacted");
    }
    auto items = parse_part(section.body, into.columns, into.parts);
    if (!items) return fail_mapping(section.file, section.line + 1, items.error().detail);
    into.parts[section.arguments[0]] = std::move(*items);
  }
  return engine::ok();
}

Result<void> MappingLoader::take_resource(const std::vector<MappingSection>& sections) {
  MappingResource resource;
  const MappingSection* head = nullptr;
  std::set<std::string> seen;
  for (const MappingSection& section : sections) {
    static const std::set<std::string> kOften{"affected", "part", "optional", "query"};
    const bool once = !kOften.contains(section.word);
    if (once && section.word != "fragment" && !seen.insert(section.word).second) return fail_mapping(section.file, section.line, "a second \"--@ " + section.word + "\"");
    if ((section.word == "resource" || section.word == "alias") && section.arguments.empty()) return fail_mapping(section.file, section.line, need_argument(section));
    if (section.word == "resource" || section.word == "external") {
      if (head != nullptr) return fail_mapping(section.file, section.line, "a file describes one resource");
      head = &section;
      auto type = section.word == "resource" ? Result<std::string>(section.arguments[0]) : external_type(sections);
      if (!type) return type.take_error();
      resource.type = std::move(*type);
    } else if (section.word == "alias") {
      resource.alias_type = section.arguments[0];
    } else if (section.word == "affected") {
      auto taken = take_affected(section, resource);
      if (!taken) return taken.take_error();
    } else if (section.word == "optional") {
      auto taken = take_optional(section, resource);
      if (!taken) return taken.take_error();
    } else if (section.word == "ids" || section.word == "document" || section.word == "due" || section.word == "next") {
      auto query = query_of(section);
      if (!query) return query.take_error();
      if (section.word == "ids") resource.ids = std::move(*query);
      if (section.word == "document") resource.document = std::move(*query);
      if (section.word == "due") resource.due = std::move(*query);
      if (section.word == "next") resource.next = std::move(*query);
    }
  }
  auto checked = check_resource(*head, resource);
  if (!checked) return checked.take_error();
  auto parts = take_parts(sections, resource);
  if (!parts) return parts.take_error();
  auto overlays = check_overlays(sections, resource);
  if (!overlays) return overlays.take_error();
  if (resource.parts.empty()) return fail_mapping(head->file, head->line, "resource " + resource.type + " has no part; say with \"--@ part feed\" which keys it shows");
  for (const MappingResource& other : mapping_.resources_) {
    if (other.type == resource.type) return fail_mapping(head->file, head->line, "a second resource " + resource.type + "; the other is in " + other.document.file);
  }
  if (head->word == "external") {
    auto external = read_external(sections, resource);
    if (!external) return external.take_error();
    mapping_.externals_.push_back(std::move(*external));
  }
  mapping_.resources_.push_back(std::move(resource));
  return engine::ok();
}

/// A key that neither list nor detail shows would never be seen.
Result<void> MappingLoader::check_overlays(const std::vector<MappingSection>& sections, const MappingResource& resource) const {
  const auto shows = [&resource](const char* part, const PartItem& item) {
    const auto found = resource.parts.find(part);
    return found != resource.parts.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const PartItem& i) { return (i.object.empty() ? i.key : i.object) == item.key; });
  };
  for (const MappingSection& section : sections) {
    if (section.word != "part" || (section.arguments[0] != "sensitive" && section.arguments[0] != "unredacted")) continue;
    for (const PartItem& item : resource.parts.at(section.arguments[0])) {
      if (!item.object.empty()) return fail_mapping(section.file, section.line + 1, "a " + section.arguments[0] + " part replaces whole members; \"" + item.object + "." + item.key + "\" is a piece of one");
      if (shows("list", item) || shows("detail", item)) continue;
      return fail_mapping(section.file, section.line + 1, "neither list nor detail has a key \"" + item.key + "\" that " + section.arguments[0] + " could replace; show it there, as null for instance");
    }
  }
  return engine::ok();
}

Result<void> MappingLoader::take_columns(const std::vector<std::string>& names, MappingResource& into) const {
  const auto fail_at = [&into](const std::string& name, const std::string& what) {
    const auto at = into.document.sql.find('"' + name + '"');
    return fail_mapping(into.document.file, line_at(into.document, at == std::string::npos ? 0 : static_cast<int>(at)), what);
  };
  using Role = DocumentColumn::Role;
  for (const auto& name : names) {
    auto column = document_column(name);
    if (!column) return fail_at(name, column.error().detail);
    const bool repeatable = column->role == Role::kIndexed || column->role == Role::kChecked || column->role == Role::kWords;
    for (const DocumentColumn& other : into.columns) {
      if (!repeatable && column->role != Role::kValue && other.name == name) return fail_at(name, "a second column \"" + name + "\"");
      if (!column->fact.empty() && other.fact == column->fact && other.role != column->role) return fail_at(name, "the fact " + other.fact + " is @index or @fact, not both");
    }
    into.columns.push_back(std::move(*column));
  }
  return engine::ok();
}

/// The queries beside the document; and which tables the resource needs.
Result<void> MappingLoader::check_queries(MappingResource& resource) {
  for (const auto& [table, columns] : resource.reads) resource.tables.insert(table);
  auto ids = compile(resource.ids, {});
  if (!ids) return ids.take_error();
  for (const auto& [table, columns] : ids->reads) resource.tables.insert(table);
  if (resource.due) {
    auto due = compile(*resource.due, {"after", "until"});
    if (!due) return due.take_error();
    if (due->columns != std::vector<std::string>{"id", "instant"}) return fail_mapping(resource.due->file, resource.due->line, "a due query has the columns id and instant");
    for (const auto& [table, columns] : due->reads) resource.tables.insert(table);
    resource.instant_reads = std::move(due->reads);
  }
  if (resource.next) {
    if (!resource.due) return fail_mapping(resource.next->file, resource.next->line, "\"--@ next\" tells when to ask \"--@ due\", which is missing");
    auto next = compile(*resource.next, {"after"});
    if (!next) return next.take_error();
    if (next->columns.size() != 1) return fail_mapping(resource.next->file, resource.next->line, "a next query has one column, the instant");
    for (const auto& [table, columns] : next->reads) resource.tables.insert(table);
    resource.instant_reads = std::move(next->reads);
  }
  for (const auto& table : resource.optional) {
    if (resource.tables.erase(table) == 0) return fail_mapping(resource.document.file, resource.document.line, resource.type + " does not read the optional table " + table);
  }
  return engine::ok();
}

Result<void> MappingLoader::take_optional(const MappingSection& section, MappingResource& into) const {
  if (section.arguments.empty()) return fail_mapping(section.file, section.line, need_argument(section));
  for (const auto& name : section.arguments) {
    const bool declared = std::any_of(mapping_.tables_.begin(), mapping_.tables_.end(), [&](const auto& table) { return table.name == name; });
    if (!declared) return fail_mapping(section.file, section.line, "table " + name + " is not declared; declare it under \"--@ tables\"");
    into.optional.insert(name);
  }
  return engine::ok();
}

Result<void> MappingLoader::check_resource(const MappingSection& head, MappingResource& resource) {
  if (resource.document.sql.empty()) return fail_mapping(head.file, head.line, "resource " + resource.type + " has no \"--@ document\"");
  if (resource.ids.sql.empty()) return fail_mapping(head.file, head.line, "resource " + resource.type + " has no \"--@ ids\"");
  auto document = compile(resource.document, {"id", "now"});
  if (!document) return document.take_error();
  resource.reads = std::move(document->reads);
  auto columns = take_columns(document->columns, resource);
  if (!columns) return columns.take_error();
  for (const char* needed : {"@state", "@created", "@updated"}) {
    if (std::none_of(resource.columns.begin(), resource.columns.end(), [&](const auto& c) { return c.name == needed; })) {
      return fail_mapping(resource.document.file, resource.document.line, std::string("the document has no column \"") + needed + "\"");
    }
  }
  auto queries = check_queries(resource);
  if (!queries) return queries;
  return complete_rules(resource);
}

Result<Mapping> MappingLoader::finish() {
  auto tables = read_declared_tables();
  if (!tables) return tables.take_error();
  for (const MappingSection& section : parameters_) {
    auto taken = take_parameter(section);
    if (!taken) return taken.take_error();
  }
  for (const MappingSection& section : guards_) {
    auto taken = take_guard(section);
    if (!taken) return taken.take_error();
  }
  for (const auto& [file, sections] : resources_) {
    auto taken = take_resource(sections);
    if (!taken) return taken.take_error();
  }
  if (mapping_.resources_.empty()) return engine::fail(Errc::kNotFound, "the mapping has no resource; a file with \"--@ resource <type>\" declares one");
  auto joined = join_plugins(mapping_.externals_);
  if (!joined) return joined.take_error();
  std::sort(mapping_.resources_.begin(), mapping_.resources_.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
  return std::move(mapping_);
}

}  // namespace connectors
