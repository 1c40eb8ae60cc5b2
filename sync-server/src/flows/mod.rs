//! The durable driver of a flow's run.
