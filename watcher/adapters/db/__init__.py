"""The database: schema, engine, the writer thread, and the store's methods, one transaction each."""
