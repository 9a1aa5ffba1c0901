//! Functions whose single call allocates as much as its arguments ask for, estimated first.

use std::any::TypeId;

use rhai::{Array, Blob, Dynamic, ImmutableString, Map, INT};

use super::{id, memory_error, original, Args, Guards};
use crate::meter;
use crate::weigh::{weigh, weigh_copy, NODE};

/// The bytes that a small separately allocated value takes besides itself.
const BOX: usize = 48;

impl Guards<'_> {
    /// Put `estimate`, in bytes, before a standard function.
    fn estimate(
        &mut self,
        name: &str,
        types: &[TypeId],
        is_pure: bool,
        estimate: impl Fn(Args) -> usize + Send + Sync + 'static,
    ) {
        self.set(name, types, is_pure, move |context, args| {
            if estimate(args) > meter::memory_left() {
                return Err(memory_error(&context));
            }
            original(&context, args)
        });
    }

    pub(super) fn growth(&mut self) {
        let string = id::<ImmutableString>();
        let (int, char) = (id::<INT>(), id::<char>());
        self.estimate("pad", &[string, int, char], false, |args| {
            size(args[1]).saturating_mul(4)
        });
        self.estimate("pad", &[string, int, string], false, |args| {
            size(args[1])
                .saturating_mul(4)
                .saturating_add(weight(args[2]))
        });
        self.estimate(
            "pad",
            &[id::<Array>(), int, id::<Dynamic>()],
            false,
            |args| {
                let most = meter::memory_left();
                let item = weigh_copy(args[2], most).map_or(usize::MAX, padded);
                size(args[1]).saturating_mul(item)
            },
        );
        self.estimate("pad", &[id::<Blob>(), int, int], false, |args| {
            size(args[1])
        });
        self.estimate("blob", &[int], true, |args| size(args[0]));
        self.estimate("blob", &[int, int], true, |args| size(args[0]));
        self.estimate("to_array", &[id::<Blob>()], true, |args| {
            weight(args[0]).saturating_mul(NODE)
        });
        self.estimate("to_chars", &[string], true, |args| {
            weight(args[0]).saturating_mul(NODE)
        });
        self.estimate("to_json", &[id::<Map>()], true, |args| {
            weight(args[0]).saturating_mul(6)
        });
        self.estimate("parse_json", &[string], true, |args| {
            json_weight(&text(args[0]))
        });
        for find in [string, char] {
            for substitute in [string, char] {
                self.estimate(
                    "replace",
                    &[string, find, substitute],
                    false,
                    replaced_weight,
                );
            }
        }
        for name in ["sort", "sort_desc", "order", "order_desc"] {
            self.estimate(name, &[id::<Array>()], name.starts_with("order"), |args| {
                weight(args[0])
            });
        }
    }

    pub(super) fn splitting(&mut self) {
        let string = id::<ImmutableString>();
        self.estimate("split", &[string], true, |args| {
            pieces_weight(args[0], text(args[0]).split_whitespace().count())
        });
        for name in ["split", "split_rev"] {
            for delimiter in [string, id::<char>()] {
                self.estimate(name, &[string, delimiter], true, split_weight);
                self.estimate(name, &[string, delimiter, id::<INT>()], true, split_weight);
            }
        }
    }
}

pub(super) fn text(value: &Dynamic) -> ImmutableString {
    value.clone().into_immutable_string().unwrap_or_default()
}

fn size(value: &Dynamic) -> usize {
    usize::try_from(value.as_int().unwrap_or(0)).unwrap_or(0)
}

/// The bytes of a value, or more than there can be.
fn weight(value: &Dynamic) -> usize {
    weigh(value, meter::memory_left()).unwrap_or(usize::MAX)
}

/// What an element that is copied takes: containers have a box each.
fn padded(copy: usize) -> usize {
    if copy > NODE {
        copy.saturating_mul(2).saturating_add(BOX)
    } else {
        NODE
    }
}

/// What parsed JSON takes at most: objects are trees with room to grow.
fn json_weight(json: &str) -> usize {
    json.bytes()
        .map(|byte| if byte == b'{' { 512 } else { NODE * 2 })
        .sum()
}

fn replaced_weight(args: Args) -> usize {
    let pieces = match args[1].as_char() {
        Ok(find) => text(args[0]).matches(find).count(),
        Err(_) => text(args[0]).matches(text(args[1]).as_str()).count(),
    };
    let substitute = args[2]
        .as_immutable_string_ref()
        .map_or(4, |text| text.len());
    weight(args[0]).saturating_add(pieces.saturating_mul(substitute))
}

fn split_weight(args: Args) -> usize {
    let pieces = match args[1].as_char() {
        Ok(delimiter) => text(args[0]).matches(delimiter).count(),
        Err(_) => text(args[0]).matches(text(args[1]).as_str()).count(),
    };
    let most = args.get(2).map_or(usize::MAX, |segments| size(segments));
    pieces_weight(args[0], pieces.min(most))
}

fn pieces_weight(whole: &Dynamic, pieces: usize) -> usize {
    weight(whole).saturating_add((pieces + 1).saturating_mul(2 * NODE + BOX))
}
