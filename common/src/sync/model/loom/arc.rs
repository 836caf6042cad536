//! A reference count with weak references, which loom's lacks.
//!
//! Each [`Arc`] is a pair: loom's own `Arc` of nothing, which counts, orders the drops and is checked for leaks, and
//! std's of the value, which has weak references and can hold a `dyn Trait`. Both are cloned and dropped with no switch
//! point between them, so they agree. loom takes clones for independent of drops; once there is a [`Weak`] they are
//! not, so each drop and upgrade then touches a shadow that they have in common.

use super::Shadow;
use std::borrow::Borrow;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

/// `std::sync::Arc`, modelled.
pub struct Arc<T: ?Sized> {
    // Dropped first: the last one acquires what the others did, and then the value is dropped.
    counted: loom::sync::Arc<Life>,
    value: std::sync::Arc<T>,
}

/// `std::sync::Weak`, modelled.
pub struct Weak<T: ?Sized> {
    counted: *const Life,
    observed: std::sync::Arc<Observed>,
    value: std::sync::Weak<T>,
}

// SAFETY: a weak reference uses the pointer only while a strong one exists, and loom's count may be shared.
unsafe impl<T: ?Sized + Send + Sync> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for Weak<T> {}

#[derive(Debug)]
struct Life(std::sync::Arc<Observed>);

/// Whether there ever was a weak reference, and what drops and upgrades then touch.
#[derive(Debug, Default)]
struct Observed {
    by_weak: AtomicBool,
    shadow: Shadow,
}

impl Observed {
    fn touch(&self) {
        // ORDERING: Relaxed: loom runs one thread at a time.
        if self.by_weak.load(Ordering::Relaxed) {
            self.shadow.touch();
        }
    }
}

/// Takes over a `std` [`Arc`](std::sync::Arc), so that `Arc<dyn Trait>` can be built on every side of the door.
pub fn arc_from_std<T: ?Sized>(arc: std::sync::Arc<T>) -> Arc<T> {
    Arc { counted: loom::sync::Arc::new(Life(std::sync::Arc::default())), value: arc }
}

impl<T> Arc<T> {
    /// Counts references to `value` from now on.
    pub fn new(value: T) -> Self {
        arc_from_std(std::sync::Arc::new(value))
    }

    /// The value, if this is the only strong reference to it.
    ///
    /// # Errors
    ///
    /// Gives the reference back if there are others.
    pub fn try_unwrap(mut this: Self) -> Result<T, Self> {
        this.counted.0.touch();
        if loom::sync::Arc::get_mut(&mut this.counted).is_none() {
            return Err(this);
        }
        let this = ManuallyDrop::new(this);
        // SAFETY: `this` is neither used nor dropped any more.
        let value = unsafe { ptr::read(&raw const this.value) };
        // SAFETY: as above.
        let counted = unsafe { ptr::read(&raw const this.counted) };
        // The value goes before loom's count does, and with no switch point in between: no weak reference finds it.
        let value = std::sync::Arc::into_inner(value);
        drop(counted);
        value.map_or_else(|| unreachable!("the only reference was ours"), Ok)
    }
}

impl<T: ?Sized> Arc<T> {
    /// The value, if there is no other reference to it, be it weak.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        this.counted.0.touch();
        loom::sync::Arc::get_mut(&mut this.counted)?;
        std::sync::Arc::get_mut(&mut this.value)
    }

    /// How many strong references there are.
    pub fn strong_count(this: &Self) -> usize {
        loom::sync::Arc::strong_count(&this.counted)
    }

    /// Whether both refer to the same value.
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&this.value, &other.value)
    }

    /// A reference that does not keep the value.
    pub fn downgrade(this: &Self) -> Weak<T> {
        let observed = this.counted.0.clone();
        // ORDERING: Relaxed: loom runs one thread at a time.
        observed.by_weak.store(true, Ordering::Relaxed);
        observed.touch();
        let counted = loom::sync::Arc::as_ptr(&this.counted);
        Weak { counted, observed, value: std::sync::Arc::downgrade(&this.value) }
    }
}

impl<T: ?Sized> Weak<T> {
    /// A strong reference, unless the value is gone.
    pub fn upgrade(&self) -> Option<Arc<T>> {
        self.observed.touch();
        let value = self.value.upgrade()?;
        // SAFETY: the value is there, so a strong reference holds loom's count, from which the pointer was taken.
        unsafe { loom::sync::Arc::increment_strong_count(self.counted) };
        // SAFETY: as above; the count that was just added is this one's.
        let counted = unsafe { loom::sync::Arc::from_raw(self.counted) };
        Some(Arc { counted, value })
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    fn clone(&self) -> Self {
        Self { counted: self.counted.clone(), value: self.value.clone() }
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    fn clone(&self) -> Self {
        Self { counted: self.counted, observed: self.observed.clone(), value: self.value.clone() }
    }
}

impl<T: ?Sized> Drop for Arc<T> {
    fn drop(&mut self) {
        self.counted.0.touch();
    }
}

impl<T: ?Sized> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default> Default for Arc<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Arc<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized> AsRef<T> for Arc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for Arc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}
