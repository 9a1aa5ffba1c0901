use modpm::{log, mod_id, set, Mod, Result};

struct MyMod;

impl Mod for MyMod {
    /// Called once, when the mod loads.
    fn on_init() -> Result {
        log(&format!("hello from {}", mod_id()));
        Ok(())
    }

    /// Called every turn.
    fn on_tick(turn: i64) -> Result {
        if turn % 5 == 0 {
            set("rules", "difficulty", 2 + turn / 5)?;
        }
        Ok(())
    }
}

modpm::export!(MyMod: lifecycle, ticking);
