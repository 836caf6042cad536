//! Atomics whose loads touch a private shadow, and whose weak compare-exchange fails without cause.

use super::checker::sync::atomic::{self, Ordering};
use super::particular::{Shadow, chance};

macro_rules! shadowed {
    ($(#[$doc:meta])* $name:ident $(<$generic:ident>)?, $value:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name $(<$generic>)? {
            value: atomic::$name $(<$generic>)?,
            shadow: Shadow,
        }

        impl $(<$generic>)? $name $(<$generic>)? {
            /// Wraps `value`.
            pub fn new(value: $value) -> Self {
                Self { value: atomic::$name::new(value), shadow: Shadow::default() }
            }

            /// Atomic load.
            pub fn load(&self, order: Ordering) -> $value {
                let value = self.value.load(order);
                self.shadow.follow();
                value
            }

            /// Atomic store.
            pub fn store(&self, value: $value, order: Ordering) {
                self.value.store(value, order);
            }

            /// Atomic swap; returns the previous value.
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                self.value.swap(value, order)
            }

            /// Atomic compare-exchange; returns the previous value either way.
            ///
            /// # Errors
            ///
            /// The value found, if it was not `current`.
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.value.compare_exchange(current, new, success, failure)
            }

            /// [`compare_exchange`](Self::compare_exchange) that may fail without cause, where `chance` says so.
            ///
            /// # Errors
            ///
            /// The value found, if it was not `current`.
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if chance::strikes() {
                    return Err(self.load(failure));
                }
                self.compare_exchange(current, new, success, failure)
            }

            /// Loads, and compare-exchanges `f`'s answer until it holds or `f` returns `None`.
            ///
            /// # Errors
            ///
            /// The value for which `f` returned `None`.
            pub fn try_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut seen = self.load(fetch);
                while let Some(next) = f(seen) {
                    match self.compare_exchange_weak(seen, next, set, fetch) {
                        Ok(previous) => return Ok(previous),
                        Err(found) => seen = found,
                    }
                }
                Err(seen)
            }
        }
    };
}

macro_rules! arithmetic {
    ($name:ident, $value:ty: $($(#[$doc:meta])* $method:ident),+) => {
        impl $name {
            $($(#[$doc])*
            pub fn $method(&self, value: $value, order: Ordering) -> $value {
                self.value.$method(value, order)
            })+
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(<$value>::default())
            }
        }
    };
}

macro_rules! integer {
    ($(#[$doc:meta])* $name:ident, $value:ty) => {
        shadowed!($(#[$doc])* $name, $value);
        arithmetic!($name, $value:
            /// Wrapping add; returns the previous value.
            fetch_add,
            /// Wrapping subtract; returns the previous value.
            fetch_sub,
            /// Bitwise and; returns the previous value.
            fetch_and,
            /// Bitwise or; returns the previous value.
            fetch_or,
            /// Bitwise exclusive or; returns the previous value.
            fetch_xor,
            /// Maximum; returns the previous value.
            fetch_max,
            /// Minimum; returns the previous value.
            fetch_min
        );
    };
}

integer!(
    /// `std::sync::atomic::AtomicU8`, modelled.
    AtomicU8, u8
);
integer!(
    /// `std::sync::atomic::AtomicU32`, modelled.
    AtomicU32, u32
);
integer!(
    /// `std::sync::atomic::AtomicU64`, modelled.
    AtomicU64, u64
);
integer!(
    /// `std::sync::atomic::AtomicUsize`, modelled.
    AtomicUsize, usize
);
shadowed!(
    /// `std::sync::atomic::AtomicBool`, modelled.
    AtomicBool, bool
);
arithmetic!(AtomicBool, bool:
    /// Logical and; returns the previous value.
    fetch_and,
    /// Logical or; returns the previous value.
    fetch_or,
    /// Logical exclusive or; returns the previous value.
    fetch_xor
);
shadowed!(
    /// `std::sync::atomic::AtomicPtr`, modelled.
    AtomicPtr<T>, *mut T
);
