use modpm::{get, json, log, mod_id, publish, set, subscribe, trigger, Action, Mod, Result, Value};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

static HEARD: AtomicI64 = AtomicI64::new(0);

struct Parrot;

impl Mod for Parrot {
    fn on_init() -> Result {
        subscribe("ask")?;
        let difficulty = get("rules", "difficulty")?.json().as_i64().unwrap();
        set("rules", "difficulty", difficulty + 1)?;
        log(&format!("hello from {}", mod_id()));
        Ok(())
    }

    fn on_shutdown() -> Result {
        log(&format!("heard {}", HEARD.load(Relaxed)));
        Ok(())
    }

    fn on_tick(turn: i64) -> Result {
        match turn {
            1 => set("rules", "locked", true)?,
            2 => trigger("rules", "announce", json!({ "turn": turn }))?,
            3 => drop(set("combat", "max_hp", 1)), // not granted: refused, and logged
            _ => {}
        }
        Ok(())
    }

    fn on_control_plugin(plugin: &str, action: Action) -> Result {
        let (kind, name, value) = match action {
            Action::Enable => ("enable", String::new(), Value::Null),
            Action::Disable => ("disable", String::new(), Value::Null),
            Action::SetParam((name, value)) => ("set-param", name, value),
            Action::Trigger((name, value)) => ("trigger", name, value),
        };
        log(&format!("{plugin} {kind} {name} {}", value.json().as_str().unwrap_or("")));
        Ok(())
    }

    fn on_event(event: &str, data: Value) -> Result {
        HEARD.fetch_add(1, Relaxed);
        let data = data.json();
        let n = data["n"].as_i64().ok_or("n is no int")?;
        let half = n as f64 / 2.0;
        publish("answer", json!({ "event": event, "twice": 2 * n, "half": half, "last": data["words"][1] }))
    }

    fn call(name: &str, mut args: Vec<Value>) -> Result<Value> {
        match name {
            "echo" => Ok(args.swap_remove(0)),
            "fail" => Err("no more crackers".into()),
            "trap" => panic!("the cage is open"),
            _ => Ok(Value::Null),
        }
    }

    fn save() -> Value {
        HEARD.load(Relaxed).into()
    }

    fn load(state: Value) -> Result {
        HEARD.store(state.json().as_i64().unwrap_or(0), Relaxed);
        Ok(())
    }
}

modpm::export!(Parrot: lifecycle, ticking, control, events, calls, state);
