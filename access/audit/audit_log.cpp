#include "access/audit/audit_log.h"

#include "access/key_schema.h"
#include "engine/base/cut_text.h"

namespace trust {

using engine::Result;

namespace {

void cut(std::string& text, std::size_t bytes) { text.resize(engine::cut_text(text, bytes).size()); }

void normalise(AuditEvent& event) {
  if (event.category.empty()) event.category = "control";
  if (event.action.empty()) event.action = "event";
  cut(event.category, 64);
  cut(event.action, 64);
  cut(event.actor.type, 32);
  cut(event.actor.id, 128);
  cut(event.actor.request_id, 128);
  cut(event.actor.address, 64);
  cut(event.entity_type, 64);
  cut(event.entity_id, 128);
  cut(event.summary, 255);
}

bool wanted(const AuditFilter& filter, const AuditEvent& event) {
  return (filter.category.empty() || filter.category == event.category) && (filter.actor_id.empty() || filter.actor_id == event.actor.id) &&
         (filter.entity_type.empty() || filter.entity_type == event.entity_type) && (filter.entity_id.empty() || filter.entity_id == event.entity_id);
}

}  // namespace

AuditLog::AuditLog(engine::store::Store& store, engine::Secret key, const engine::Clock& clock)
    : store_(store), rows_(store.family(kAuditFamily)), key_(std::move(key)), clock_(clock), chain_(key_) {}

Result<std::unique_ptr<AuditLog>> AuditLog::open(engine::store::Store& store, Vault& vault, const engine::Clock& clock) {
  auto key = vault.key("audit");
  if (!key) return key.take_error();
  std::unique_ptr<AuditLog> log(new AuditLog(store, std::move(*key), clock));
  auto newest = log->list({}, 1);
  if (!newest) return newest.take_error();
  if (!newest->empty()) {
    log->head_ = newest->front().mac;
    log->count_ = newest->front().id.value;
  }
  return log;
}

Result<AuditRow> AuditLog::append(AuditEvent event) {
  engine::store::Batch batch;
  return commit(batch, std::move(event));
}

Result<AuditRow> AuditLog::commit(engine::store::Batch& batch, AuditEvent event) {
  normalise(event);
  const std::lock_guard lock(appending_);
  AuditRow row{AuditId{count_ + 1}, engine::floor_seconds(clock_.wall_now()), std::move(event), {}};
  row.mac = chain_.sign({engine::crypto::bytes_of(head_), encode_audit_row(row)});
  batch.put(rows_, numbered_key({}, row.id.value), encode_stored(row));
  if (auto written = store_.write(batch, engine::store::Durability::kSynced); !written) return written.take_error();
  head_ = row.mac;
  ++count_;
  return row;
}

Result<std::vector<AuditRow>> AuditLog::list(const AuditFilter& filter, std::size_t limit) const {
  std::vector<AuditRow> rows;
  const auto upper = filter.before.value ? numbered_key({}, filter.before.value) : std::string();
  auto walk = store_.iterate(rows_, {}, upper);
  for (walk.seek_for_prev(numbered_key({}, filter.before.value ? filter.before.value - 1 : ~0ull)); walk.valid() && rows.size() < limit; walk.prev()) {
    const auto id = number_of_key({}, walk.key());
    auto row = decode_stored(AuditId{id.value_or(0)}, walk.value());
    if (!row) return row.take_error();
    if (wanted(filter, row->event)) rows.push_back(std::move(*row));
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return rows;
}

Result<void> AuditLog::read(AuditId from, const std::function<bool(const AuditRow&)>& take) const {
  auto walk = store_.iterate(rows_);
  for (walk.seek(numbered_key({}, from.value)); walk.valid(); walk.next()) {
    auto row = decode_stored(AuditId{number_of_key({}, walk.key()).value_or(0)}, walk.value());
    if (!row) return row.take_error();
    if (!take(*row)) return engine::ok();
  }
  return walk.status();
}

Result<AuditVerdict> AuditLog::verify() const {
  AuditVerdict verdict;
  engine::crypto::HmacSha256 chain(key_);
  auto walk = store_.iterate(rows_);
  for (walk.seek({}); walk.valid(); walk.next()) {
    const AuditId expected{verdict.rows + 1};
    const auto id = number_of_key({}, walk.key());
    const auto broken = [&](std::string problem) {
      verdict.broken = expected;
      verdict.problem = std::move(problem);
      return verdict;
    };
    if (!id || *id != expected.value) return broken("row " + std::to_string(expected.value) + " is missing");
    const auto row = decode_stored(expected, walk.value());
    if (!row) return broken("row " + std::to_string(*id) + ": " + row.error().detail);
    const auto mac = chain.sign({engine::crypto::bytes_of(verdict.head), encode_audit_row(*row)});
    if (!engine::equal_constant_time(engine::crypto::bytes_of(mac), engine::crypto::bytes_of(row->mac))) {
      return broken("row " + std::to_string(*id) + " does not continue the chain: it or the row before it was changed");
    }
    verdict.head = row->mac;
    ++verdict.rows;
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return verdict;
}

}  // namespace trust
