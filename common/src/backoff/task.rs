//! The turn that a task gives to others before it waits.

use super::{count, is_promising};
use std::cell::Cell;
use std::task::Context;

thread_local! {
    /// Waits of tasks on this thread, since the last one that ended with its yield.
    static TASKS_IN_VAIN: Cell<u32> = const { Cell::new(0) };
}

/// A yield for a task: once, it wakes itself and is polled again when others have had their turn.
///
/// On a runtime of one thread whoever it waits for runs meanwhile, and neither has to join a queue or to wake the other. The
/// thread learns as in [`Backoff`](super::Backoff); a yield that is dropped before it was found in vain counts as one that
/// was worth it.
#[derive(Debug)]
pub struct TaskYield(Turn);

#[derive(Debug)]
enum Turn {
    Fresh,
    Given,
    Over,
}

impl TaskYield {
    /// One that has not been asked yet.
    pub const fn new() -> Self {
        Self(Turn::Fresh)
    }

    /// Wakes the task of `cx`, whose poll then has to return `Pending`; false when it is time to wait.
    #[inline]
    pub fn pend(&mut self, cx: &Context<'_>) -> bool {
        if let Turn::Fresh = self.0
            && !cfg!(any(loom, shuttle))
            && is_promising(TASKS_IN_VAIN.get())
        {
            self.0 = Turn::Given;
            cx.waker().wake_by_ref();
            return true;
        }
        TASKS_IN_VAIN.with(count);
        self.0 = Turn::Over;
        false
    }
}

impl Default for TaskYield {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TaskYield {
    #[inline]
    fn drop(&mut self) {
        if let Turn::Given = self.0 {
            TASKS_IN_VAIN.set(0);
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::super::{PATIENCE, PROBE};
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Wake, Waker};

    /// Counts its wakes.
    #[derive(Default)]
    struct Bell(AtomicU32);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            // ORDERING: Relaxed, here and below: a count.
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_task_wakes_itself_once_unless_that_was_in_vain_lately() {
        let bell = Arc::<Bell>::default();
        let waker = Waker::from(bell.clone());
        let cx = Context::from_waker(&waker);
        TASKS_IN_VAIN.set(0);
        for in_vain in 1..=PATIENCE {
            let mut turn = TaskYield::new();
            assert!(turn.pend(&cx));
            assert!(!turn.pend(&cx), "it had its turn");
            assert_eq!((TASKS_IN_VAIN.get(), bell.0.load(Ordering::Relaxed)), (in_vain, in_vain));
        }
        assert!(!TaskYield::new().pend(&cx));
        assert_eq!(bell.0.load(Ordering::Relaxed), PATIENCE, "who is to wait is woken by what it waits for");
        TASKS_IN_VAIN.set(PROBE);
        assert!(TaskYield::new().pend(&cx));
        assert_eq!(TASKS_IN_VAIN.get(), 0, "what it waited for was there");
    }
}
