//! Photos: decoding and reading in a limited child process, quality, duplicates, upload.
