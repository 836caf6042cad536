//! loom has no chance: it tries every schedule, and nothing in it happens without cause.

/// Whether something may happen here without cause: never.
pub(in crate::sync::model) const fn strikes() -> bool {
    false
}
