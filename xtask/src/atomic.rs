//! The atomic operations and their orderings, as source text names them.

/// What an ordering is for, which says what it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    Load,
    Store,
    Exchange,
    /// The load that a failed exchange has been.
    Failure,
    Fence,
}

pub(crate) const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

/// Which arguments of a function are orderings, and of what; none for a function that is not atomic.
pub(crate) fn roles(name: &str) -> &'static [(usize, Role)] {
    match name {
        "fence" => &[(0, Role::Fence)],
        "load" => &[(0, Role::Load)],
        "store" => &[(1, Role::Store)],
        "compare_exchange" | "compare_exchange_weak" => &[(2, Role::Exchange), (3, Role::Failure)],
        "fetch_update" | "try_update" => &[(0, Role::Exchange), (1, Role::Failure)],
        "swap" => &[(1, Role::Exchange)],
        _ if name.starts_with("fetch_") => &[(1, Role::Exchange)],
        _ => &[],
    }
}

/// Whether a call of `name` after `before` may be atomic: a fence is a function, all others are methods.
pub(crate) fn is_operation(before: &str, name: &str) -> bool {
    !roles(name).is_empty() && before.trim_end().ends_with('.') != (name == "fence")
}
