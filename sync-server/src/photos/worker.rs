//! The child process that touches customers' bytes: `miaopi photo-worker`. It has little memory, little time, no way
//! to write a file and nothing secret in its environment; when it dies, the server starts another.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::{
    PhotoReader, PhotoRefusal,
    frames::{Answer, read_frame, task_of, write_frame},
};
use crate::confined::{limit_processor_time, limit_this_process};

/// Memory that the process may take for data, bytes.
const MAX_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// Processor time for decoding one photo, seconds.
const DECODE_CPU_SECONDS: i64 = 2;
/// Processor time for reading one card, seconds.
const READ_CPU_SECONDS: i64 = 6;

/// Exit status of a worker that has no Tesseract; any other end is the photo's doing.
pub(super) const EXIT_CANNOT_START: u8 = 3;

/// Runs the worker until its standard input closes. Never called inside the server's own process: it limits the
/// process that calls it for good.
pub fn worker_main() -> ExitCode {
    limit_this_process("photo worker", MAX_MEMORY_BYTES);
    let served = match PhotoReader::start() {
        Ok(reader) => serve(reader),
        Err(cause) => {
            eprintln!("photo worker: {cause:#}");
            return ExitCode::from(EXIT_CANNOT_START);
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("photo worker: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(mut reader: PhotoReader) -> anyhow::Result<()> {
    let (mut requests, mut answers) = (io::stdin().lock(), io::stdout().lock());
    while let Some(frame) = read_frame(&mut requests)? {
        let Some((task, photo)) =
            frame.split_first().and_then(|(byte, photo)| Some((task_of(*byte)?, photo)))
        else {
            anyhow::bail!("a request without a task");
        };
        limit_processor_time(DECODE_CPU_SECONDS);
        let taken = reader.take_in(photo, task, || limit_processor_time(READ_CPU_SECONDS));
        limit_processor_time(0);
        answer(&mut answers, taken)?;
    }
    Ok(())
}

fn answer(to: &mut impl Write, taken: Result<super::PhotoReading, PhotoRefusal>) -> anyhow::Result<()> {
    let (answer, jpeg) = match taken {
        Ok(reading) => {
            let jpeg = reading.jpeg.clone();
            (Answer::Read(Box::new(reading)), jpeg)
        }
        Err(refusal) => (Answer::Refused(refusal), bytes::Bytes::new()),
    };
    write_frame(to, &serde_json::to_vec(&answer)?)?;
    write_frame(to, &jpeg)?;
    Ok(())
}
