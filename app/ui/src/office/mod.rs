//! Staff pages that are rendered on the server: sign in, links, the review queue.
