#include <gtest/gtest.h>

#include <fstream>

#include "connectors/mapping/mapping_session.h"
#include "tests/connectors/mirror_test_rows.h"
#include "tests/support/fixtures.h"

namespace {

using namespace connectors;
using namespace test;
using Filter = ExternalParameter::Filter;

constexpr const char* kNotes = R"(--@ plugin jotter Jotter
-- Notes
-- of editors

--@ external notes.v2 Notes
-- What editors wrote down
--@ item integer Number of the note
--@ query q string contains=text
-- Piece of a note
--@ query kind string required enum=idea|task index=kind
--@ query limit integer minimum=1 maximum=200 default=50
--@ schema
-- id integer, text string, kind string null, raw object
--@ order created ascending
--@ tables
CREATE TABLE notes (id INTEGER PRIMARY KEY, text, kind, colour OPTIONAL, updated);
--@ ids
SELECT id FROM notes
--@ document
SELECT id, text, kind, text AS "@fact.text", kind AS "@index.kind", json_object('id', id, 'colour', colour) AS "raw:json",
       'live' AS "@state", updated AS "@created", updated AS "@updated"
  FROM notes WHERE id = :id
--@ part list
-- id, text, kind
--@ part detail
-- +list, raw
--@ affected notes
SELECT :row_id
)";

class ExternalResourceTest : public ::testing::Test {
 protected:
  void write(const std::string& text, const std::string& name = "notes.sql") { std::ofstream(folder_.path() / name) << text; }
  std::string load_error() {
    auto loaded = Mapping::load(folder_.path());
    return loaded ? "" : loaded.error().detail;
  }
  static std::string with(std::string text, const std::string& piece, const std::string& other) { return text.replace(text.find(piece), piece.size(), other); }
  std::string error_with(const std::string& piece, const std::string& other) {
    write(with(kNotes, piece, other));
    return load_error();
  }
  TemporaryDirectory folder_;
};

TEST_F(ExternalResourceTest, AFileAloneDescribesIt) {
  write(kNotes);
  auto mapping = Mapping::load(folder_.path());
  ASSERT_TRUE(mapping) << mapping.error().detail;
  ASSERT_EQ(mapping->externals().size(), 1u);
  const ExternalResource& notes = mapping->externals()[0];
  EXPECT_EQ(notes.type, "jotter.notes.v2");
  EXPECT_EQ(notes.plugin + "/" + notes.plugin_name + "/" + notes.plugin_description, "jotter/Jotter/Notes of editors");
  EXPECT_EQ(notes.resource + "/" + notes.name + "/" + notes.description, "notes.v2/Notes/What editors wrote down");
  EXPECT_EQ(notes.id_description, "Number of the note");
  EXPECT_TRUE(notes.has_detail && notes.numeric_id);
  EXPECT_EQ(notes.order, ExternalResource::Order::kCreated);
  EXPECT_FALSE(notes.descending);
  ASSERT_EQ(notes.parameters.size(), 3u);
  EXPECT_EQ(notes.parameters[0].filter, Filter::kContains);
  EXPECT_EQ(notes.parameters[0].fact, "text");
  EXPECT_EQ(notes.parameters[0].description, "Piece of a note");
  EXPECT_TRUE(notes.parameters[1].required);
  EXPECT_EQ(notes.parameters[1].filter, Filter::kIndexed);
  EXPECT_EQ(notes.parameters[1].values, (std::vector<std::string>{"idea", "task"}));
  EXPECT_EQ(notes.parameters[2].filter, Filter::kNone);
  EXPECT_EQ(notes.parameters[2].maximum, 200);
  EXPECT_EQ(notes.parameters[2].otherwise, "50");
  ASSERT_EQ(notes.fields.size(), 4u);
  EXPECT_TRUE(notes.fields[2].nullable && notes.fields[2].in_list);
  EXPECT_FALSE(notes.fields[3].in_list);
}

TEST_F(ExternalResourceTest, WhatIsMisspeltIsNamedWithFileAndLine) {
  EXPECT_EQ(error_with("notes.v2", "Notes").rfind("notes.sql:5: a handle has small letters", 0), 0u) << load_error();
  EXPECT_EQ(error_with("jotter", "jo!tter").rfind("notes.sql:1: a handle has small letters", 0), 0u) << load_error();
  EXPECT_EQ(error_with("contains=text", "contains=body").rfind("notes.sql:8: the document has no fact \"body\"", 0), 0u) << load_error();
  EXPECT_EQ(error_with("contains=text", "index=text").rfind("notes.sql:8: the fact text is not indexed", 0), 0u) << load_error();
  EXPECT_EQ(error_with(" contains=text", "").rfind("notes.sql:8: the parameter q filters nothing", 0), 0u) << load_error();
  EXPECT_NE(error_with("q string", "q text").find("needs a name and a type"), std::string::npos);
  EXPECT_NE(error_with("enum=", "oneof=").find("says nothing about a parameter"), std::string::npos);
  EXPECT_NE(error_with("minimum=1 ", "minimum=one ").find("needs a whole number"), std::string::npos);
  EXPECT_NE(error_with("query kind", "query q").find("a second parameter q"), std::string::npos);
  EXPECT_NE(error_with("kind string null, ", "").find("the schema does not describe \"kind\""), std::string::npos);
  EXPECT_NE(error_with("raw object", "raw object, size integer").find("neither list nor detail has a key \"size\""), std::string::npos);
  EXPECT_NE(error_with("created ascending", "title ascending").find("no column \"@title\""), std::string::npos);
  write(with(with(kNotes, "--@ part list", "--@ part feed"), "+list, raw", "+feed, raw"));
  EXPECT_NE(load_error().find("no \"--@ part list\""), std::string::npos) << load_error();
  EXPECT_NE(error_with("item integer", "item").find("needs the id's type"), std::string::npos) << load_error();
  EXPECT_NE(error_with("--@ plugin jotter Jotter", "--@ fragment x").find("whose resource is this"), std::string::npos) << load_error();
}

TEST_F(ExternalResourceTest, APluginIsNamedOnceAndAResourceExistsOnce) {
  write(kNotes);
  const auto second = with(with(kNotes, "jotter Jotter\n-- Notes\n-- of editors\n", "jotter\n"), "--@ tables\nCREATE TABLE notes (id INTEGER PRIMARY KEY, text, kind, colour OPTIONAL, updated);\n", "");
  write(second, "again.sql");
  EXPECT_NE(load_error().find("a second resource jotter.notes.v2"), std::string::npos) << load_error();
  write(with(second, "notes.v2", "drafts"), "again.sql");
  auto mapping = Mapping::load(folder_.path());
  ASSERT_TRUE(mapping) << mapping.error().detail;
  ASSERT_EQ(mapping->externals().size(), 2u);
  EXPECT_EQ(mapping->externals()[0].resource, "drafts");
  EXPECT_EQ(mapping->externals()[0].plugin_name, "Jotter");
  write(with(with(second, "notes.v2", "drafts"), "jotter\n", "jotter Other\n"), "again.sql");
  EXPECT_NE(load_error().find("described twice"), std::string::npos) << load_error();
}

TEST_F(ExternalResourceTest, IsInServiceWhereItsTableIsAndAbsentColumnsAreNull) {
  write(kNotes);
  auto mapping = Mapping::load(folder_.path());
  ASSERT_TRUE(mapping) << mapping.error().detail;
  auto mirror = std::move(*Mirror::open(folder_.path() / "mirror.sqlite"));
  {
    auto session = MappingSession::open(*mapping, *mirror, {});
    ASSERT_TRUE(session) << session.error().detail;
    EXPECT_TRUE((*session)->types().empty());
  }
  const auto narrow = table("notes", {"id", "text:text", "kind:text", "updated:instant"});
  EXPECT_TRUE(mapping->missing_columns(*narrow).empty());
  ASSERT_TRUE(mirror->define(*narrow));
  auto session = MappingSession::open(*mapping, *mirror, {});
  ASSERT_TRUE(session) << session.error().detail;
  EXPECT_EQ((*session)->types(), (std::vector<std::string>{"jotter.notes.v2"}));
  // The mirror writes on while the mapping reads.
  const auto note = inserted(narrow, {number(3), text("Red paint"), text("idea"), text("2026-01-02 03:04:05")});
  AffectedSet affected;
  ASSERT_TRUE(mirror->apply(note));
  ASSERT_TRUE((*session)->affected(note, MappingSession::Moment::kAfter, affected));
  EXPECT_EQ(affected, (AffectedSet{{"jotter.notes.v2", "3"}}));
  auto rendered = (*session)->render_one({"jotter.notes.v2", "3"}, {});
  ASSERT_TRUE(rendered) << rendered.error().detail;
  EXPECT_EQ(rendered->parts.detail, R"({"id":3,"text":"Red paint","kind":"idea","raw":{"id":3,"colour":null}})");
  EXPECT_TRUE(rendered->visible.list);
  EXPECT_FALSE(rendered->visible.feed || rendered->visible.webhook);
  EXPECT_EQ(rendered->facts.fields, (std::vector<feed::Fact>{{"kind", "idea", true}, {"text", "red paint", false}}));
}

TEST(CraftRetour, IsTheContractsReferenceAdapter) {
  auto mapping = Mapping::load(std::filesystem::path(MILLRACE_SOURCE_DIR) / "connectors/mappings/craft");
  ASSERT_TRUE(mapping) << mapping.error().detail;
  ASSERT_EQ(mapping->externals().size(), 1u);
  const ExternalResource& retour = mapping->externals()[0];
  EXPECT_EQ(retour.type, "retour.redirects");
  std::string parameters, fields;
  for (const auto& parameter : retour.parameters) parameters += parameter.name + " ";
  for (const auto& field : retour.fields) fields += field.name + ":" + field.type + (field.nullable ? "? " : " ");
  EXPECT_EQ(parameters, "q siteId enabled statusCode limit ");
  EXPECT_EQ(fields, "id:integer sourceUrl:string destinationUrl:string statusCode:integer? matchType:string siteId:integer? locale:string enabled:boolean "
                    "hits:integer lastHitAt:timestamp? dateCreated:timestamp? dateUpdated:timestamp? raw:object ");
}

}  // namespace
