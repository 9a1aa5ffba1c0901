//! The clock: one thread that moves the epochs of all engines every 10 ms while calls run.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Relaxed, Release, SeqCst},
};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::capi::{api, Engine};

pub const TICK: Duration = Duration::from_millis(10);
/// The clock goes on for so many ticks after the last call: waking it costs more than a call.
const PATIENCE: u32 = 50;

/// How often the clock has ticked.
static TICKS: AtomicU64 = AtomicU64::new(0);
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static ASLEEP: AtomicBool = AtomicBool::new(true);
static WAKE: Condvar = Condvar::new();
static CLOCK: LazyLock<Mutex<Clock>> = LazyLock::new(Default::default);

#[derive(Default)]
struct Clock {
    has_thread: bool,
    /// By address: our own handle on the engine, and how many stores of it there are.
    engines: HashMap<usize, (Own, usize)>,
}

struct Own(*mut Engine);

// SAFETY: engines may be used from any thread.
unsafe impl Send for Own {}

fn clock() -> MutexGuard<'static, Clock> {
    CLOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn now() -> u64 {
    TICKS.load(SeqCst)
}

/// While it lives, the engine's epoch moves with the clock.
pub struct Ticking(usize);

impl Ticking {
    /// SAFETY: `engine` is a wasm_engine_t.
    pub unsafe fn new(engine: *mut Engine) -> Ticking {
        let key = engine as usize;
        let mut clock = clock();
        let own = || Own(unsafe { (api().wasmtime_engine_clone)(engine) });
        clock.engines.entry(key).or_insert_with(|| (own(), 0)).1 += 1;
        Ticking(key)
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        let mut clock = clock();
        if let Some((own, stores)) = clock.engines.get_mut(&self.0) {
            *stores -= 1;
            if *stores == 0 {
                // SAFETY: the handle is ours, and nobody has it any more.
                unsafe { (api().wasm_engine_delete)(own.0) };
                clock.engines.remove(&self.0);
            }
        }
    }
}

/// While it lives, the clock goes.
pub struct Running;

impl Running {
    pub fn new() -> PyResult<Running> {
        RUNNING.fetch_add(1, SeqCst);
        let running = Running;
        if ASLEEP.load(SeqCst) {
            wake()?;
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nobody else writes: calls begin and end under Python's lock.
        RUNNING.store(RUNNING.load(Relaxed) - 1, Release);
    }
}

thread_local! {
    /// Held while the process forks: a child must not find the clock locked by a thread it lacks.
    static FORKING: Cell<Option<MutexGuard<'static, Clock>>> = const { Cell::new(None) };
}

pub fn before_fork() {
    FORKING.set(Some(clock()));
}

pub fn after_fork(in_child: bool) {
    if let (Some(mut clock), true) = (FORKING.take(), in_child) {
        clock.has_thread = false;
        ASLEEP.store(true, SeqCst);
    }
}

#[cold]
fn wake() -> PyResult<()> {
    let mut clock = clock();
    if !clock.has_thread {
        let thread = thread::Builder::new().name("wasm-epochs".into());
        thread
            .spawn(go)
            .map_err(|error| PyOSError::new_err(error.to_string()))?;
        clock.has_thread = true;
    }
    ASLEEP.store(false, SeqCst);
    WAKE.notify_one();
    Ok(())
}

fn go() {
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        idle = if RUNNING.load(SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        TICKS.fetch_add(1, SeqCst);
        let mut clock = clock();
        if idle < PATIENCE {
            for (own, _) in clock.engines.values() {
                // SAFETY: the handle is ours.
                unsafe { (api().wasmtime_engine_increment_epoch)(own.0) };
            }
            continue;
        }
        ASLEEP.store(true, SeqCst);
        // A call that came before the store above has not woken us.
        while ASLEEP.load(SeqCst) && RUNNING.load(SeqCst) == 0 {
            clock = WAKE.wait(clock).unwrap_or_else(PoisonError::into_inner);
        }
        ASLEEP.store(false, SeqCst);
        idle = 0;
    }
}
