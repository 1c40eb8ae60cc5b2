//! How server and worker talk over a pipe: a length of four bytes (little endian), then that many bytes.
//! A request is one frame: a byte for the task, then the photo. An answer is two: JSON, then the re-encoded JPEG
//! (empty where there is none).

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{MAX_PHOTO_BYTES, PhotoReading, PhotoRefusal, ReadBy, Task};

/// Longest frame, bytes: the largest photo and its task.
const MAX_FRAME_BYTES: usize = MAX_PHOTO_BYTES + 1;

/// What a worker says to a photo.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// Taken in.
    Read(Box<PhotoReading>),
    /// Not a usable photo.
    Refused(PhotoRefusal),
}

/// The byte that stands for a task.
pub(super) fn task_byte(task: Task) -> u8 {
    match task {
        Task::Prepare => 0,
        Task::ReadCard(ReadBy::Both) => 1,
        Task::ReadCard(ReadBy::Own) => 2,
        Task::ReadCard(ReadBy::Tesseract) => 3,
    }
}

/// The task that a byte stands for.
pub(super) fn task_of(byte: u8) -> Option<Task> {
    match byte {
        0 => Some(Task::Prepare),
        1 => Some(Task::ReadCard(ReadBy::Both)),
        2 => Some(Task::ReadCard(ReadBy::Own)),
        3 => Some(Task::ReadCard(ReadBy::Tesseract)),
        _ => None,
    }
}

/// One frame; `None` where the other side closed the pipe between frames.
///
/// # Errors
/// When the pipe breaks or announces a frame that is too long.
pub(super) fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut frame = vec![0; checked(length)?];
    from.read_exact(&mut frame)?;
    Ok(Some(frame))
}

/// Writes one frame.
///
/// # Errors
/// When the pipe breaks.
pub(super) fn write_frame(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    to.write_all(&(frame.len() as u32).to_le_bytes())?;
    to.write_all(frame)?;
    to.flush()
}

/// [`read_frame`] on the server's side, where a closed pipe is an error.
///
/// # Errors
/// When the pipe breaks, closes or announces a frame that is too long.
pub(super) async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let mut frame = vec![0; checked(length)?];
    from.read_exact(&mut frame).await?;
    Ok(frame)
}

/// Sends a task and a photo as one frame.
///
/// # Errors
/// When the pipe breaks.
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), task: Task, photo: &[u8]) -> io::Result<()> {
    to.write_all(&(photo.len() as u32 + 1).to_le_bytes()).await?;
    to.write_all(&[task_byte(task)]).await?;
    to.write_all(photo).await?;
    to.flush().await
}

fn checked(length: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is longer than any photo"));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_and_an_oversized_one_is_refused_before_memory_is_taken() {
        let mut pipe = Vec::new();
        write_frame(&mut pipe, b"photo").unwrap();
        assert_eq!(read_frame(&mut pipe.as_slice()).unwrap().as_deref(), Some(&b"photo"[..]));
        assert!(read_frame(&mut &b""[..]).unwrap().is_none());
        assert!(read_frame(&mut &u32::MAX.to_le_bytes()[..]).is_err());
    }
}
