//! How large and how deep a value is, as if nothing in it were shared.

use rhai::Dynamic;

/// Levels of nesting that may cross into or out of a script, or be moved about inside one.
///
/// Values are dropped, copied and printed by recursion, so depth costs native stack.
pub const MAX_DEPTH: usize = 128;

/// Bytes that one value takes by itself.
pub const NODE: usize = size_of::<Dynamic>();

#[derive(Debug, PartialEq, Eq)]
pub enum TooMuch {
    Bytes,
    Depth,
}

/// The bytes of `value` with everything in it, or what it exceeds first.
pub fn weigh(value: &Dynamic, most: usize) -> Result<usize, TooMuch> {
    let mut scale = Scale::new(most);
    scale.add(value, MAX_DEPTH)?;
    Ok(scale.bytes)
}

/// The bytes that one copy of `value` takes, or what it exceeds first.
pub fn weigh_copy(value: &Dynamic, most: usize) -> Result<usize, TooMuch> {
    let mut scale = Scale::new(most);
    scale.share_text = true;
    scale.add(value, MAX_DEPTH)?;
    Ok(scale.bytes)
}

/// Refuse a value that nests too deeply. Free for everything but containers.
#[inline]
pub fn check_depth(value: &Dynamic) -> Result<(), TooMuch> {
    if value.is_array() || value.is_map() || value.is_fnptr() {
        return weigh(value, usize::MAX).map(drop);
    }
    Ok(())
}

struct Scale {
    bytes: usize,
    cells: usize,
    most: usize,
    /// Copies of a value share its strings.
    share_text: bool,
}

impl Scale {
    fn new(most: usize) -> Self {
        Scale {
            bytes: 0,
            cells: 0,
            most,
            share_text: false,
        }
    }

    fn add(&mut self, value: &Dynamic, levels: usize) -> Result<(), TooMuch> {
        self.load(NODE)?;
        self.cells += usize::from(value.is_shared());
        if value.is_locked() {
            return Ok(());
        }
        if let Ok(text) = value.as_immutable_string_ref() {
            return self.load(if self.share_text { 0 } else { text.len() });
        }
        if let Ok(blob) = value.as_blob_ref() {
            return self.load(blob.len());
        }
        if let Ok(array) = value.as_array_ref() {
            return self.add_all(array.iter(), levels);
        }
        if let Ok(map) = value.as_map_ref() {
            self.load(map.keys().map(|key| key.len() + 8).sum())?;
            return self.add_all(map.values(), levels);
        }
        if let Some(pointer) = value.read_lock::<rhai::FnPtr>() {
            return self.add_all(pointer.iter_curry(), levels);
        }
        Ok(())
    }

    fn add_all<'a>(
        &mut self,
        values: impl Iterator<Item = &'a Dynamic>,
        levels: usize,
    ) -> Result<(), TooMuch> {
        let levels = levels.checked_sub(1).ok_or(TooMuch::Depth)?;
        for value in values {
            self.add(value, levels)?;
        }
        Ok(())
    }

    fn load(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.most {
            return Err(TooMuch::Bytes);
        }
        Ok(())
    }
}

/// Bytes and captured variables in some values; None if they nest too deeply to say.
pub fn census<'a>(values: impl Iterator<Item = &'a Dynamic>) -> Option<(usize, usize)> {
    let mut scale = Scale::new(usize::MAX);
    for value in values {
        scale.add(value, MAX_DEPTH).ok()?;
    }
    Some((scale.bytes, scale.cells))
}
