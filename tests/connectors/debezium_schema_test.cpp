// What CREATE TABLE says of tables that cannot be asked.

#include <gtest/gtest.h>

#include "connectors/debezium/declared_schema.h"

namespace {

using namespace connectors;
using Kind = Column::Kind;

constexpr const char* kMariaDbDump = R"(/*!40101 SET NAMES utf8mb4 */;
-- Table structure for table `craft_elements`
DROP TABLE IF EXISTS `craft_elements`;
CREATE TABLE `craft_elements` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `parentId` int(11) DEFAULT NULL COMMENT 'it''s (a, b)',
  `price` decimal(14,4) NOT NULL DEFAULT 0.0000,
  `enabled` tinyint(1) NOT NULL DEFAULT 1,
  `big` bigint(20) unsigned DEFAULT NULL,
  `when` datetime(6) DEFAULT NULL,
  `settings` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`settings`)),
  `kind` enum('a','b)') NOT NULL DEFAULT 'a',
  `raw` varbinary(16) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `u` (`kind`(10),`price` DESC),
  KEY `k` (`parentId`),
  CONSTRAINT `fk_parent` FOREIGN KEY (`parentId`) REFERENCES `craft_elements` (`id`) ON DELETE CASCADE ON UPDATE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `other` (`id` int);
CREATE TABLE craft_pairs (a int NOT NULL, b varchar(10) NOT NULL, PRIMARY KEY (b, a), CONSTRAINT FOREIGN KEY (a) REFERENCES craft_elements (id));
)";

TEST(DeclaredSchema, ReadsADumpOfMariaDb) {
  const auto schema = read_declared_schema(kMariaDbDump, DatabaseKind::kMariaDb, "craft_");
  ASSERT_TRUE(schema) << schema.error().detail;
  ASSERT_EQ(schema->tables.size(), 2u);
  const auto& elements = schema->tables.at("elements");
  std::vector<Kind> kinds;
  for (const auto& column : elements.table->columns) kinds.push_back(column.kind);
  EXPECT_EQ(kinds, (std::vector{Kind::kInteger, Kind::kInteger, Kind::kDecimal, Kind::kInteger, Kind::kInteger, Kind::kInstant, Kind::kJson, Kind::kText, Kind::kBytes}));
  EXPECT_EQ(elements.table->columns[2].scale, 4);
  EXPECT_EQ(elements.table->columns[4].source_type, "bigint(20) unsigned");
  EXPECT_EQ(elements.table->primary_key, std::vector<std::uint32_t>{0});
  EXPECT_EQ(elements.precision[5], 6u);
  EXPECT_EQ(elements.nullable, (std::vector<bool>{false, true, false, false, true, true, true, false, true}));
  EXPECT_EQ(schema->tables.at("pairs").table->primary_key, (std::vector<std::uint32_t>{1, 0}));
  ASSERT_EQ(schema->keys.size(), 1u + 1u);
  const auto& key = schema->keys[0];
  EXPECT_EQ(key.table, "elements");
  EXPECT_EQ(key.parent, "elements");
  EXPECT_EQ(key.on_delete, ForeignKey::Rule::kCascade);
  EXPECT_EQ(key.on_update, ForeignKey::Rule::kSetNull);
}

constexpr const char* kPostgresDump = R"(\restrict abc
SET statement_timeout = 0;
CREATE TABLE public.orders (
    id integer NOT NULL,
    number character varying(32) DEFAULT 'it''s'::character varying NOT NULL,
    total numeric(14,4) DEFAULT 0 NOT NULL,
    loose numeric,
    "dateOrdered" timestamp(0) without time zone DEFAULT NULL::timestamp without time zone,
    seen timestamp with time zone,
    paid boolean DEFAULT false NOT NULL,
    tags text[],
    data jsonb
);
COPY public.orders (id) FROM stdin;
1	'unbalanced
\.
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES public.orders(id) ON DELETE CASCADE;
)";

TEST(DeclaredSchema, ReadsADumpOfPostgres) {
  const auto schema = read_declared_schema(kPostgresDump, DatabaseKind::kPostgres, "");
  ASSERT_TRUE(schema) << schema.error().detail;
  const auto& orders = schema->tables.at("orders");
  std::vector<Kind> kinds;
  for (const auto& column : orders.table->columns) kinds.push_back(column.kind);
  EXPECT_EQ(kinds, (std::vector{Kind::kInteger, Kind::kText, Kind::kDecimal, Kind::kText, Kind::kInstant, Kind::kInstant, Kind::kInteger, Kind::kText, Kind::kJson}));
  EXPECT_EQ(orders.table->primary_key, std::vector<std::uint32_t>{0});
  EXPECT_EQ(orders.precision[4], 0u);
  EXPECT_EQ(orders.precision[5], 6u);
  EXPECT_TRUE(schema->keys.empty()) << "PostgreSQL logs what its foreign keys do";
}

TEST(DeclaredSchema, RefusesWhatHoldsNoTable) {
  EXPECT_EQ(read_declared_schema("SELECT 1;", DatabaseKind::kMariaDb, "").error().code, engine::Errc::kNotFound);
  EXPECT_EQ(read_declared_schema("CREATE TABLE a (id int);", DatabaseKind::kMariaDb, "craft_").error().code, engine::Errc::kNotFound);
  const auto open = read_declared_schema("CREATE TABLE a (id int DEFAULT 'x", DatabaseKind::kMariaDb, "");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, engine::Errc::kMalformed);
}

TEST(DeclaredSchema, EveryBeginningIsReadOrRefused) {
  const std::string_view dump = kMariaDbDump;
  for (std::size_t size = 0; size < dump.size(); ++size) (void)read_declared_schema(dump.substr(0, size), DatabaseKind::kMariaDb, "craft_");
}

}  // namespace
