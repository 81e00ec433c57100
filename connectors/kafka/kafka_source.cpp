#include "connectors/kafka/kafka_source.h"

#include <algorithm>

#include "connectors/kafka/record_merge.h"
#include "connectors/kafka/topic_reader.h"
#include "engine/telemetry/log.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kTable = "{table}";
constexpr auto kLookForTopics = std::chrono::seconds(30);
constexpr std::size_t kMostAtOnce = 1000;     // records of one call of the library
constexpr milliseconds kShortWait{20};        // between looks at who is drained; also how soon stop() is heard

/// What the partition of a tag brings.
struct Lane {
  TopicPartition place;
  const DeclaredTable* table = nullptr;  // nullptr: transaction marks
  std::int64_t first = 0;                // of the oldest record there was at connect()
  std::int64_t next = 0;                 // behind the last record read
  std::string deleted_key;               // of the last delete: its tombstone says nothing new
};

}  // namespace

struct KafkaSource::Parts {
  Parts(KafkaSourceOptions given, const engine::Clock& its_clock)
      : options(std::move(given)), clock(its_clock), merge({options.name, options.slice_rows, options.partition_records, options.partition_bytes, options.transaction_wait}) {}

  Result<const DeclaredSchema*> declared();
  Result<void> open();
  std::string topic_of(const std::string& table) const;
  Result<void> add(const TopicPartition& place, const DeclaredTable* table, const PartitionEnds& ends, std::optional<std::int64_t> offset);
  Result<void> look_for_topics(const KafkaOffsets& from);
  Result<void> take(const TopicReader::Record& record);
  Result<void> take_row(Lane& lane, const TopicReader::Record& record);
  std::uint64_t captured_events(const TransactionMark& mark) const;
  Result<void> fill(milliseconds patience);
  void regulate();
  Result<void> judge_silence();

  const KafkaSourceOptions options;
  const engine::Clock& clock;
  std::atomic<bool> stopped{false};
  std::optional<DeclaredSchema> schema;
  std::optional<EnvelopeDecoder> decoder;
  std::optional<KafkaClient> client;
  std::optional<TopicReader> reader;
  RecordMerge merge;
  std::vector<Lane> lanes;               // by tag, which is the number of the merge's lane
  std::optional<feed::SourcePosition> logged;
  engine::MonoTime looked_at{};
};

KafkaSource::KafkaSource(KafkaSourceOptions options, const engine::Clock& clock) : parts_(std::make_unique<Parts>(std::move(options), clock)) {}
KafkaSource::~KafkaSource() = default;

Result<const DeclaredSchema*> KafkaSource::Parts::declared() {
  if (!schema) {
    auto loaded = load_declared_schema(options.debezium);
    if (!loaded) return fail(Errc::kUnsupported, loaded.error().detail);
    schema = std::move(*loaded);
    decoder.emplace(*schema, options.debezium.modes);
  }
  return &*schema;
}

std::string KafkaSource::Parts::topic_of(const std::string& table) const {
  auto name = options.topics;
  const auto at = name.find(kTable);
  return at == std::string::npos ? name : name.replace(at, kTable.size(), table);
}

Result<void> KafkaSource::Parts::open() {
  if (auto known = declared(); !known) return known.take_error();
  reader.reset();
  client.reset();
  lanes.clear();
  auto opened = KafkaClient::open(options.connection, KafkaClient::Role::kConsumer,
                                  {{"enable.partition.eof", "true"},
                                   {"fetch.wait.max.ms", "100"},             // an idle partition says so after this
                                   {"queued.max.messages.kbytes", "8192"},   // of each partition
                                   {"isolation.level", "read_committed"}});
  if (!opened) return opened.take_error();
  client.emplace(std::move(*opened));
  reader.emplace(*client, options.timeout);
  return engine::ok();
}

Result<void> KafkaSource::Parts::add(const TopicPartition& place, const DeclaredTable* table, const PartitionEnds& ends, std::optional<std::int64_t> offset) {
  const std::string where = "topic " + place.topic + ", partition " + std::to_string(place.partition);
  if (offset && *offset > ends.end) return fail(Errc::kConflict, where + ": we have read further than its end; it was made anew");
  if (offset && *offset < ends.first && table) return fail(Errc::kConflict, where + ": retention removed records we have not read");
  if (!offset && table && ends.first > 0 && !options.allow_trimmed_topics) {
    return fail(Errc::kUnsupported, where + ": its first records are gone, so rows would be missing; keep it with cleanup.policy=compact and let Debezium take a new snapshot, or set "
                                            "source.kafka.allow_trimmed_topics = true to do without them");
  }
  const auto start = std::max(offset.value_or(ends.first), ends.first);
  const auto tag = table ? merge.add_lane(place, start, ends.end) : merge.add_mark_lane(place, start);
  lanes.push_back({place, table, ends.first, start, {}});
  if (ends.first >= ends.end || start >= ends.end) merge.set_drained(tag, true);
  return reader->start(place, start, tag);
}

/// Opens every partition that is not read yet: where `from` says, or from its beginning.
Result<void> KafkaSource::Parts::look_for_topics(const KafkaOffsets& from) {
  looked_at = clock.now();
  auto found = reader->topics();
  if (!found) return found.take_error();
  std::vector<TopicPartition> places;
  std::vector<const DeclaredTable*> tables;
  const auto note = [&](const std::string& topic, const DeclaredTable* table) -> Result<void> {
    const auto at = found->find(topic);
    if (at == found->end()) return engine::ok();
    if (at->second == TopicReader::kNoAnswer) return fail(Errc::kUnavailable, "topic " + topic + " has no leader now");
    if (!table && at->second != 1) return fail(Errc::kUnsupported, "the transaction topic " + topic + " has several partitions, so its order is lost; it needs exactly one");
    for (std::int32_t partition = 0; partition < at->second; ++partition) {
      const TopicPartition place{topic, partition};
      if (std::any_of(lanes.begin(), lanes.end(), [&](const Lane& lane) { return lane.place == place; })) continue;
      places.push_back(place);
      tables.push_back(table);
    }
    return engine::ok();
  };
  for (const auto& [name, table] : schema->tables) {
    if (!options.tables.empty() && !options.tables.contains(name)) continue;
    if (auto noted = note(topic_of(name), &table); !noted) return noted;
  }
  if (!options.transaction_topic.empty()) {
    if (auto noted = note(options.transaction_topic, nullptr); !noted) return noted;
  }
  auto ends = reader->ends(places);
  if (!ends) return ends.take_error();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto stored = from.find(places[i]);
    if (auto added = add(places[i], tables[i], (*ends)[i], stored == from.end() ? std::nullopt : std::optional(stored->second)); !added) return added;
  }
  return engine::ok();
}

Result<void> KafkaSource::connect(const std::optional<feed::SourcePosition>& from) {
  auto& p = *parts_;
  if (p.stopped) return fail(Errc::kCancelled);
  const auto offsets = from ? parse_offsets(from->token) : std::optional(KafkaOffsets{});
  if (!offsets) return fail(Errc::kConflict, "the stored position is not one of Kafka");
  p.merge.start(from ? from->sequence : 0);
  if (auto opened = p.open(); !opened) return opened;
  if (auto found = p.look_for_topics(*offsets); !found) return found;
  if (p.lanes.empty()) return fail(Errc::kUnavailable, "none of the topics " + p.options.topics + " exists; Debezium makes them with the first record of a table");
  for (const auto& [place, offset] : *offsets) {
    const bool there = std::any_of(p.lanes.begin(), p.lanes.end(), [&](const Lane& lane) { return lane.place == place; });
    const bool ours = p.options.transaction_topic != place.topic && offset > 0;
    if (!there && ours) return fail(Errc::kConflict, "topic " + place.topic + ", partition " + std::to_string(place.partition) + " is gone, or its table is not captured any more");
  }
  if (p.logged) {
    if (const auto logged = parse_offsets(p.logged->token)) p.merge.logged(*logged, p.logged->sequence);
  }
  return engine::ok();
}

void KafkaSource::already_logged(const feed::SourcePosition& position) { parts_->logged = position; }

std::uint64_t KafkaSource::Parts::captured_events(const TransactionMark& mark) const {
  // "shop.transaction" beside "shop.craft.elements", which a mark calls "craft.elements".
  const auto prefix = options.transaction_topic.substr(0, options.transaction_topic.rfind('.') + 1);
  std::uint64_t events = 0;
  for (const auto& collection : mark.collections) {
    const auto topic = prefix + collection.name;
    if (std::any_of(lanes.begin(), lanes.end(), [&](const Lane& lane) { return lane.table && lane.place.topic == topic; })) events += collection.events;
  }
  return events;
}

Result<void> KafkaSource::Parts::take_row(Lane& lane, const TopicReader::Record& record) {
  std::optional<DebeziumRecord> row;
  if (record.no_value) {
    if (record.key != lane.deleted_key) {
      auto gone = decoder->decode_tombstone(record.key, *lane.table);
      if (!gone) return gone.take_error();
      if (*gone) row.emplace().row = std::move(**gone);
    }
  } else {
    auto decoded = decoder->decode(record.value, lane.table);
    if (!decoded) return decoded.take_error();
    row = std::move(*decoded);
  }
  lane.deleted_key = row && row->row.kind == RowChange::Kind::kDelete ? std::string(record.key) : std::string();
  merge.push(record.tag, record.offset, std::move(row), record.value.size() + sizeof(DebeziumRecord));
  return engine::ok();
}

Result<void> KafkaSource::Parts::take(const TopicReader::Record& record) {
  Lane& lane = lanes[record.tag];
  if (record.end) {
    merge.set_drained(record.tag, true);
    return engine::ok();
  }
  if (record.offset < lane.next) return engine::ok();  // read again after a pause
  Result<void> taken = engine::ok();
  if (lane.table) {
    taken = take_row(lane, record);
  } else {
    auto mark = decoder->decode_mark(record.value);
    if (mark) merge.push_mark(record.tag, record.offset, *mark, captured_events(*mark));
    else taken = mark.take_error();
  }
  if (!taken) {
    return fail(taken.error().code, "topic " + lane.place.topic + ", partition " + std::to_string(lane.place.partition) + ", offset " + std::to_string(record.offset) + ": " + taken.error().detail);
  }
  lane.next = record.offset + 1;
  return taken;
}

/// Back-pressure: a lane that holds enough is not fetched for until half of it has gone.
void KafkaSource::Parts::regulate() {
  for (std::size_t tag = 0; tag < lanes.size(); ++tag) {
    if (!reader->paused(tag) && merge.full(tag)) reader->pause(tag);
    if (reader->paused(tag) && merge.has_room_again(tag)) reader->resume(tag);
  }
}

Result<void> KafkaSource::Parts::fill(milliseconds patience) {
  if (auto read = reader->read(patience, kMostAtOnce, [this](const TopicReader::Record& record) { return take(record); }); !read) return read;
  regulate();
  for (std::size_t tag = 0; tag < lanes.size(); ++tag) {
    if (reader->drained(tag, lanes[tag].next)) merge.set_drained(tag, true);
  }
  return engine::ok();
}

Result<void> KafkaSource::Parts::judge_silence() {
  auto& trouble = client->trouble();
  if (trouble.refused) return client->refusal();
  if (trouble.all_brokers_down) return fail(Errc::kUnavailable, "no broker of " + options.connection.brokers + " can be reached: " + trouble.reason());
  return engine::ok();
}

Result<std::optional<Slice>> KafkaSource::next(milliseconds patience) {
  auto& p = *parts_;
  if (p.stopped) return fail(Errc::kCancelled);
  if (!p.reader) return fail(Errc::kUnavailable, "not connected");
  if (p.clock.now() - p.looked_at >= kLookForTopics) {
    if (auto found = p.look_for_topics({}); !found) return found.take_error();
  }
  if (p.merge.held() < kMostAtOnce) {
    if (auto filled = p.fill(milliseconds(0)); !filled) return filled.take_error();
  }
  for (auto waited = milliseconds(0);; waited += kShortWait) {
    if (auto slice = p.merge.take(p.clock.now())) {
      slice->position.source = p.options.name;
      return slice;
    }
    if (p.stopped) return fail(Errc::kCancelled);
    if (waited >= patience) break;
    if (auto filled = p.fill(std::min(kShortWait, patience)); !filled) return filled.take_error();
  }
  if (auto fine = p.judge_silence(); !fine) return fine.take_error();
  return std::optional<Slice>();
}

feed::SourcePosition KafkaSource::position() const { return parts_->merge.position(); }

bool KafkaSource::reached(const feed::SourcePosition& position) const {
  const auto wanted = parse_offsets(position.token);
  if (!wanted) return false;
  const auto here = parts_->merge.offsets();
  return std::all_of(wanted->begin(), wanted->end(), [&](const auto& entry) {
    const auto at = here.find(entry.first);
    return at == here.end() || at->second >= entry.second;
  });
}

bool KafkaSource::at_end() const { return parts_->reader && parts_->merge.at_end(); }

Result<std::vector<Table>> KafkaSource::describe(const std::vector<std::string>& tables) {
  auto schema = parts_->declared();
  if (!schema) return schema.take_error();
  return declared_tables(**schema, tables);
}

Result<std::vector<std::string>> KafkaSource::tables() {
  auto schema = parts_->declared();
  if (!schema) return schema.take_error();
  std::vector<std::string> names;
  for (const auto& [name, table] : (*schema)->tables) names.push_back(name);
  return names;
}

Result<std::vector<ForeignKey>> KafkaSource::foreign_keys() {
  auto schema = parts_->declared();
  if (!schema) return schema.take_error();
  return (*schema)->keys;
}

// The topic's beginning is the empty table; what came since is in the stream.
Result<Chunk> KafkaSource::read_chunk(const Table& table, const Row&, std::size_t) {
  auto& p = *parts_;
  if (!p.reader) return fail(Errc::kUnavailable, "not connected");
  const auto here = p.merge.offsets();
  for (const Lane& lane : p.lanes) {
    if (!lane.table || lane.table->table->name != table.name) continue;
    if (here.at(lane.place) > lane.first) return fail(Errc::kConflict, "table " + table.name + " has to be read again, and its rows are at the beginning of its topic");
  }
  Chunk chunk;
  chunk.table = std::make_shared<const Table>(table);
  chunk.last = true;
  chunk.position = p.merge.position();
  return chunk;
}

void KafkaSource::stop() { parts_->stopped = true; }

}  // namespace connectors
