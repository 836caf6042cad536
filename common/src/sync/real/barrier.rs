//! The barrier of real threads: `membarrier(2)` where the kernel has it, two fences where not.
//!
//! The kernel keeps who asked in a bit of the address space, set by a call that may take milliseconds; so it is asked by
//! the first who needs to know, and till then everybody fences. The answer stands: threads may have filters for system
//! calls of their own, and if one of two who ask at once were refused, its answer must not take back what the other was
//! granted while the cheap side relies on it.

use std::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};

/// Nobody has asked the kernel yet: the dear side asks, the cheap side fences.
const UNKNOWN: u8 = 0;
/// The kernel makes barriers for this process: the cheap side is free.
const GRANTED: u8 = 1;
/// It does not: both sides fence.
const REFUSED: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// A fence that two sides share unequally; see the [module](super::barrier).
#[derive(Debug, Default)]
pub struct Barrier(());

impl Barrier {
    /// One that costs no memory.
    pub const fn new() -> Self {
        Self(())
    }

    /// The side that is passed often: nothing but a load where the kernel helps, else a fence.
    #[inline(always)]
    pub fn light(&self) {
        // ORDERING: Relaxed: whoever sees an earlier state fences, and that is right in every state.
        if STATE.load(Ordering::Relaxed) == GRANTED {
            // ORDERING: SeqCst: of this thread's accesses the compiler moves none across; the other side does the rest.
            compiler_fence(Ordering::SeqCst);
        } else {
            // ORDERING: SeqCst, pairs with the fence in `heavy`.
            fence(Ordering::SeqCst);
        }
    }

    /// The side that is passed seldom: a system call of 0.4 us, and of 1 to 7 us while others run.
    ///
    /// # Panics
    ///
    /// Panics if the kernel refuses now what it has granted before: a filter for system calls was installed meanwhile.
    #[cold]
    pub fn heavy(&self) {
        if !self.is_cheap() {
            // ORDERING: SeqCst, pairs with the fence in `light`.
            fence(Ordering::SeqCst);
            return;
        }
        // After a fork the child may have to ask again.
        let is_done = kernel::barrier() || (kernel::ask() && kernel::barrier());
        assert!(is_done, "the kernel goes on to grant membarrier(2) to a process that it has granted it to");
    }

    /// Whether the light side is cheap; asks the kernel if nobody has yet, which may take milliseconds.
    #[cold]
    pub fn is_cheap(&self) -> bool {
        // ORDERING: Relaxed, here and below: it says what the kernel does, and publishes nothing.
        let state = match STATE.load(Ordering::Relaxed) {
            UNKNOWN => {
                let answer = if kernel::ask() { GRANTED } else { REFUSED };
                let first = STATE.compare_exchange(UNKNOWN, answer, Ordering::Relaxed, Ordering::Relaxed);
                first.map_or_else(|earlier| earlier, |_| answer)
            }
            known => known,
        };
        state == GRANTED
    }
}

#[cfg(all(target_os = "linux", not(miri)))]
mod kernel {
    /// Asks for barriers among the threads of this process.
    pub(super) fn ask() -> bool {
        membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
    }

    /// Every thread of this process passes a full barrier before this returns true.
    pub(super) fn barrier() -> bool {
        membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
    }

    fn membarrier(command: libc::c_int) -> bool {
        // SAFETY: it takes three numbers and touches no memory of ours.
        let result = unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) };
        result == 0
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod kernel {
    pub(super) fn ask() -> bool {
        false
    }

    pub(super) fn barrier() -> bool {
        false
    }
}
