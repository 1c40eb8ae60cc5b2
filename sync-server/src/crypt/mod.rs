//! Personal columns: a key per person wrapped by a tenant key, and the keyed blind index.
