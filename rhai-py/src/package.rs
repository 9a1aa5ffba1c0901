//! Rhai's standard package, with guards on the functions that one call could use to break out.
//!
//! The meter looks at memory between operations. That is too late for a function whose single call
//! allocates as much as its arguments ask for, so those are estimated first. Functions that move
//! values out of containers check how deep those values nest: moving is the way to build nesting
//! without ever copying it, and dropping it recurses.

use std::any::TypeId;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rhai::packages::{Package, StandardPackage};
use rhai::{
    Array, Blob, Dynamic, Engine, EvalAltResult, FnPtr, FuncRegistration, ImmutableString, Map,
    Module, NativeCallContext, Position, RhaiFunc, Shared, INT,
};

use crate::gil;
use crate::meter::{self, Raised, Stop};
use crate::weigh::{check_depth, weigh, weigh_copy, TooMuch, NODE};

pub type SharedModule = Shared<Module>;
pub type Outcome = Result<Dynamic, Box<EvalAltResult>>;
pub type Args<'a, 'b> = &'a mut [&'b mut Dynamic];

/// The bytes that a small separately allocated value takes besides itself.
const BOX: usize = 48;
const NAP: Duration = Duration::from_millis(10);

/// The package as shared by every engine of the process.
pub fn modules() -> [SharedModule; 2] {
    static GUARDS: OnceLock<SharedModule> = OnceLock::new();
    let guards = GUARDS.get_or_init(|| guards().into());
    [standard(), guards.clone()]
}

fn standard() -> SharedModule {
    static STANDARD: OnceLock<SharedModule> = OnceLock::new();
    STANDARD
        .get_or_init(|| StandardPackage::new().as_shared_module())
        .clone()
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
        engine.register_global_module(standard());
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
) {
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
        );
}

fn guards() -> Module {
    let mut module = Module::new();
    guard_growth(&mut module);
    guard_splitting(&mut module);
    guard_moves(&mut module);
    guard_partitions(&mut module);
    set_sleep(&mut module);
    describe_exceptions(&mut module);
    crate::object::describe(&mut module);
    module.build_index();
    module
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

/// Put `estimate`, in bytes, before a standard function.
fn guard(
    module: &mut Module,
    name: &str,
    types: &[TypeId],
    is_pure: bool,
    estimate: impl Fn(Args) -> usize + Send + Sync + 'static,
) {
    set_function(module, name, types, is_pure, move |context, args| {
        if estimate(args) > meter::memory_left() {
            return Err(memory_error(&context));
        }
        original(&context, args)
    });
}

fn text(value: &Dynamic) -> ImmutableString {
    value.clone().into_immutable_string().unwrap_or_default()
}

fn size(value: &Dynamic) -> usize {
    usize::try_from(value.as_int().unwrap_or(0)).unwrap_or(0)
}

/// The bytes of a value, or more than there can be.
fn weight(value: &Dynamic) -> usize {
    weigh(value, meter::memory_left()).unwrap_or(usize::MAX)
}

fn guard_growth(module: &mut Module) {
    let string = id::<ImmutableString>();
    let (int, char) = (id::<INT>(), id::<char>());
    guard(module, "pad", &[string, int, char], false, |args| {
        size(args[1]).saturating_mul(4)
    });
    guard(module, "pad", &[string, int, string], false, |args| {
        size(args[1])
            .saturating_mul(4)
            .saturating_add(weight(args[2]))
    });
    guard(
        module,
        "pad",
        &[id::<Array>(), int, id::<Dynamic>()],
        false,
        |args| {
            let most = meter::memory_left();
            let item = weigh_copy(args[2], most).map_or(usize::MAX, padded);
            size(args[1]).saturating_mul(item)
        },
    );
    guard(module, "pad", &[id::<Blob>(), int, int], false, |args| {
        size(args[1])
    });
    guard(module, "blob", &[int], true, |args| size(args[0]));
    guard(module, "blob", &[int, int], true, |args| size(args[0]));
    guard(module, "to_array", &[id::<Blob>()], true, |args| {
        weight(args[0]).saturating_mul(NODE)
    });
    guard(module, "to_chars", &[string], true, |args| {
        weight(args[0]).saturating_mul(NODE)
    });
    crate::format::register(module);
    guard(module, "to_json", &[id::<Map>()], true, |args| {
        weight(args[0]).saturating_mul(6)
    });
    guard(module, "parse_json", &[string], true, |args| {
        json_weight(&text(args[0]))
    });
    for find in [string, char] {
        for substitute in [string, char] {
            guard(
                module,
                "replace",
                &[string, find, substitute],
                false,
                replaced_weight,
            );
        }
    }
    for name in ["sort", "sort_desc", "order", "order_desc"] {
        guard(
            module,
            name,
            &[id::<Array>()],
            name.starts_with("order"),
            |args| weight(args[0]),
        );
    }
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

fn guard_splitting(module: &mut Module) {
    let string = id::<ImmutableString>();
    guard(module, "split", &[string], true, |args| {
        pieces_weight(args[0], text(args[0]).split_whitespace().count())
    });
    for name in ["split", "split_rev"] {
        for delimiter in [string, id::<char>()] {
            guard(module, name, &[string, delimiter], true, split_weight);
            guard(
                module,
                name,
                &[string, delimiter, id::<INT>()],
                true,
                split_weight,
            );
        }
    }
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

/// Let a moved value go on if it nests within bounds.
fn moved(value: Dynamic, context: &NativeCallContext) -> Outcome {
    match check_depth(&value) {
        Ok(()) => Ok(value),
        Err(what) => Err(too_much(what, context)),
    }
}

fn guard_moves(module: &mut Module) {
    let array = id::<Array>();
    let int = id::<INT>();
    set_function(module, "pop", &[array], false, |context, args| {
        let value = args[0].as_array_mut()?.pop();
        moved(value.unwrap_or_default(), &context)
    });
    set_function(module, "shift", &[array], false, |context, args| {
        let mut array = args[0].as_array_mut()?;
        let value = (!array.is_empty()).then(|| array.remove(0));
        moved(value.unwrap_or_default(), &context)
    });
    set_function(module, "remove", &[array, int], false, |context, args| {
        let index = args[1].as_int()?;
        let mut array = args[0].as_array_mut()?;
        let value = place(index, array.len()).map(|index| array.remove(index));
        moved(value.unwrap_or_default(), &context)
    });
    set_function(
        module,
        "remove",
        &[id::<Map>(), id::<ImmutableString>()],
        false,
        |context, args| {
            let key = text(args[1]);
            let value = args[0].as_map_mut()?.remove(key.as_str());
            moved(value.unwrap_or_default(), &context)
        },
    );
    set_function(
        module,
        "take",
        &[id::<Dynamic>()],
        false,
        |context, args| moved(original(&context, args)?, &context),
    );
    let ranges: [&[TypeId]; 3] = [
        &[id::<std::ops::Range<INT>>()],
        &[id::<std::ops::RangeInclusive<INT>>()],
        &[int, int],
    ];
    for types in ranges {
        for name in ["drain", "retain"] {
            guard_moved(module, name, &[&[array], types].concat());
        }
    }
    guard_moved(module, "split", &[array, int]);
}

fn guard_moved(module: &mut Module, name: &str, types: &[TypeId]) {
    set_function(module, name, types, false, |context, args| {
        moved(original(&context, args)?, &context)
    });
}

/// Where an index points, counted from the end when negative.
fn place(index: INT, length: usize) -> Option<usize> {
    let place = match index {
        0.. => usize::try_from(index).ok()?,
        _ => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    (place < length).then_some(place)
}

fn guard_partitions(module: &mut Module) {
    for (name, wanted) in [("drain", true), ("retain", false)] {
        let types = [id::<Array>(), id::<FnPtr>()];
        set_function(module, name, &types, false, move |context, args| {
            let (array, filter) = container_and_filter(args);
            let taken = part_array(&context, &mut *array.as_array_mut()?, &filter, wanted)?;
            moved(taken.into(), &context)
        });
        let types = [id::<Map>(), id::<FnPtr>()];
        set_function(module, name, &types, false, move |context, args| {
            let (map, filter) = container_and_filter(args);
            let taken = part_map(&context, &mut *map.as_map_mut()?, &filter, wanted)?;
            moved(taken.into(), &context)
        });
    }
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

fn set_sleep(module: &mut Module) {
    set_function(module, "sleep", &[id::<INT>()], true, |context, args| {
        sleep(args[0].as_int()? as f64, &context)
    });
    set_function(module, "sleep", &[id::<f64>()], true, |context, args| {
        sleep(args[0].as_float()?, &context)
    });
}

/// Sleep, but wake for the deadline, a cancellation and Ctrl-C.
fn sleep(seconds: f64, context: &NativeCallContext) -> Outcome {
    let until = Duration::try_from_secs_f64(seconds.max(0.0))
        .ok()
        .and_then(|wait| Instant::now().checked_add(wait));
    gil::release();
    loop {
        if let Some(stop) = meter::look() {
            return Err(stop_error(stop, context.call_position()));
        }
        let left = until.map_or(NAP, |until| until.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Ok(Dynamic::UNIT);
        }
        std::thread::sleep(left.min(NAP));
    }
}

/// What a script sees of a Python exception that it caught.
fn describe_exceptions(module: &mut Module) {
    for name in ["to_string", "print", "to_debug", "debug", "get$message"] {
        set_function(module, name, &[id::<Raised>()], true, |_, args| {
            Ok(raised(args)?.message().into())
        });
    }
    set_function(module, "get$type", &[id::<Raised>()], true, |_, args| {
        Ok(raised(args)?.type_name().into())
    });
}

fn raised(args: Args) -> Result<Raised, Box<EvalAltResult>> {
    args[0]
        .read_lock::<Raised>()
        .map(|raised| raised.clone())
        .ok_or_else(|| "not an exception".into())
}
