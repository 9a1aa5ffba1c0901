//! What a host offers to scripts, and what it takes away.

use rhai::{FnNamespace, Module};

use crate::callback::{self, Callback};
use crate::object;
use crate::package::SharedModule;

/// The registered functions, and the module made from them when first needed.
pub struct Offer {
    disable: Vec<String>,
    memory: Option<isize>,
    callbacks: Vec<Callback>,
    /// Numbers and names.
    classes: Vec<(usize, String)>,
    /// Symbols and words with their precedences.
    operators: Vec<(String, u8)>,
    /// Static modules, by name.
    modules: Vec<(String, SharedModule)>,
    module: Option<SharedModule>,
}

impl Offer {
    /// Nothing, without the symbols in `disable`.
    pub fn new(disable: Vec<String>, memory: Option<isize>) -> Self {
        Offer {
            disable,
            memory,
            callbacks: Vec::new(),
            classes: Vec::new(),
            operators: Vec::new(),
            modules: Vec::new(),
            module: None,
        }
    }

    pub fn add(&mut self, callback: Callback) {
        self.callbacks.push(callback);
        self.module = None;
    }

    pub fn add_class(&mut self, class: usize, name: String, members: Vec<Callback>) {
        self.classes.push((class, name));
        self.callbacks.extend(members);
        self.module = None;
    }

    /// The callback's name must be one that Rhai takes for an operator.
    pub fn add_operator(&mut self, callback: Callback, precedence: u8) {
        self.operators.push((callback.name.clone(), precedence));
        self.add(callback);
    }

    pub fn add_module(&mut self, name: &str, mut module: Module) {
        module.set_id(name);
        self.modules.push((name.to_string(), module.into()));
    }

    pub fn apply(&mut self, engine: &mut rhai::Engine) {
        if let Some(module) = self.module() {
            engine.register_global_module(module);
        }
        for (name, module) in &self.modules {
            engine.register_static_module(name, module.clone());
        }
        for (name, precedence) in &self.operators {
            let registered = engine.register_custom_operator(name, *precedence);
            registered.expect("checked when it was offered");
        }
        for name in &self.disable {
            engine.disable_symbol(name.as_str());
        }
    }

    /// None while there is nothing to offer.
    fn module(&mut self) -> Option<SharedModule> {
        let nothing =
            self.callbacks.is_empty() && self.classes.is_empty() && self.disable.is_empty();
        if self.module.is_none() && !nothing {
            let mut module = Module::new();
            for (class, name) in &self.classes {
                object::name(&mut module, *class, name);
            }
            for name in &self.disable {
                callback::disable(&mut module, name);
            }
            for callback in &self.callbacks {
                callback.register(&mut module, self.memory, FnNamespace::Global);
            }
            self.module = Some(module.into());
        }
        self.module.clone()
    }

    /// The functions as scripts see them, one line an overload, sorted.
    pub fn signatures(&mut self) -> Vec<String> {
        let Some(module) = self.module() else {
            return Vec::new();
        };
        let mut lines: Vec<String> = module
            .gen_fn_signatures_with_mapper(|name| name.into())
            .filter(|line| !self.disable.iter().any(|name| starts(line, name)))
            .collect();
        lines.sort();
        lines.dedup();
        lines
    }
}

/// Is this the signature of a function of this name?
fn starts(signature: &str, name: &str) -> bool {
    signature
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with('('))
}
