//! The embedded store: one durable group-committing writer, many readers, migrations; the object store.
