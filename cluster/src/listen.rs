//! Ports that outlive the workers that serve them.

pub(crate) mod queue;

/// How connections find a worker.
///
/// ```
/// let policy = cluster::Policy::queues();
/// assert_eq!(policy, cluster::Policy::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy(());

impl Policy {
    /// Parent-held queues: one `SO_REUSEPORT` listener per slot, created, listening and kept by the primary, a
    /// duplicate of which is given to whoever holds the slot.
    ///
    /// The kernel spreads connections over the slots by address and port; the primary spends nothing on them.
    /// Connections that wait while a slot changes hands are served by the next worker.
    pub fn queues() -> Self {
        Self(())
    }
}
