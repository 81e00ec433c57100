#include "app/operations/notification_log.h"

#include "access/key_schema.h"
#include "app/operations/key_schema.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/crypto/digest.h"

namespace app::operations {

namespace {

using engine::Result;
using namespace std::string_view_literals;

std::string row_key(NotificationId id) { return trust::numbered_key(keys::kNotification, id.value); }

std::string fingerprint_key(const NotificationRow& row) {
  const auto digest = engine::crypto::content_hash({name(row.event), "\0"sv, name(row.channel), "\0"sv, row.recipient, "\0"sv, row.fingerprint});
  return std::string(keys::kFingerprint).append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

std::string id_value(NotificationId id) {
  std::string value;
  engine::ByteWriter(value).big(id.value);
  return value;
}

std::string end_of(std::string_view prefix) { return std::string(1, static_cast<char>(prefix[0] + 1)); }

}  // namespace

NotificationLog::NotificationLog(engine::store::Store& store) : store_(store), family_(store.family(trust::kOperationsFamily)) {}

Result<std::unique_ptr<NotificationLog>> NotificationLog::open(engine::store::Store& store) {
  auto log = std::unique_ptr<NotificationLog>(new NotificationLog(store));
  if (auto loaded = log->load(); !loaded) return loaded.take_error();
  return log;
}

Result<void> NotificationLog::load() {
  auto at = store_.iterate(family_, keys::kNotification, end_of(keys::kNotification));
  for (at.seek(keys::kNotification); at.valid(); at.next()) {
    const auto id = trust::number_of_key(keys::kNotification, at.key());
    if (!id) return engine::fail(engine::Errc::kMalformed, "notification: a key that is none");
    auto row = decode_notification(NotificationId{*id}, at.value());
    if (!row) return row.take_error();
    if (row->status == NotificationStatus::kQueued) waiting_.insert(row->id);
    next_id_ = *id + 1;
  }
  return at.status();
}

Result<std::optional<NotificationRow>> NotificationLog::get(NotificationId id) const {
  auto value = store_.get(family_, row_key(id));
  if (!value) return value.take_error();
  if (!*value) return std::optional<NotificationRow>{};
  auto row = decode_notification(id, **value);
  if (!row) return row.take_error();
  return std::optional(std::move(*row));
}

Result<bool> NotificationLog::is_news(const NotificationRow& row, engine::WallTime now) const {
  auto last = store_.get(family_, fingerprint_key(row));
  if (!last) return last.take_error();
  if (!*last) return true;
  auto earlier = get(NotificationId{engine::ByteCursor(**last).big<std::uint64_t>()});
  if (!earlier) return earlier.take_error();
  return !*earlier || (*earlier)->status == NotificationStatus::kFailed || now - (*earlier)->created >= quiet_time(row.event);
}

// One row goes for each that comes. Its fingerprint goes along, unless a newer row has it.
Result<void> NotificationLog::forget_old(engine::store::Batch& batch, std::uint64_t newest) const {
  if (newest <= kKept) return engine::ok();
  auto old = get(NotificationId{newest - kKept});
  if (!old) return old.take_error();
  if (!*old) return engine::ok();
  batch.erase(family_, row_key((*old)->id));
  const auto key = fingerprint_key(**old);
  auto last = store_.get(family_, key);
  if (!last) return last.take_error();
  if (*last && **last == id_value((*old)->id)) batch.erase(family_, key);
  return engine::ok();
}

Result<std::size_t> NotificationLog::queue(std::vector<NotificationRow> rows, engine::store::Batch& along, engine::WallTime now) {
  const std::lock_guard lock(queueing_);
  if (!rows.empty() && waiting() + rows.size() > kMostWaiting) return engine::fail(engine::Errc::kFull, "too many notifications wait already");
  std::vector<NotificationId> queued;
  auto next = next_id_;
  for (auto& row : rows) {
    auto news = is_news(row, now);
    if (!news) return news.take_error();
    if (!*news) continue;
    row.id = NotificationId{next++};
    row.created = row.updated = row.due = engine::floor_seconds(now);
    along.put(family_, row_key(row.id), encode_notification(row));
    along.put(family_, fingerprint_key(row), id_value(row.id));
    if (auto forgotten = forget_old(along, row.id.value); !forgotten) return forgotten.take_error();
    queued.push_back(row.id);
  }
  if (!along.empty()) {
    if (auto written = store_.write(along, engine::store::Durability::kSynced); !written) return written.take_error();
  }
  next_id_ = next;
  const std::lock_guard counting(counting_);
  waiting_.insert(queued.begin(), queued.end());
  return queued.size();
}

Result<std::vector<NotificationRow>> NotificationLog::due(engine::WallTime now, std::size_t limit) const {
  std::vector<NotificationId> ids;
  {
    const std::lock_guard counting(counting_);
    ids.assign(waiting_.begin(), waiting_.end());
  }
  std::vector<NotificationRow> found;
  for (const auto id : ids) {
    if (found.size() == limit) break;
    auto row = get(id);
    if (!row) return row.take_error();
    if (*row && (*row)->due <= now) found.push_back(std::move(**row));
  }
  return found;
}

Result<void> NotificationLog::record(const NotificationRow& row) {
  engine::store::Batch batch;
  batch.put(family_, row_key(row.id), encode_notification(row));
  if (auto written = store_.write(batch, engine::store::Durability::kSynced); !written) return written;
  const std::lock_guard counting(counting_);
  if (row.status != NotificationStatus::kQueued) waiting_.erase(row.id);
  return engine::ok();
}

Result<std::vector<NotificationRow>> NotificationLog::recent(std::size_t limit) const {
  std::vector<NotificationRow> found;
  auto at = store_.iterate(family_, keys::kNotification, end_of(keys::kNotification));
  for (at.seek_for_prev(row_key(NotificationId{~std::uint64_t{0}})); at.valid() && found.size() < limit; at.prev()) {
    auto row = decode_notification(NotificationId{trust::number_of_key(keys::kNotification, at.key()).value_or(0)}, at.value());
    if (!row) return row.take_error();
    found.push_back(std::move(*row));
  }
  if (auto good = at.status(); !good) return good.take_error();
  return found;
}

std::size_t NotificationLog::waiting() const {
  const std::lock_guard counting(counting_);
  return waiting_.size();
}

}  // namespace app::operations
