//! The body of a request: a number of bytes, or chunks that are taken apart.
//!
//! Chunks are read by a state machine that accepts the grammar of RFC 9112 and nothing more: hexadecimal digits without
//! sign or prefix, CR LF and no other line end, no folded trailer. A lenient reader behind a strict one, or the other
//! way round, is how requests are smuggled.

use super::limit::{Limits, Rejection};
use super::request::{Framing, is_token};

/// Hexadecimal digits of a chunk size, leading zeros included.
const SIZE_DIGITS: u8 = 16;

/// Reads one body.
#[derive(Debug)]
pub(crate) enum Decoder {
    Length { left: u64 },
    Chunked { state: State, overhead: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Size { value: u64, digits: u8 },
    Extension { value: u64 },
    SizeEnd { value: u64 },
    Data { left: u64 },
    DataReturn,
    DataEnd,
    Line,
    Name,
    Value,
    LineEnd,
    LastEnd,
    Done,
}

impl Decoder {
    /// `None` if there is no body.
    pub(crate) fn new(framing: Framing, limits: &Limits) -> Result<Option<Self>, Rejection> {
        match framing {
            Framing::Empty => Ok(None),
            Framing::Length(left) if left > limits.body as u64 => Err(Rejection::BODY_TOO_LARGE),
            Framing::Length(left) => Ok(Some(Self::Length { left })),
            Framing::Chunked => Ok(Some(Self::Chunked { state: START, overhead: 0 })),
        }
    }

    /// Whether the body is complete.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Length { left: 0 } | Self::Chunked { state: State::Done, .. })
    }

    /// Appends what `input` contains of the body; returns how much of `input` was used.
    pub(crate) fn feed(&mut self, input: &[u8], body: &mut Vec<u8>, limits: &Limits) -> Result<usize, Rejection> {
        match self {
            Self::Length { left } => Ok(take(input, left, body)),
            Self::Chunked { state, overhead } => {
                let mut used = 0;
                while used < input.len() && *state != State::Done {
                    if let State::Data { left } = state {
                        used += take(&input[used..], left, body);
                        if *left == 0 {
                            *state = State::DataReturn;
                        }
                        continue;
                    }
                    if matches!(state, State::Extension { .. } | State::Line | State::Name | State::Value) {
                        *overhead += 1;
                        if *overhead > limits.head {
                            return Err(Rejection::HEAD_TOO_LARGE);
                        }
                    }
                    *state = state.next(input[used], (limits.body - body.len()) as u64)?;
                    used += 1;
                }
                Ok(used)
            }
        }
    }
}

fn take(input: &[u8], left: &mut u64, body: &mut Vec<u8>) -> usize {
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    body.extend_from_slice(&input[..count]);
    *left -= count as u64;
    count
}

const START: State = State::Size { value: 0, digits: 0 };
const BAD_SIZE: Rejection = Rejection::bad("a chunk size is malformed");
const BAD_LINE: Rejection = Rejection::bad("a chunk line is malformed");
const BAD_TRAILER: Rejection = Rejection::bad("a trailer field is malformed");

impl State {
    /// One byte of framing; `room` is how much body may still come.
    fn next(self, byte: u8, room: u64) -> Result<Self, Rejection> {
        match (self, byte) {
            (Self::Size { digits: 1.., value }, b'\r') => Ok(Self::SizeEnd { value }),
            (Self::Size { digits: 1.., value }, b';') => Ok(Self::Extension { value }),
            (Self::Size { value, digits }, _) => {
                let digit = char::from(byte).to_digit(16).ok_or(BAD_SIZE)?;
                if digits == SIZE_DIGITS {
                    return Err(BAD_SIZE);
                }
                let value = value << 4 | u64::from(digit);
                if value > room { Err(Rejection::BODY_TOO_LARGE) } else { Ok(Self::Size { value, digits: digits + 1 }) }
            }
            (Self::Extension { value }, b'\r') => Ok(Self::SizeEnd { value }),
            (Self::Extension { .. }, byte) if is_text(byte) => Ok(self),
            (Self::SizeEnd { value: 0 }, b'\n') => Ok(Self::Line),
            (Self::SizeEnd { value }, b'\n') => Ok(Self::Data { left: value }),
            (Self::DataReturn, b'\r') => Ok(Self::DataEnd),
            (Self::DataEnd, b'\n') => Ok(START),
            (Self::Line, b'\r') => Ok(Self::LastEnd),
            (Self::Line | Self::Name, byte) if is_token(byte) => Ok(Self::Name),
            (Self::Name, b':') => Ok(Self::Value),
            (Self::Value, b'\r') => Ok(Self::LineEnd),
            (Self::Value, byte) if is_text(byte) => Ok(Self::Value),
            (Self::LineEnd, b'\n') => Ok(Self::Line),
            (Self::LastEnd, b'\n') => Ok(Self::Done),
            (Self::Line | Self::Name | Self::Value | Self::LineEnd | Self::LastEnd, _) => Err(BAD_TRAILER),
            _ => Err(BAD_LINE),
        }
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}
