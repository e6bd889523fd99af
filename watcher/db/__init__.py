"""The database: schema, connection, one file per group of store methods."""
