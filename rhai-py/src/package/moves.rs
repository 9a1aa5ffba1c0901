//! Functions that move values out of containers, which check how deep those values nest.

use std::any::TypeId;

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, ImmutableString, Map, NativeCallContext, INT};

use super::growth::text;
use super::{id, original, too_much, Args, Guards, Outcome};
use crate::weigh::check_depth;

/// Let a moved value go on if it nests within bounds.
fn moved(value: Dynamic, context: &NativeCallContext) -> Outcome {
    match check_depth(&value) {
        Ok(()) => Ok(value),
        Err(what) => Err(too_much(what, context)),
    }
}

impl Guards<'_> {
    pub(super) fn moves(&mut self) {
        let array = id::<Array>();
        let int = id::<INT>();
        self.set("pop", &[array], false, |context, args| {
            let value = args[0].as_array_mut()?.pop();
            moved(value.unwrap_or_default(), &context)
        });
        self.set("shift", &[array], false, |context, args| {
            let mut array = args[0].as_array_mut()?;
            let value = (!array.is_empty()).then(|| array.remove(0));
            moved(value.unwrap_or_default(), &context)
        });
        self.set("remove", &[array, int], false, |context, args| {
            let index = args[1].as_int()?;
            let mut array = args[0].as_array_mut()?;
            let value = place(index, array.len()).map(|index| array.remove(index));
            moved(value.unwrap_or_default(), &context)
        });
        self.set(
            "remove",
            &[id::<Map>(), id::<ImmutableString>()],
            false,
            |context, args| {
                let key = text(args[1]);
                let value = args[0].as_map_mut()?.remove(key.as_str());
                moved(value.unwrap_or_default(), &context)
            },
        );
        self.set("take", &[id::<Dynamic>()], false, |context, args| {
            moved(original(&context, args)?, &context)
        });
        let ranges: [&[TypeId]; 3] = [
            &[id::<std::ops::Range<INT>>()],
            &[id::<std::ops::RangeInclusive<INT>>()],
            &[int, int],
        ];
        for types in ranges {
            for name in ["drain", "retain"] {
                self.moved(name, &[&[array], types].concat());
            }
        }
        self.moved("split", &[array, int]);
    }

    fn moved(&mut self, name: &str, types: &[TypeId]) {
        self.set(name, types, false, |context, args| {
            moved(original(&context, args)?, &context)
        });
    }

    pub(super) fn partitions(&mut self) {
        for (name, wanted) in [("drain", true), ("retain", false)] {
            let types = [id::<Array>(), id::<FnPtr>()];
            self.set(name, &types, false, move |context, args| {
                let (array, filter) = container_and_filter(args);
                let taken = part_array(&context, &mut *array.as_array_mut()?, &filter, wanted)?;
                moved(taken.into(), &context)
            });
            let types = [id::<Map>(), id::<FnPtr>()];
            self.set(name, &types, false, move |context, args| {
                let (map, filter) = container_and_filter(args);
                let taken = part_map(&context, &mut *map.as_map_mut()?, &filter, wanted)?;
                moved(taken.into(), &context)
            });
        }
    }
}

/// Where an index points, counted from the end when negative.
fn place(index: INT, length: usize) -> Option<usize> {
    let place = match index {
        0.. => usize::try_from(index).ok()?,
        _ => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    (place < length).then_some(place)
}

fn container_and_filter<'a>(args: Args<'a, '_>) -> (&'a mut Dynamic, FnPtr) {
    let filter = args[1].take().cast::<FnPtr>();
    (args[0], filter)
}

/// Take out the elements for which the filter says `wanted`.
fn part_array(
    context: &NativeCallContext,
    array: &mut Array,
    filter: &FnPtr,
    wanted: bool,
) -> Result<Array, Box<EvalAltResult>> {
    let mut taken = Array::new();
    let mut kept = Array::with_capacity(array.len());
    let mut failed = None;
    for (index, mut value) in std::mem::take(array).into_iter().enumerate() {
        let says = match failed {
            Some(_) => !wanted,
            None => says(
                context,
                filter,
                &mut value,
                [],
                [Dynamic::from(index as INT)],
                0,
            )
            .unwrap_or_else(|err| {
                failed = Some(err);
                !wanted
            }),
        };
        if says == wanted {
            &mut taken
        } else {
            &mut kept
        }
        .push(value);
    }
    *array = kept;
    failed.map_or(Ok(taken), Err)
}

/// The same for the properties of a map; its filters take the key first.
fn part_map(
    context: &NativeCallContext,
    map: &mut Map,
    filter: &FnPtr,
    wanted: bool,
) -> Result<Map, Box<EvalAltResult>> {
    let mut taken = Map::new();
    let mut kept = Map::new();
    let mut failed = None;
    for (key, mut value) in std::mem::take(map) {
        let name = Dynamic::from(ImmutableString::from(key.as_str()));
        let says = match failed {
            Some(_) => !wanted,
            None => says(context, filter, &mut value, [name], [], 1).unwrap_or_else(|err| {
                failed = Some(err);
                !wanted
            }),
        };
        if says == wanted {
            &mut taken
        } else {
            &mut kept
        }
        .insert(key, value);
    }
    *map = kept;
    failed.map_or(Ok(taken), Err)
}

fn says<const N: usize, const E: usize>(
    context: &NativeCallContext,
    filter: &FnPtr,
    value: &mut Dynamic,
    args: [Dynamic; N],
    extras: [Dynamic; E],
    place: usize,
) -> Result<bool, Box<EvalAltResult>> {
    let name = context.fn_name();
    filter
        .call_raw_with_extra_args(name, context, Some(value), args, extras, Some(place))
        .map(|result| result.as_bool().unwrap_or(false))
}
