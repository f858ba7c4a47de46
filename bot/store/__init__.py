"""The database: one model for SQLite and PostgreSQL."""
