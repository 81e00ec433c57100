#include "replay/job_store.h"

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace replay {
namespace {

std::string tagged(char tag, JobId id) {
  std::string key(1, tag);
  engine::ByteWriter(key).big(id.value);
  return key;
}

}  // namespace

std::string job_key(JobId id) { return tagged('j', id); }
std::string progress_key(JobId id) { return tagged('p', id); }

engine::Result<ReplayJob> JobStore::job(JobId id) const {
  auto bytes = store_.get(jobs_, job_key(id));
  if (!bytes) return bytes.take_error();
  if (!*bytes) return engine::fail(engine::Errc::kNotFound, "There is no replay job " + std::to_string(id.value) + ".");
  return decode_job(id, **bytes);
}

engine::Result<JobProgress> JobStore::progress(JobId id) const {
  auto bytes = store_.get(jobs_, progress_key(id));
  if (!bytes) return bytes.take_error();
  if (!*bytes) return JobProgress{};
  return decode_job_progress(**bytes);
}

engine::Result<std::vector<ReplayJob>> JobStore::list(JobId below, std::size_t limit) const {
  std::vector<ReplayJob> found;
  auto walk = store_.iterate(jobs_, "j", "k");
  const auto start = below == JobId{} ? std::string("j").append(8, '\xff') : job_key(JobId{below.value - 1});
  for (walk.seek_for_prev(start); walk.valid() && found.size() < limit; walk.prev()) {
    engine::ByteCursor key(walk.key());
    key.skip(1);
    auto job = decode_job(JobId{key.big<std::uint64_t>()}, walk.value());
    if (!job) return job.take_error();
    found.push_back(std::move(*job));
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return found;
}

engine::Result<void> JobStore::save(JobId id, const JobProgress& progress) {
  engine::store::Batch batch;
  put(batch, id, progress);
  return store_.write(batch, engine::store::Durability::kBuffered);
}

void JobStore::erase(engine::store::Batch& batch, JobId id) const {
  batch.erase(jobs_, job_key(id));
  batch.erase(jobs_, progress_key(id));
}

}  // namespace replay
