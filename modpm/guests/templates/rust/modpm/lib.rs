//! modpm:mod@1.0.0 for Rust: what a mod says to its host and hears from it.
//!
//! Implement [`Mod`] for a type, those functions that you need, and [`export`] the interfaces that they
//! belong to: the host calls no others.

// `mod` is no name for a Rust module. Beside another version of the package, wit-bindgen says `mod1_0_0`.
wit_bindgen::generate!({
    inline: "
        package modpm:guest;
        world guest { include modpm:mod/mod@1.0.0; }
        package modpm:mod@0.0.0 { interface none {} }
    ",
    path: "mod.wit",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_all",
    default_bindings_module: "modpm",
});

pub use modpm::mod1_0_0::host::{mod_id, random};
pub use modpm::mod1_0_0::types::{Action, Level, Metadata, Value};
pub use serde_json::json;

use modpm::mod1_0_0::host;

/// An error is the text that the player reads.
pub type Result<T = ()> = std::result::Result<T, String>;

/// What a mod does. An error fails the mod: the host takes back what it did, and plays on without it.
pub trait Mod {
    /// Who the mod is; only for one without a mod.toml. Interface `about`.
    fn get_metadata() -> Metadata {
        unimplemented!("get_metadata")
    }
    /// The mod loads. Interface `lifecycle`.
    fn on_init() -> Result {
        Ok(())
    }
    /// The mod leaves. Interface `lifecycle`.
    fn on_shutdown() -> Result {
        Ok(())
    }
    /// A turn begins; the first is 1. Interface `ticking`.
    fn on_tick(_turn: i64) -> Result {
        Ok(())
    }
    /// Something was done to a plugin. Interface `control`.
    fn on_control_plugin(_plugin: &str, _action: Action) -> Result {
        Ok(())
    }
    /// An event to which the mod subscribed. Interface `events`.
    fn on_event(_event: &str, _data: Value) -> Result {
        Ok(())
    }
    /// A function that another program calls by name. Interface `calls`.
    fn call(name: &str, _args: Vec<Value>) -> Result<Value> {
        Err(format!("there is no function {name}"))
    }
    /// What the mod takes over a reload. Interface `state`.
    fn save() -> Value {
        Value::Null
    }
    /// What `save` returned before the reload. Interface `state`.
    fn load(_state: Value) -> Result {
        Ok(())
    }
}

/// `export!(MyMod: lifecycle, events)` makes these interfaces the mod's exports.
#[macro_export]
macro_rules! export {
    ($mod:ident: $($interface:ident),+ $(,)?) => { $($crate::export!(@$interface $mod);)+ };
    (@about $mod:ident) => {
        impl $crate::exports::modpm::mod1_0_0::about::Guest for $mod {
            fn get_metadata() -> $crate::Metadata {
                <$mod as $crate::Mod>::get_metadata()
            }
        }
        $crate::__export_modpm_mod_about_1_0_0_cabi!($mod with_types_in $crate::exports::modpm::mod1_0_0::about);
    };
    (@lifecycle $mod:ident) => {
        impl $crate::exports::modpm::mod1_0_0::lifecycle::Guest for $mod {
            fn on_init() -> $crate::Result {
                $crate::tell_panics();
                <$mod as $crate::Mod>::on_init()
            }
            fn on_shutdown() -> $crate::Result {
                <$mod as $crate::Mod>::on_shutdown()
            }
        }
        $crate::__export_modpm_mod_lifecycle_1_0_0_cabi!($mod with_types_in $crate::exports::modpm::mod1_0_0::lifecycle);
    };
    (@ticking $mod:ident) => {
        impl $crate::exports::modpm::mod1_0_0::ticking::Guest for $mod {
            fn on_tick(turn: i64) -> $crate::Result {
                <$mod as $crate::Mod>::on_tick(turn)
            }
        }
        $crate::__export_modpm_mod_ticking_1_0_0_cabi!($mod with_types_in $crate::exports::modpm::mod1_0_0::ticking);
    };
    (@control $mod:ident) => {
        impl $crate::exports::modpm::mod1_0_0::control::Guest for $mod {
            fn on_control_plugin(plugin: String, action: $crate::Action) -> $crate::Result {
                <$mod as $crate::Mod>::on_control_plugin(&plugin, action)
            }
        }
        $crate::__export_modpm_mod_control_1_0_0_cabi!($mod with_types_in $crate::exports::modpm::mod1_0_0::control);
    };
    (@events $mod:ident) => {
        impl $crate::exports::modpm::mod1_0_0::events::Guest for $mod {
            fn on_event(event: String, data: $crate::Value) -> $crate::Result {
                <$mod as $crate::Mod>::on_event(&event, data)
            }
        }
        $crate::__export_modpm_mod_events_1_0_0_cabi!($mod with_types_in $crate::exports::modpm::mod1_0_0::events);
    };
    (@calls $mod:ident) => {
        impl $crate::exports::modpm::mod1_0_0::calls::Guest for $mod {
            fn call(name: String, args: Vec<$crate::Value>) -> $crate::Result<$crate::Value> {
                <$mod as $crate::Mod>::call(&name, args)
            }
        }
        $crate::__export_modpm_mod_calls_1_0_0_cabi!($mod with_types_in $crate::exports::modpm::mod1_0_0::calls);
    };
    (@state $mod:ident) => {
        impl $crate::exports::modpm::mod1_0_0::state::Guest for $mod {
            fn save() -> $crate::Value {
                <$mod as $crate::Mod>::save()
            }
            fn load(state: $crate::Value) -> $crate::Result {
                <$mod as $crate::Mod>::load(state)
            }
        }
        $crate::__export_modpm_mod_state_1_0_0_cabi!($mod with_types_in $crate::exports::modpm::mod1_0_0::state);
    };
}

/// Log where a panic was; the host only sees that the mod trapped.
#[doc(hidden)]
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| host::log(Level::Error, &panic.to_string())));
}

/// Write a line to the game's log.
pub fn log(text: &str) {
    host::log(Level::Info, text);
}

/// Write a line for the mod's author.
pub fn debug(text: &str) {
    host::log(Level::Debug, text);
}

/// Write a warning.
pub fn warn(text: &str) {
    host::log(Level::Warn, text);
}

/// Write an error.
pub fn error(text: &str) {
    host::log(Level::Error, text);
}

/// Ask for a plugin to be switched on.
pub fn enable(plugin: &str) -> Result {
    host::enable_plugin(plugin)
}

/// Ask for a plugin to be switched off.
pub fn disable(plugin: &str) -> Result {
    host::disable_plugin(plugin)
}

/// Ask for a parameter to be set.
pub fn set(plugin: &str, key: &str, value: impl Into<Value>) -> Result {
    host::set_plugin_param(plugin, key, &value.into())
}

/// A parameter as it is now.
pub fn get(plugin: &str, key: &str) -> Result<Value> {
    host::get_plugin_param(plugin, key)
}

/// Ask for a plugin's hook.
pub fn trigger(plugin: &str, hook: &str, data: impl Into<Value>) -> Result {
    host::trigger_hook(plugin, hook, &data.into())
}

/// From now on `on_event` hears of such events.
pub fn subscribe(event: &str) -> Result {
    host::subscribe_event(event)
}

/// Tell the mods that subscribed to it.
pub fn publish(event: &str, data: impl Into<Value>) -> Result {
    host::publish_event(event, &data.into())
}

impl Value {
    /// The value as JSON, lists and objects parsed.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(value) => json!(value),
            Value::Integer(value) => json!(value),
            Value::Float(value) => json!(value),
            Value::Text(value) => json!(value),
            Value::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Value {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Boolean(value),
            serde_json::Value::Number(value) => match value.as_i64() {
                Some(whole) => Value::Integer(whole),
                None => Value::Float(value.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(value) => Value::Text(value),
            container => Value::Json(container.to_string()),
        }
    }
}

impl From<()> for Value {
    fn from((): ()) -> Value {
        Value::Null
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}
