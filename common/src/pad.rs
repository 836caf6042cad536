//! Cache-line padding: two values that different threads write must not share a line.
//!
//! The type is `crossbeam_utils`'s: 128 bytes on x86-64 and aarch64, where the prefetcher fetches lines in pairs, and
//! the line size elsewhere.
//!
//! ```
//! use common::pad::CachePadded;
//!
//! struct Ends {
//!     head: CachePadded<u64>,
//!     tail: CachePadded<u64>,
//! }
//!
//! let ends = Ends { head: CachePadded::new(0), tail: CachePadded::new(8) };
//! let apart = &raw const ends.tail as usize - &raw const ends.head as usize;
//! assert!(apart >= 64);
//! assert_eq!(*ends.tail - *ends.head, 8);
//! ```

pub use crossbeam_utils::CachePadded;
