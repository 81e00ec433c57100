#include "connectors/mapping/mapping_session.h"

#include <algorithm>
#include <optional>

#include "connectors/mapping/bound_query.h"
#include "connectors/mapping/document_writer.h"
#include "connectors/mapping/read_columns.h"

namespace connectors {

using engine::Errc;
using engine::Result;

namespace {

/// What a guard answers for the row that is being asked about; asked once, where a rule wants to know.
struct GuardAtWork {
  std::string name;
  BoundQuery query;
  bool asked = false;
  std::string answer;

  Result<void> ask(const Table& table, const Row& row) {
    if (asked) return engine::ok();
    query.start();
    query.set_row(table, row);
    auto found = query.step();
    if (!found) return found.take_error();
    answer.assign(*found ? query.row().text(0) : std::string_view());
    query.rewind();
    asked = true;
    return engine::ok();
  }
};

struct AffectedRule {
  std::string type;
  BoundQuery query;
  ReadColumns reads;                 // an update of others is none of its business
  std::optional<ReadColumns> bound;  // where only these decide the answer
  std::optional<std::size_t> guard;  // of the table
  std::set<std::string, std::less<>> guarded_by;  // the answers for which the rule is asked
};

struct TableRules {
  std::vector<GuardAtWork> guards;
  std::vector<AffectedRule> affected;
};

/// What the mirror last answered: nothing is due after `after` and before `next`. True until rows change that the query reads.
struct NextInstant {
  engine::WallTime after;
  std::optional<engine::WallTime> next;
  bool answers(engine::WallTime asked) const { return asked >= after && (!next || *next > asked); }
};

struct ResourceAtWork {
  BoundQuery document, ids;
  std::optional<BoundQuery> due_instant, due_ids;
  std::optional<NextInstant> instant;
  DocumentWriter writer;
};

/// Whose next instant the rows of a table decide.
struct InstantRule {
  ResourceAtWork* resource;
  ReadColumns reads;
};

struct ParameterAtWork {
  const MappingParameter* declared;
  BoundQuery query;
  std::set<std::string> tables;  // lower case; that it reads
};

Result<std::vector<std::string>> texts(BoundQuery& query) {
  std::vector<std::string> out;
  for (;;) {
    auto more = query.step();
    if (!more) return more.take_error();
    if (!*more) break;
    if (!query.row().is_null(0)) out.emplace_back(query.row().text(0));
  }
  query.rewind();
  return out;
}

Result<std::optional<engine::WallTime>> first_instant(BoundQuery& query, engine::WallTime after) {
  const Cell from = engine::sql_datetime(after);
  const Cell until = std::string("9999-12-31 23:59:59");
  query.start();
  query.set("after", from);
  query.set("until", until);
  auto row = query.step();
  if (!row) return row.take_error();
  const auto instant = *row ? engine::parse_sql_datetime(query.row().text(0)) : std::nullopt;
  query.rewind();
  return instant;
}

bool is_number(const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos; }

bool id_before(const std::string& a, const std::string& b) {
  const bool numbers = is_number(a) && is_number(b);
  if (numbers && a.size() != b.size()) return a.size() < b.size();
  if (is_number(a) != is_number(b)) return is_number(a);
  return a < b;
}

}  // namespace

bool ResourceKeyOrder::operator()(const feed::ResourceKey& a, const feed::ResourceKey& b) const {
  if (a.type != b.type) return a.type < b.type;
  return id_before(a.id, b.id);
}

struct MappingSession::State {
  const Mapping* mapping;
  Mirror* mirror;
  NamedValues settings, values;
  std::vector<ParameterAtWork> parameters;
  std::map<std::string, ResourceAtWork> resources;           // by type
  std::map<std::string, TableRules> rules;                   // by lower-case table
  std::map<std::string, std::vector<InstantRule>> instants;  // by lower-case table
  std::vector<std::string> stand_ins;                        // views in the place of tables that the source lacks, wholly or in part
  bool values_known = false;

  Result<void> take_settings(const MappingSettings& given);
  Result<void> check_columns() const;
  std::optional<std::string> stand_in(const MappingTable& table, bool wanted) const;
  Result<void> stand_in_for_absent();
  void drop_stand_ins();
  ~State() { drop_stand_ins(); }
  Result<void> prepare();
  Result<void> prepare_resource(const MappingResource& resource);
  Result<void> prepare_rule(const std::string& type, const std::string& table, const AffectedQuery& declared);
  Result<std::size_t> prepare_guard(const std::string& name, const std::string& table);
  Result<void> build_indexes();
  Result<void> evaluate();
  Result<void> know_values() { return values_known ? engine::ok() : evaluate(); }
  Result<ResourceAtWork*> resource(const std::string& type);
  Result<void> add_all(const std::string& type, AffectedSet& into);
  void forget_instants(const std::string& table, const RowChange& change, CellBits changed);
  void forget_instants();
};

Result<void> MappingSession::State::take_settings(const MappingSettings& given) {
  std::string problems;
  for (const auto& setting : mapping->settings()) {
    const auto value = given.find(setting.name);
    if (value == given.end() && !setting.fallback) problems += "; the mapping needs the setting " + setting.name;
    settings[setting.name] = value != given.end() ? Cell{value->second} : setting.fallback ? Cell{*setting.fallback} : Cell{};
  }
  for (const auto& [name, value] : given) {
    if (settings.count(name) == 0) problems += "; the mapping has no setting " + name;
  }
  if (!problems.empty()) return engine::fail(Errc::kMalformed, problems.substr(2));
  values = settings;
  for (const auto& parameter : mapping->parameters()) values.emplace(parameter.name, Cell{});
  return engine::ok();
}

Result<void> MappingSession::State::check_columns() const {
  std::string problems;
  for (const auto& name : mirror->tables()) {
    for (const auto& column : mapping->missing_columns(*mirror->table(name))) problems += "; " + name + "." + column;
  }
  if (problems.empty()) return engine::ok();
  return engine::fail(Errc::kMalformed, "the mapping needs columns that the source does not have: " + problems.substr(2) +
                                            "; bring them back, or adapt the mapping's SQL and its \"--@ tables\"");
}

// What the source does not have of a table that queries read: nothing at all of an optional one, columns declared OPTIONAL of another.
std::optional<std::string> MappingSession::State::stand_in(const MappingTable& table, bool wanted) const {
  const auto present = mirror->table(table.name);
  std::string columns;
  for (const auto& column : table.columns) {
    const bool there = present && std::any_of(present->columns.begin(), present->columns.end(), [&](const Column& c) { return lower(c.name) == lower(column); });
    if (!there) columns += ", NULL AS " + quote_name(column);
  }
  if (columns.empty() || (!present && !wanted)) return std::nullopt;
  return present ? "SELECT *" + columns + " FROM main." + quote_name(table.name) : "SELECT " + columns.substr(2) + " WHERE 0";
}

// A view of this connection, which the mirror's file never sees and its own statements pass by.
Result<void> MappingSession::State::stand_in_for_absent() {
  const auto types = mapping->types(mirror->tables());
  std::set<std::string> wanted;
  for (const auto& resource : mapping->resources()) {
    if (std::find(types.begin(), types.end(), resource.type) != types.end()) wanted.insert(resource.optional.begin(), resource.optional.end());
  }
  for (const auto& table : mapping->tables()) {
    const auto rows = stand_in(table, wanted.contains(table.name));
    if (!rows) continue;
    auto made = Statement::prepare(mirror->handle(), "CREATE TEMP VIEW IF NOT EXISTS " + quote_name(table.name) + " AS " + *rows);
    if (!made) return made.take_error();
    auto done = made->run();
    if (!done) return done;
    stand_ins.push_back(table.name);
  }
  return engine::ok();
}

// Before the mirror may get a table of that name.
void MappingSession::State::drop_stand_ins() {
  instants.clear();
  resources.clear();
  rules.clear();
  parameters.clear();
  for (const auto& name : stand_ins) {
    auto drop = Statement::prepare(mirror->handle(), "DROP VIEW IF EXISTS temp." + quote_name(name));
    if (drop) static_cast<void>(drop->run());
  }
}

Result<void> MappingSession::State::build_indexes() {
  for (const auto& table : mapping->tables()) {
    if (!mirror->table(table.name)) continue;
    for (const auto& columns : table.indexes) {
      auto built = mirror->ensure_index(table.name, columns);
      if (!built) return built.take_error();
    }
  }
  return engine::ok();
}

Result<void> MappingSession::State::prepare() {
  for (const auto& parameter : mapping->parameters()) {
    const bool present = std::all_of(parameter.reads.begin(), parameter.reads.end(), [&](const auto& read) { return mirror->table(read.first) != nullptr; });
    if (!present) continue;
    auto query = BoundQuery::prepare(mirror->handle(), parameter.query, parameter.query.sql, values);
    if (!query) return query.take_error();
    parameters.push_back({&parameter, std::move(*query), {}});
    for (const auto& [table, columns] : parameter.reads) parameters.back().tables.insert(lower(table));
  }
  const auto types = mapping->types(mirror->tables());
  for (const auto& resource : mapping->resources()) {
    if (std::find(types.begin(), types.end(), resource.type) == types.end()) continue;
    auto prepared = prepare_resource(resource);
    if (!prepared) return prepared.take_error();
  }
  return engine::ok();
}

Result<void> MappingSession::State::prepare_resource(const MappingResource& resource) {
  auto* db = mirror->handle();
  ResourceAtWork work;
  work.writer = DocumentWriter(resource);
  auto document = BoundQuery::prepare(db, resource.document, resource.document.sql, values);
  if (!document) return document.take_error();
  work.document = std::move(*document);
  auto ids = BoundQuery::prepare(db, resource.ids, resource.ids.sql, values);
  if (!ids) return ids.take_error();
  work.ids = std::move(*ids);
  if (resource.due) {
    auto first = resource.next ? BoundQuery::prepare(db, *resource.next, resource.next->sql, values)
                               : BoundQuery::prepare(db, *resource.due, "SELECT MIN(instant) FROM (" + resource.due->sql + "\n)", values);
    if (!first) return first.take_error();
    work.due_instant = std::move(*first);
    auto due = BoundQuery::prepare(db, *resource.due, resource.due->sql, values);
    if (!due) return due.take_error();
    work.due_ids = std::move(*due);
  }
  for (const auto& [table, declared] : resource.affected) {
    for (const AffectedQuery& rule : declared) {
      if (auto prepared = prepare_rule(resource.type, table, rule); !prepared) return prepared;
    }
  }
  auto& kept = resources.emplace(resource.type, std::move(work)).first->second;
  for (const auto& [table, columns] : resource.instant_reads) instants[lower(table)].push_back({&kept, ReadColumns(columns)});
  return engine::ok();
}

Result<void> MappingSession::State::prepare_rule(const std::string& type, const std::string& table, const AffectedQuery& declared) {
  auto query = BoundQuery::prepare(mirror->handle(), declared.query, declared.query.sql, values);
  if (!query) return query.take_error();
  const auto bound = declared.bound_only ? std::optional(ReadColumns(*declared.bound_only)) : std::nullopt;
  AffectedRule rule{type, std::move(*query), ReadColumns(declared.columns), bound, std::nullopt, {}};
  if (declared.guarded) {
    auto guard = prepare_guard(declared.guarded->guard, table);
    if (!guard) return guard.take_error();
    rule.guard = *guard;
    rule.guarded_by = declared.guarded->values;
  }
  rules[lower(table)].affected.push_back(std::move(rule));
  return engine::ok();
}

/// Which of the table's guards it is.
Result<std::size_t> MappingSession::State::prepare_guard(const std::string& name, const std::string& table) {
  auto& guards = rules[lower(table)].guards;
  for (std::size_t i = 0; i < guards.size(); ++i) {
    if (guards[i].name == name) return i;
  }
  const auto declared = std::find_if(mapping->guards().begin(), mapping->guards().end(), [&](const auto& g) { return g.name == name && g.table == table; });
  auto query = BoundQuery::prepare(mirror->handle(), declared->query, declared->query.sql, values);
  if (!query) return query.take_error();
  guards.push_back({name, std::move(*query), false, {}});
  return guards.size() - 1;
}

void MappingSession::State::forget_instants(const std::string& table, const RowChange& change, CellBits changed) {
  const auto rules = instants.find(table);
  if (rules == instants.end()) return;
  for (InstantRule& rule : rules->second) {
    if (change.kind != RowChange::Kind::kUpdate || rule.reads.among(changed, change.table)) rule.resource->instant.reset();
  }
}

void MappingSession::State::forget_instants() {
  for (auto& [type, work] : resources) work.instant.reset();
}

Result<void> MappingSession::State::evaluate() {
  for (const auto& [name, value] : settings) values[name] = value;
  for (auto& parameter : parameters) {
    parameter.query.start();
    auto row = parameter.query.step();
    if (!row) return row.take_error();
    Cell value = *row ? parameter.query.row().cell(0) : Cell{};
    parameter.query.rewind();
    if (parameter.declared->required && std::holds_alternative<std::monostate>(value)) {
      return engine::fail(Errc::kNotFound, parameter.declared->query.file + ":" + std::to_string(parameter.declared->query.line) + ": the parameter " +
                                               parameter.declared->name + " has no value in the mirrored rows; check the settings");
    }
    values[parameter.declared->name] = std::move(value);
  }
  values_known = true;
  return engine::ok();
}

Result<ResourceAtWork*> MappingSession::State::resource(const std::string& type) {
  if (auto known = know_values(); !known) return known.take_error();
  const auto found = resources.find(type);
  if (found == resources.end()) return engine::fail(Errc::kNotFound, "the mapping has no resource " + type + " in service");
  return &found->second;
}

Result<void> MappingSession::State::add_all(const std::string& type, AffectedSet& into) {
  auto work = resource(type);
  if (!work) return work.take_error();
  (*work)->ids.start();
  auto ids = texts((*work)->ids);
  if (!ids) return ids.take_error();
  for (auto& id : *ids) into.insert({type, std::move(id)});
  return engine::ok();
}

MappingSession::MappingSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
MappingSession::~MappingSession() = default;

Result<std::unique_ptr<MappingSession>> MappingSession::open(const Mapping& mapping, Mirror& mirror, const MappingSettings& settings) {
  auto state = std::make_unique<State>();
  state->mapping = &mapping;
  state->mirror = &mirror;
  auto taken = state->take_settings(settings);
  if (!taken) return taken.take_error();
  auto checked = state->check_columns();
  if (!checked) return checked.take_error();
  auto indexed = state->build_indexes();
  if (!indexed) return indexed.take_error();
  auto complete = state->stand_in_for_absent();
  if (!complete) return complete.take_error();
  auto prepared = state->prepare();
  if (!prepared) return prepared.take_error();
  return std::unique_ptr<MappingSession>(new MappingSession(std::move(state)));
}

std::vector<std::string> MappingSession::types() const {
  std::vector<std::string> types;
  for (const auto& [type, work] : state_->resources) types.push_back(type);
  return types;
}

Result<void> MappingSession::affected(const RowChange& change, Moment moment, AffectedSet& into) {
  using Kind = RowChange::Kind;
  const auto table = lower(change.table->name);
  const bool update = change.kind == Kind::kUpdate;
  const CellBits changed = update ? changed_cells(change) : 0;
  if (moment == Moment::kBefore) state_->forget_instants(table, change, changed);
  for (const auto& parameter : state_->parameters) {
    if (moment == Moment::kBefore || !parameter.tables.contains(table)) continue;
    const auto before = state_->values;
    auto evaluated = state_->evaluate();
    if (!evaluated) return evaluated.take_error();
    if (before == state_->values) continue;
    state_->forget_instants();
    for (const auto& [type, work] : state_->resources) {
      auto added = state_->add_all(type, into);
      if (!added) return added.take_error();
    }
  }
  const auto rules = state_->rules.find(table);
  if (rules == state_->rules.end()) return engine::ok();
  if (change.kind == (moment == Moment::kBefore ? Kind::kInsert : Kind::kDelete)) return engine::ok();
  if (auto known = state_->know_values(); !known) return known.take_error();
  const Row& row = moment == Moment::kBefore ? change.before : change.after;
  for (GuardAtWork& guard : rules->second.guards) guard.asked = false;
  for (AffectedRule& rule : rules->second.affected) {
    if (change.kind == Kind::kTruncate) {
      auto added = state_->add_all(rule.type, into);
      if (!added) return added.take_error();
      continue;
    }
    if (update && !rule.reads.among(changed, change.table)) continue;
    // What would be answered twice is asked once.
    if (update && moment == Moment::kBefore && rule.bound && !rule.bound->among(changed, change.table)) continue;
    if (rule.guard) {
      GuardAtWork& guard = rules->second.guards[*rule.guard];
      if (auto asked = guard.ask(*change.table, row); !asked) return asked;
      if (!rule.guarded_by.contains(guard.answer)) continue;
    }
    rule.query.start();
    rule.query.set_row(*change.table, row);
    auto ids = texts(rule.query);
    if (!ids) return ids.take_error();
    for (auto& id : *ids) into.insert({rule.type, std::move(id)});
  }
  return engine::ok();
}

Result<std::vector<std::string>> MappingSession::all_ids(const std::string& type) {
  auto evaluated = state_->evaluate();
  if (!evaluated) return evaluated.take_error();
  auto work = state_->resource(type);
  if (!work) return work.take_error();
  (*work)->ids.start();
  auto ids = texts((*work)->ids);
  if (ids) std::sort(ids->begin(), ids->end(), id_before);
  return ids;
}

Result<void> MappingSession::render(const std::string& type, std::span<const std::string> ids, engine::WallTime now, const Sink& sink) {
  auto work = state_->resource(type);
  if (!work) return work.take_error();
  BoundQuery& query = (*work)->document;
  const Cell instant = engine::sql_datetime(now);
  query.start();
  query.set("now", instant);
  for (const auto& id : ids) {
    feed::Rendering rendering;
    rendering.key = {type, id};
    const Cell key = id_cell(id);
    query.set("id", key);
    auto row = query.step();
    if (!row) return row.take_error();
    if (*row) (*work)->writer.write(query.row(), rendering);
    query.rewind();
    auto taken = sink(std::move(rendering));
    if (!taken) return taken.take_error();
  }
  return engine::ok();
}

Result<feed::Rendering> MappingSession::render_one(const feed::ResourceKey& key, engine::WallTime now) {
  feed::Rendering only;
  const auto keep = [&only](feed::Rendering rendering) -> Result<void> {
    only = std::move(rendering);
    return engine::ok();
  };
  auto rendered = render(key.type, std::span(&key.id, 1), now, keep);
  if (!rendered) return rendered.take_error();
  return only;
}

Result<std::optional<engine::WallTime>> MappingSession::next_due(engine::WallTime after) {
  if (auto known = state_->know_values(); !known) return known.take_error();
  std::optional<engine::WallTime> next;
  for (auto& [type, work] : state_->resources) {
    if (!work.due_instant) continue;
    if (!work.instant || !work.instant->answers(after)) {
      auto instant = first_instant(*work.due_instant, after);
      if (!instant) return instant.take_error();
      work.instant = NextInstant{after, *instant};
    }
    const auto& instant = work.instant->next;
    if (instant && (!next || *instant < *next)) next = instant;
  }
  return next;
}

void MappingSession::rows_went_back() { state_->forget_instants(); }

Result<AffectedSet> MappingSession::due(engine::WallTime after, engine::WallTime until) {
  AffectedSet due;
  const Cell from = engine::sql_datetime(after);
  const Cell to = engine::sql_datetime(until);
  for (const auto& type : types()) {
    auto work = state_->resource(type);
    if (!work) return work.take_error();
    if (!(*work)->due_ids) continue;
    BoundQuery& query = *(*work)->due_ids;
    query.start();
    query.set("after", from);
    query.set("until", to);
    auto ids = texts(query);
    if (!ids) return ids.take_error();
    for (auto& id : *ids) due.insert({type, std::move(id)});
  }
  return due;
}

}  // namespace connectors
