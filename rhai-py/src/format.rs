//! Arrays and maps as text, within the memory that is left.
//!
//! Rhai prints nested values by functions whose errors it ignores, falling back on a printer
//! without limits. So these never return an error: past a limit they abandon the script.

use std::any::TypeId;
use std::fmt::Write;

use rhai::{Array, Dynamic, ImmutableString, Map, Module, NativeCallContext};

use crate::meter::{self, Stop};
use crate::package::set_function;
use crate::weigh::MAX_DEPTH;

/// Values between two looks at the clock.
const STRIDE: usize = 256;

pub fn register(module: &mut Module) {
    for name in ["print", "to_string", "debug", "to_debug"] {
        for container in [TypeId::of::<Array>(), TypeId::of::<Map>()] {
            set_function(module, name, &[container], true, |context, args| {
                Ok(Printer::new(&context).print(args[0]).into())
            });
        }
    }
    for name in ["debug", "to_debug"] {
        let string = TypeId::of::<ImmutableString>();
        set_function(module, name, &[string], true, |context, args| {
            Ok(Printer::new(&context).print(args[0]).into())
        });
    }
}

struct Printer<'c> {
    context: &'c NativeCallContext<'c>,
    text: String,
    most: usize,
    printed: usize,
}

impl<'c> Printer<'c> {
    fn new(context: &'c NativeCallContext<'c>) -> Self {
        Printer {
            context,
            text: String::new(),
            most: meter::memory_left() / 2,
            printed: 0,
        }
    }

    fn print(mut self, value: &Dynamic) -> String {
        self.value(value, MAX_DEPTH);
        self.text
    }

    fn value(&mut self, value: &Dynamic, levels: usize) {
        self.check(levels);
        if let Ok(text) = value.as_immutable_string_ref() {
            self.quoted(&text);
        } else if let Ok(letter) = value.as_char() {
            self.text.push(letter);
        } else if let Ok(array) = value.as_array_ref() {
            self.array(&array, levels);
        } else if let Ok(map) = value.as_map_ref() {
            self.map(&map, levels);
        } else if let Some(pointer) = value.read_lock::<rhai::FnPtr>() {
            self.write(format_args!("{}", *pointer));
        } else if value.is_unit() || value.is_int() || value.is_float() || value.is_bool() {
            self.write(format_args!("{value:?}"));
        } else {
            self.other(value);
        }
    }

    fn array(&mut self, array: &Array, levels: usize) {
        self.text.push('[');
        for (index, value) in array.iter().enumerate() {
            self.separate(index);
            self.value(value, levels - 1);
        }
        self.text.push(']');
    }

    fn map(&mut self, map: &Map, levels: usize) {
        self.text.push_str("#{");
        for (index, (key, value)) in map.iter().enumerate() {
            self.separate(index);
            self.quoted(key);
            self.text.push_str(": ");
            self.value(value, levels - 1);
        }
        self.text.push('}');
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.text.push_str(", ");
        }
    }

    /// Escapes make a text up to six times longer.
    fn quoted(&mut self, text: &str) {
        if text.len().saturating_mul(6) > self.most.saturating_sub(self.text.len()) {
            meter::abandon(Stop::Memory);
        }
        self.write(format_args!("{text:?}"));
    }

    /// A value of a type that only its own functions can print.
    fn other(&mut self, value: &Dynamic) {
        let mut copy = value.clone();
        let printed = self
            .context
            .call_native_fn_raw("to_debug", true, &mut [&mut copy]);
        match printed.map(Dynamic::into_immutable_string) {
            Ok(Ok(text)) => self.text.push_str(&text),
            _ => {
                let name = self.context.engine().map_type_name(value.type_name());
                self.text.push_str(name);
            }
        }
    }

    fn write(&mut self, text: std::fmt::Arguments) {
        self.text.write_fmt(text).expect("strings take all text");
    }

    fn check(&mut self, levels: usize) {
        if levels == 0 {
            meter::abandon(Stop::Stack);
        }
        if self.text.len() > self.most {
            meter::abandon(Stop::Memory);
        }
        self.printed += 1;
        if self.printed % STRIDE == 0 {
            if let Some(stop) = meter::look() {
                meter::abandon(stop);
            }
        }
    }
}
