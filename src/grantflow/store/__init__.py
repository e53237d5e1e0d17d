"""PostgreSQL: tables, queries and migrations. SQL lives here only."""
