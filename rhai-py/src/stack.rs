//! Where the native stack of this thread ends.

use std::cell::Cell;
use std::hint::black_box;

/// Stacks of unknown or unlimited size count as this many bytes below the first look.
const ASSUMED: usize = 512 * 1024;
const LARGEST: usize = 64 * 1024 * 1024;
const RESERVE: std::ops::RangeInclusive<usize> = 96 * 1024..=1024 * 1024;

/// The address of the current frame, near enough.
#[inline(always)]
pub fn pointer() -> usize {
    let here = 0u8;
    black_box(&raw const here) as usize
}

/// The lowest address that a script may reach: below it, native code needs what is left.
pub fn floor() -> usize {
    thread_local!(static FLOOR: Cell<usize> = const { Cell::new(0) });
    FLOOR.with(|floor| {
        if floor.get() == 0 {
            floor.set(find_floor());
        }
        floor.get()
    })
}

/// Bytes between here and the floor.
pub fn room() -> usize {
    pointer().saturating_sub(floor())
}

fn find_floor() -> usize {
    let here = pointer();
    let lowest = lowest_address().unwrap_or(here.saturating_sub(ASSUMED));
    let lowest = lowest.max(here.saturating_sub(LARGEST));
    let size = here.saturating_sub(lowest);
    lowest + (size / 4).clamp(*RESERVE.start(), *RESERVE.end())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn lowest_address() -> Option<usize> {
    // SAFETY: the attribute object is initialised by the call that succeeds, then destroyed.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return None;
        }
        let (mut address, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(&attributes, &mut address, &mut size) == 0;
        libc::pthread_attr_destroy(&mut attributes);
        found.then_some(address as usize)
    }
}

#[cfg(target_vendor = "apple")]
fn lowest_address() -> Option<usize> {
    // SAFETY: both calls only read the description of the calling thread.
    unsafe {
        let thread = libc::pthread_self();
        let top = libc::pthread_get_stackaddr_np(thread) as usize;
        Some(top - libc::pthread_get_stacksize_np(thread))
    }
}

#[cfg(windows)]
fn lowest_address() -> Option<usize> {
    let (mut low, mut high) = (0, 0);
    // SAFETY: the call fills in two integers that we own.
    unsafe {
        windows_sys::Win32::System::Threading::GetCurrentThreadStackLimits(&mut low, &mut high)
    };
    Some(low)
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    windows
)))]
fn lowest_address() -> Option<usize> {
    None
}
