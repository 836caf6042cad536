//! Stacks that outlive an execution.
//!
//! loom runs each of its threads on a stack of its own, which it maps for one execution and unmaps after it. At a few
//! hundred thousand executions that was half of the time a model took. The generators below loom offer no place to give
//! them a stack, so this stands where they ask for one: the program's `mmap` and `munmap`, which hand a thread the stacks
//! it has given back, and pass everything else on to the kernel.
//!
//! # Invariants
//!
//! - Kept is only what was asked for as a stack (`MAP_STACK`), and given back whole, on the same thread.
//! - A stack is used again at its length, with its guard page, and with what was written on it: nobody may expect zeros.
//!
//! # Limits
//!
//! Eight stacks a thread, which are the kernel's again when the process ends; Linux on 64 bits, elsewhere models run as
//! slowly as they did.

use std::cell::Cell;
use std::ffi::{c_int, c_long, c_void};

/// loom's threads in one execution, and a few to spare.
const PLACES: usize = 8;

#[derive(Clone, Copy)]
struct Stack {
    at: usize,
    bytes: usize,
    is_free: bool,
}

thread_local! {
    static STACKS: [Cell<Option<Stack>>; PLACES] = const { [const { Cell::new(None) }; PLACES] };
    static REUSED: Cell<usize> = const { Cell::new(0) };
}

/// How often this thread was given a stack that it had used before.
pub fn reused() -> usize {
    REUSED.get()
}

/// A free stack of `bytes`.
fn again(bytes: usize) -> Option<usize> {
    STACKS.with(|stacks| {
        let (place, stack) = stacks
            .iter()
            .filter_map(|place| Some((place, place.get()?)))
            .find(|(_, stack)| stack.is_free && stack.bytes == bytes)?;
        place.set(Some(Stack { is_free: false, ..stack }));
        REUSED.set(REUSED.get() + 1);
        Some(stack.at)
    })
}

/// Remembers a stack that is new, if there is a place.
fn remember(at: usize, bytes: usize) {
    STACKS.with(|stacks| {
        if let Some(place) = stacks.iter().find(|place| place.get().is_none()) {
            place.set(Some(Stack { at, bytes, is_free: false }));
        }
    });
}

/// Keeps a stack that was remembered; false for everything else.
fn keep(at: usize, bytes: usize) -> bool {
    STACKS.with(|stacks| {
        let mine = |stack: Stack| stack.at == at && stack.bytes == bytes && !stack.is_free;
        let Some(place) = stacks.iter().find(|place| place.get().is_some_and(mine)) else { return false };
        place.set(Some(Stack { at, bytes, is_free: true }));
        true
    })
}

/// mmap(2), but for stacks.
///
/// # Safety
///
/// That of mmap(2).
// The name is libc's, and so is what it does: a stack that is handed out again is mapped, and nobody else's.
#[unsafe(no_mangle)]
unsafe extern "C" fn mmap(
    at: *mut c_void,
    bytes: usize,
    access: c_int,
    flags: c_int,
    file: c_int,
    from: c_long,
) -> *mut c_void {
    let is_stack = at.is_null() && flags & libc::MAP_STACK != 0;
    if let Some(stack) = is_stack.then(|| again(bytes)).flatten() {
        return std::ptr::with_exposed_provenance_mut(stack);
    }
    // SAFETY: the caller's arguments to the call it asked for.
    let mapped = unsafe { libc::syscall(libc::SYS_mmap, at, bytes, access, flags, file, from) } as usize;
    let mapped: *mut c_void = std::ptr::with_exposed_provenance_mut(mapped);
    if is_stack && mapped != libc::MAP_FAILED {
        remember(mapped.expose_provenance(), bytes);
    }
    mapped
}

/// munmap(2), but for stacks.
///
/// # Safety
///
/// That of munmap(2).
// As above; memory that stays mapped was asked for as a stack, and is used as one.
#[unsafe(no_mangle)]
unsafe extern "C" fn munmap(at: *mut c_void, bytes: usize) -> c_int {
    if keep(at.expose_provenance(), bytes) {
        return 0;
    }
    // SAFETY: the caller's arguments to the call it asked for.
    unsafe { libc::syscall(libc::SYS_munmap, at, bytes) as c_int }
}
