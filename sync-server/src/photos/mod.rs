//! Photos: read in limited child processes.
//!
//! Where to start: [`PhotoWorkers`] is what the server calls. It hands each photo to a warm child process (`worker.rs`),
//! in which the `reader` crate decodes and reads it. Nothing in the server's own process ever touches a byte that a
//! customer chose.

mod evaluate;
mod frames;
mod pool;
mod read_file;
mod worker;

pub use evaluate::{Confusion, EvaluateError, Evaluation, Score, describe_evaluation, evaluate};
pub use pool::PhotoWorkers;
pub use read_file::{ReadFileError, describe, read_file};
pub use reader::{
    CardHash, CardReading, MAX_PHOTO_BYTES, Mismatch, NAME_CONFIDENT, PhotoReader, PhotoReading,
    PhotoRefusal, Quality, QualityFlag, ReadBy, ReadField, Region, SAME_CARD_MAX_DISTANCE, Task,
};
pub use worker::worker_main;

impl From<PhotoRefusal> for crate::problem::Problem {
    fn from(refusal: PhotoRefusal) -> Self {
        let status = axum::http::StatusCode::from_u16(refusal.status())
            .unwrap_or(axum::http::StatusCode::UNPROCESSABLE_ENTITY);
        let problem = Self::new(status, refusal.code(), refusal.sentence_en()).field("photo");
        match refusal.retry_after_s() {
            Some(seconds) => problem.retry_after(seconds),
            None => problem,
        }
    }
}
