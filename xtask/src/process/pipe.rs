//! A child's output as one channel, so that waiting for it can have a deadline.

use super::Capture;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// A piece of output and where it came from.
pub(super) type Chunk = (Stream, Vec<u8>);

/// Starts a child without input whose captured output comes out of the channel.
pub(super) fn spawn(command: &mut Command, capture: Capture) -> io::Result<(Child, Receiver<Chunk>)> {
    // A few chunks are enough to keep a reader busy; a child that is louder waits for us.
    let (sender, chunks) = sync_channel(16);
    command.stdin(Stdio::null());
    if capture == Capture::Merged {
        let (reader, writer) = io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let child = command.spawn()?;
        // The command keeps its ends of the pipe, and the reader would wait for them.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        forward(reader, Stream::Stdout, sender);
        return Ok((child, chunks));
    }
    if capture != Capture::Nothing {
        command.stdout(Stdio::piped());
    }
    if capture == Capture::Both {
        command.stderr(Stdio::piped());
    }
    let mut child = command.spawn()?;
    if let Some(stdout) = child.stdout.take() {
        forward(stdout, Stream::Stdout, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        forward(stderr, Stream::Stderr, sender);
    }
    Ok((child, chunks))
}

/// Reads until the end of the pipe, or until nobody listens any more.
fn forward(mut pipe: impl Read + Send + 'static, stream: Stream, chunks: SyncSender<Chunk>) {
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            if chunks.send((stream, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
    });
}
