//! Bytes and descriptors through a Unix stream socket: one `recvmsg` in, one `sendmsg` out.

use rustix::io::{Errno, Result};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// What one read returned; zero bytes is the end of the stream.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: usize,
    pub(crate) descriptor: Option<OwnedFd>,
}

/// Reads once into `buffer`. A descriptor that comes along is close-on-exec; surplus ones are closed.
pub(crate) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<Received> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = loop {
        match recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut control, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            other => break other?,
        }
    };
    let mut descriptor = None;
    for ancillary in control.drain() {
        if let RecvAncillaryMessage::ScmRights(mut received) = ancillary {
            // What the iterator still holds is closed when it is dropped.
            descriptor = descriptor.or_else(|| received.next());
        }
    }
    Ok(Received { bytes: message.bytes, descriptor })
}

/// Writes a prefix of `bytes` and says how long it is; the descriptor has gone with its first byte.
pub(crate) fn transmit(socket: BorrowedFd<'_>, bytes: &[u8], descriptor: Option<BorrowedFd<'_>>) -> Result<usize> {
    let descriptors: Vec<BorrowedFd<'_>> = descriptor.into_iter().collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        assert!(control.push(SendAncillaryMessage::ScmRights(&descriptors)), "the buffer has room for one descriptor");
    }
    loop {
        match sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

/// Writes all of `bytes` to a blocking socket.
pub(crate) fn transmit_all(socket: &impl AsFd, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        bytes = &bytes[transmit(socket.as_fd(), bytes, None)?..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_descriptor_arrives_with_its_bytes_and_works() {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let (mut sent, mut kept) = UnixStream::pair().expect("a socket pair");
        transmit(ours.as_fd(), b"take\n", Some(sent.as_fd())).expect("the socket has room");
        let mut buffer = [0; 16];
        let received = receive(theirs.as_fd(), &mut buffer).expect("the bytes are there");
        assert_eq!(&buffer[..received.bytes], b"take\n");
        let mut copy = UnixStream::from(received.descriptor.expect("a descriptor was attached"));
        copy.write_all(b"copy").expect("the copy works");
        sent.write_all(b"sent").expect("the original works");
        let mut text = [0; 8];
        kept.read_exact(&mut text).expect("both wrote");
        assert_eq!(&text, b"copysent");
    }
}
