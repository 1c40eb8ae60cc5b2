//! Outside companies over HTTP: timeout, retry, breaker, bulkhead, idempotency.
