//! `Core`: what an engine is, apart from its Python object.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use rhai::{ImmutableString, Token};

use crate::ast::Script;
use crate::cells::Cells;
use crate::compile::checked;
use crate::host::Whereabouts;
use crate::importer::{Import, Importer};
use crate::keeper::lock;
use crate::limits::Budget;
use crate::meter;
use crate::offer::Offer;
use crate::options::Options;
use crate::package::SharedModule;

/// What an engine is, apart from its Python object.
pub struct Core {
    pub budget: Budget,
    pub functions: Whereabouts,
    me: Weak<Core>,
    pub options: Options,
    /// The modules that scripts without an instance import.
    importer: Option<Arc<Importer>>,
    offer: Mutex<Offer>,
    /// Built when first needed and after each registration, the second for scripts that capture.
    built: Mutex<[Option<Arc<rhai::Engine>>; 2]>,
    version: AtomicU64,
    /// The thread that is inside, or 0.
    pub thread: AtomicUsize,
    pub cancelled: AtomicBool,
    /// What its scripts captured. Goes last, when all else has let go of it.
    pub cells: Arc<Cells>,
}

/// What the engine of one instance has besides.
#[derive(Default)]
pub struct Extras {
    pub constants: Option<SharedModule>,
    /// The modules that the top level imported, by alias.
    pub imports: Vec<(ImmutableString, SharedModule)>,
    pub importer: Option<Arc<Importer>>,
    /// Whether the script captures variables. What it imports may do so in any case.
    pub captures: bool,
}

impl Core {
    pub fn new(
        budget: Budget,
        functions: Whereabouts,
        options: Options,
        offer: Offer,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Core {
            importer: importer(me, &options),
            me: me.clone(),
            budget,
            functions,
            options,
            offer: Mutex::new(offer),
            built: Mutex::default(),
            version: AtomicU64::new(0),
            thread: AtomicUsize::new(0),
            cancelled: AtomicBool::new(false),
            cells: Arc::default(),
        })
    }

    /// The Rhai engine for a script, without what belongs to any instance.
    pub fn engine(&self, script: &Script) -> Arc<rhai::Engine> {
        let build = || {
            let extras = Extras {
                importer: self.importer.clone(),
                captures: script.captures,
                ..Extras::default()
            };
            Arc::new(self.build(&extras))
        };
        lock(&self.built)[usize::from(script.captures)]
            .get_or_insert_with(build)
            .clone()
    }

    pub fn importer(&self) -> Option<&Importer> {
        self.importer.as_deref()
    }

    /// For an instance, which runs modules for itself.
    pub fn new_importer(&self) -> Option<Arc<Importer>> {
        importer(&self.me, &self.options)
    }

    /// Stop the script that runs.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Changes with every registration.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Settings and shared modules; this costs about a microsecond.
    pub fn build(&self, extras: &Extras) -> rhai::Engine {
        let mut engine = rhai::Engine::new_raw();
        // Each method call asks what scripts call the type of `this`: here it looks first.
        engine.register_type_with_name_raw("map", "map");
        self.options.apply(&mut engine);
        lock(&self.offer).apply(&mut engine);
        extras.apply(&mut engine);
        self.budget.apply(&mut engine);
        engine.on_progress(meter::check);
        #[allow(deprecated)]
        engine.on_parse_token(|token, _, _| {
            if token == Token::Switch {
                meter::switches();
            }
            checked(token)
        });
        if extras.captures || extras.importer.is_some() {
            self.watch(&mut engine);
        }
        engine
    }

    /// Note what is captured: a closure reads its variables as soon as it has captured them.
    fn watch(&self, engine: &mut rhai::Engine) {
        let cells = self.cells.clone();
        #[allow(deprecated)]
        engine.on_var(move |_, _, context| {
            if meter::captured() {
                cells.note(context.scope());
            }
            Ok(None)
        });
    }

    /// Change what scripts see. No script must be running.
    pub fn change(&self, change: impl FnOnce(&mut Offer)) {
        change(&mut lock(&self.offer));
        *lock(&self.built) = Default::default();
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    /// The registered functions as scripts see them, one line an overload, sorted.
    pub fn signatures(&self) -> Vec<String> {
        lock(&self.offer).signatures()
    }
}

fn importer(core: &Weak<Core>, options: &Options) -> Option<Arc<Importer>> {
    let resolver = options.resolver.clone()?;
    Some(Arc::new(Importer::new(core.clone(), resolver)))
}

impl Extras {
    fn apply(&self, engine: &mut rhai::Engine) {
        if let Some(constants) = &self.constants {
            engine.register_global_module(constants.clone());
            engine.register_static_module("global", constants.clone());
        }
        for (alias, module) in &self.imports {
            engine.register_static_module(alias, module.clone());
        }
        if let Some(importer) = &self.importer {
            engine.set_module_resolver(Import(importer.clone()));
        }
    }
}
