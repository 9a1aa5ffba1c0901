//! Rhai's standard packages, with guards on the functions that one call could use to break out.
//!
//! The meter looks at memory between operations. That is too late for a function whose single call
//! allocates as much as its arguments ask for, so those are estimated first. Functions that move
//! values out of containers check how deep those values nest: moving is the way to build nesting
//! without ever copying it, and dropping it recurses.

mod growth;
mod moves;
mod sleep;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rhai::packages::{self, Package};
use rhai::{
    Dynamic, Engine, EvalAltResult, FuncRegistration, Module, NativeCallContext, Position,
    RhaiFunc, Shared,
};

use crate::keeper::lock;
use crate::meter::Stop;
use crate::weigh::TooMuch;

pub type SharedModule = Shared<Module>;
pub type Outcome = Result<Dynamic, Box<EvalAltResult>>;
pub type Args<'a, 'b> = &'a mut [&'b mut Dynamic];

/// What Rhai calls its packages, and how each fills a module.
type Init = fn(&mut Module);
const PACKAGES: [(&str, Init); 15] = [
    ("standard", packages::StandardPackage::init),
    ("core", packages::CorePackage::init),
    ("language_core", packages::LanguageCorePackage::init),
    ("arithmetic", packages::ArithmeticPackage::init),
    ("basic_string", packages::BasicStringPackage::init),
    ("basic_iterator", packages::BasicIteratorPackage::init),
    ("basic_fn", packages::BasicFnPackage::init),
    ("bit_field", packages::BitFieldPackage::init),
    ("logic", packages::LogicPackage::init),
    ("basic_math", packages::BasicMathPackage::init),
    ("basic_array", packages::BasicArrayPackage::init),
    ("basic_blob", packages::BasicBlobPackage::init),
    ("basic_map", packages::BasicMapPackage::init),
    ("basic_time", packages::BasicTimePackage::init),
    ("more_string", packages::MoreStringPackage::init),
];

/// Some packages: a bit for each place in `PACKAGES`.
type Choice = u16;
const STANDARD: Choice = 1;

/// The functions of some packages and their guards, shared by every engine with the same choice.
#[derive(Clone)]
pub struct Packages {
    functions: SharedModule,
    guards: SharedModule,
}

impl Packages {
    /// Raises ValueError for a name that Rhai has no package of.
    pub fn named(names: &[String]) -> PyResult<Self> {
        let mut choice = 0;
        for name in names {
            let place = PACKAGES.iter().position(|(known, _)| known == name);
            choice |= 1 << place.ok_or_else(|| unknown(name))?;
        }
        Ok(Packages::chosen(choice))
    }

    fn chosen(choice: Choice) -> Self {
        static MADE: OnceLock<Mutex<HashMap<Choice, Packages>>> = OnceLock::new();
        lock(MADE.get_or_init(Mutex::default))
            .entry(choice)
            .or_insert_with(|| Packages::make(choice))
            .clone()
    }

    fn make(choice: Choice) -> Self {
        let mut functions = Module::new();
        for (place, (_, init)) in PACKAGES.iter().enumerate() {
            if choice & 1 << place != 0 {
                init(&mut functions);
            }
        }
        functions.register_lazy_functions().build_index();
        let guards = Guards::before(&functions, choice == STANDARD).into();
        let functions = functions.into();
        Packages { functions, guards }
    }

    pub fn apply(&self, engine: &mut Engine) {
        engine
            .register_global_module(self.functions.clone())
            .register_global_module(self.guards.clone());
    }
}

fn unknown(name: &str) -> PyErr {
    let known = PACKAGES.map(|(known, _)| known).join(", ");
    PyValueError::new_err(format!("Rhai has no package {name:?}; it has {known}"))
}

/// Every standard overload of a function: a parameter count and types each.
pub fn overloads(name: &str) -> Vec<Vec<TypeId>> {
    engine_without_guards().collect_fn_metadata(
        None,
        |f| (f.metadata.name == name).then(|| f.metadata.param_types.to_vec()),
        true,
    )
}

fn engine_without_guards() -> &'static Engine {
    static PLAIN: OnceLock<Engine> = OnceLock::new();
    PLAIN.get_or_init(|| {
        let mut engine = Engine::new_raw();
        engine.register_global_module(Packages::chosen(STANDARD).functions);
        engine
    })
}

/// Call the standard function that a guard stands before. Only for functions that call nothing.
fn original(context: &NativeCallContext, args: Args) -> Outcome {
    NativeCallContext::new_with_all_fields(
        engine_without_guards(),
        context.fn_name(),
        context.fn_source(),
        context.global_runtime_state(),
        context.call_position(),
    )
    .call_native_fn_raw(context.fn_name(), true, args)
}

/// Add a native function that takes its first argument by reference.
pub fn set_function(
    module: &mut Module,
    name: &str,
    types: &[TypeId],
    is_pure: bool,
    function: impl Fn(NativeCallContext, Args) -> Outcome + Send + Sync + 'static,
) -> u64 {
    let function = move |context: Option<NativeCallContext>, args: Args| {
        let context = context.expect("registered with a context");
        function(context, args)
    };
    FuncRegistration::new(name)
        .in_global_namespace()
        .set_into_module_raw(
            module,
            types,
            RhaiFunc::Method {
                func: Shared::new(function),
                has_context: true,
                is_pure,
                is_volatile: true,
            },
        )
        .hash
}

/// The functions that stand before Rhai's own, as far as those are there.
struct Guards<'f> {
    module: Module,
    functions: &'f Module,
    /// Every one of them must be there.
    complete: bool,
}

impl Guards<'_> {
    fn before(functions: &Module, complete: bool) -> Module {
        let mut guards = Guards {
            module: Module::new(),
            functions,
            complete,
        };
        guards.growth();
        guards.splitting();
        guards.moves();
        guards.partitions();
        guards.sleep();
        let mut module = guards.module;
        // Rhai prints without limits where it finds no function for that, so these always are.
        crate::format::register(&mut module);
        crate::errors::describe(&mut module);
        crate::object::describe(&mut module);
        module.build_index();
        module
    }

    fn set(
        &mut self,
        name: &str,
        types: &[TypeId],
        is_pure: bool,
        function: impl Fn(NativeCallContext, Args) -> Outcome + Send + Sync + 'static,
    ) {
        let mut module = Module::new();
        let hash = set_function(&mut module, name, types, is_pure, function);
        let is_there = self.functions.contains_fn(hash);
        assert!(is_there || !self.complete, "nothing to guard: {name}");
        if is_there {
            self.module.combine(module);
        }
    }
}

fn id<T: 'static>() -> TypeId {
    TypeId::of::<T>()
}

/// Stop the script: its memory would not do.
fn memory_error(context: &NativeCallContext) -> Box<EvalAltResult> {
    stop_error(Stop::Memory, context.call_position())
}

pub fn stop_error(stop: Stop, position: Position) -> Box<EvalAltResult> {
    EvalAltResult::ErrorTerminated(Dynamic::from(stop), position).into()
}

fn too_much(what: TooMuch, context: &NativeCallContext) -> Box<EvalAltResult> {
    match what {
        TooMuch::Bytes => memory_error(context),
        TooMuch::Depth => {
            let what = "Nesting of values".to_string();
            EvalAltResult::ErrorDataTooLarge(what, context.call_position()).into()
        }
    }
}
