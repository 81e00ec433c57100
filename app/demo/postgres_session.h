#pragma once
// The sample's statements, which are MariaDB's, on PostgreSQL.

#include "app/demo/sql_session.h"

namespace app::demo {

/// As SqlSession::connect, to the database "postgres". What a translated statement needs of functions is made in the database that is entered.
engine::Result<std::unique_ptr<SqlSession>> connect_postgres(const SqlAddress& address);

/// One statement: names in back quotes, user variables (`SET @x = …`, `@x`: whole numbers), `AFTER column`. Texts in quotes stay as they are.
std::string in_postgres(std::string_view statement);
/// CREATE TABLE statements; foreign keys come behind all tables, further keys go. Flags stay numbers (smallint), for the statements count with them.
std::string tables_in_postgres(std::string_view script);

}  // namespace app::demo
