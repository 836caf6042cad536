//! Streams and sinks that own their handle, so that a task can be spawned with them.
//!
//! The streams of `stream` and the sinks of `sink` borrow their handle, and a task that outlives the function which spawns it
//! can borrow nothing. Here the handle lies in a place of the heap that it never leaves, and the borrower beside it.
//!
//! # Invariants
//!
//! - W1: the handle is where it was when it was borrowed, and nobody touches it, as long as the borrower lives.
//! - W2: the borrower is dropped first, and nothing that it gives out borrows from the handle.

use futures_core::Stream;
use futures_core::stream::FusedStream;
use futures_sink::Sink;
use std::fmt;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// A borrower `B`, and the handle that it borrows. Its fields are dropped in this order: W2.
struct Owned<B, H> {
    borrower: B,
    place: Place<H>,
}

/// Where a handle stays.
struct Place<H>(NonNull<H>);

// SAFETY: it owns the handle, like a box, and lends it to the one beside it only.
unsafe impl<H: Send> Send for Place<H> {}

impl<H> Drop for Place<H> {
    fn drop(&mut self) {
        // SAFETY: it came from a box, and is freed once; who borrowed it is gone: W2.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl<B, H: 'static> Owned<B, H> {
    /// `borrow` keeps what it gets in what it gives, and nowhere else.
    fn new(handle: H, borrow: impl FnOnce(&'static mut H) -> B) -> Self {
        let place = Place(NonNull::from(Box::leak(Box::new(handle))));
        // SAFETY: W1: the place is private, and is touched again when the borrower is gone. The lifetime is longer than that,
        // so the borrower is not handed out, nor what it borrows.
        let borrower = borrow(unsafe { &mut *place.0.as_ptr() });
        Self { borrower, place }
    }

    fn into_handle(self) -> H {
        let Self { borrower, place } = self;
        drop(borrower);
        let handle = place.0;
        std::mem::forget(place);
        // SAFETY: as in the drop, which is not run.
        *unsafe { Box::from_raw(handle.as_ptr()) }
    }
}

/// The stream of a receiver that it owns, and the way to it.
macro_rules! owned_stream {
    ($(#[$doc:meta])* $name:ident<T $(: $bound:ident)?>, $receiver:ty, $stream:ty) => {
        $(#[$doc])*
        #[must_use = "a stream does nothing until it is polled"]
        pub struct $name<T: $($bound +)? 'static>(Owned<$stream, $receiver>);

        impl<T: $($bound +)? 'static> $name<T> {
            /// The receiver back: what was not returned it can receive.
            pub fn into_inner(self) -> $receiver {
                self.0.into_handle()
            }
        }

        impl<T: $($bound +)? 'static> $receiver {
            /// The messages as a stream that owns the receiver (feature `futures`), for a task of its own. Two allocations.
            pub fn into_stream(self) -> $name<T> {
                $name(Owned::new(self, |receiver| receiver.stream()))
            }
        }

        impl<T: $($bound +)? 'static> Stream for $name<T> {
            type Item = T;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
                Pin::new(&mut self.0.borrower).poll_next(cx)
            }
        }

        impl<T: $($bound +)? 'static> FusedStream for $name<T> {
            fn is_terminated(&self) -> bool {
                self.0.borrower.is_terminated()
            }
        }

        impl<T: $($bound +)? 'static> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0.borrower).finish()
            }
        }
    };
}

/// The sink of a sender that it owns, and the way to it.
macro_rules! owned_sink {
    ($(#[$doc:meta])* $(#![$panics:meta])* $name:ident, $sender:ty, $sink:ty) => {
        $(#[$doc])*
        #[must_use = "a sink does nothing until it is polled"]
        pub struct $name<T: 'static>(Owned<$sink, $sender>);

        impl<T: 'static> $name<T> {
            /// The sender back.
            pub fn into_inner(self) -> $sender {
                self.0.into_handle()
            }
        }

        impl<T: 'static> $sender {
            /// The channel as a sink that owns the sender (feature `futures`), for a task of its own. Two allocations.
            $(#[$panics])*
            pub fn into_sink(self) -> $name<T> {
                $name(Owned::new(self, |sender| sender.sink()))
            }
        }

        impl<T: 'static> Sink<T> for $name<T> {
            /// The channel is closed; the item comes back, if it was given one.
            type Error = crate::SendError<Option<T>>;

            fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Pin::new(&mut self.0.borrower).poll_ready(cx)
            }

            /// # Panics
            ///
            /// Panics if the sink is not ready.
            fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
                Pin::new(&mut self.0.borrower).start_send(item)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Pin::new(&mut self.0.borrower).poll_flush(cx)
            }

            /// Ends what the sink does; the channel ends when the last sender is dropped.
            fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Pin::new(&mut self.0.borrower).poll_close(cx)
            }
        }

        impl<T: 'static> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0.borrower).finish()
            }
        }
    };
}

/// Those of a channel for many.
pub(crate) mod many {
    use super::{Context, FusedStream, Owned, Pin, Poll, Sink, Stream, fmt};
    use crate::future::{RecvStream, SendSink};
    use crate::{Receiver, Sender};

    owned_stream! {
        /// Messages as they come, until the channel is closed and empty; by [`Receiver::into_stream`].
        ///
        /// # Cancellation
        ///
        /// It holds no message. Dropping it drops the receiver.
        OwnedRecvStream<T>, Receiver<T>, RecvStream<'static, T>
    }

    owned_sink! {
        /// Puts what it is given into the channel; by [`Sender::into_sink`].
        ///
        /// # Cancellation
        ///
        /// It holds no value: what it took is in the channel. Dropping it drops the sender.
        #![doc = ""]
        #![doc = "# Panics"]
        #![doc = ""]
        #![doc = "A [`rendezvous`](crate::rendezvous) has no place that could be kept."]
        OwnedSendSink, Sender<T>, SendSink<'static, T>
    }
}

/// Those of a channel for two threads.
pub(crate) mod one {
    use super::{Context, FusedStream, Owned, Pin, Poll, Sink, Stream, fmt};
    use crate::spsc::{Receiver, RecvStream, SendSink, Sender};

    owned_stream! {
        /// Messages as they come, until the channel is closed and empty; by [`Receiver::into_stream`].
        ///
        /// # Cancellation
        ///
        /// It holds no message. Dropping it drops the receiver.
        OwnedRecvStream<T>, Receiver<T>, RecvStream<'static, T>
    }

    owned_sink! {
        /// Puts what it is given into the channel; by [`Sender::into_sink`].
        ///
        /// # Cancellation
        ///
        /// It holds no value: what it took is in the channel. Dropping it drops the sender.
        OwnedSendSink, Sender<T>, SendSink<'static, T>
    }
}

/// That of a subscriber.
pub(crate) mod each {
    use super::{Context, FusedStream, Owned, Pin, Poll, Stream, fmt};
    use crate::broadcast::{Receiver, RecvStream};

    owned_stream! {
        /// Messages as they come, until the channel is closed and all has been received; by [`Receiver::into_stream`].
        ///
        /// # Cancellation
        ///
        /// It holds no message. Dropping it unsubscribes.
        OwnedRecvStream<T: Clone>, Receiver<T>, RecvStream<'static, T>
    }
}
