/* modpm:mod@1.0.0 for C: how values cross between the mod and its host. Nothing to change here.
 *
 * The layouts are those that the component model's canonical ABI gives to wit/mod.wit. */
#include "modpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- memory: what the host brings lives until the next call of a hook begins --- */

typedef struct block {
    struct block *next;
    size_t size;
    char bytes[];
} block;

static block *blocks;
static bool returned;
static const char *failure;

static void sweep(void) {
    if (!returned) return;
    returned = false;
    failure = NULL;
    while (blocks) {
        block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

/* One byte more than asked for: the zero at the end of a text. */
void *modpm_scratch(size_t size) {
    block *made = malloc(sizeof(block) + size + 1);
    if (!made) __builtin_trap();
    made->next = blocks;
    made->size = size;
    made->bytes[size] = 0;
    blocks = made;
    return made->bytes;
}

__attribute__((export_name("cabi_realloc"))) void *modpm_realloc(void *old, size_t was, size_t align, size_t size) {
    (void)align; /* malloc aligns to 16, and block has 8 bytes */
    sweep();
    if (old && size <= was) {
        ((char *)old)[size] = 0;
        return old;
    }
    void *made = modpm_scratch(size);
    if (old) memcpy(made, old, was);
    return made;
}

const char *modpm_formatted(const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0) return "";
    char *text = modpm_scratch((size_t)size);
    vsnprintf(text, (size_t)size + 1, format, args);
    return text;
}

/* --- values in memory --- */

typedef struct {
    const char *bytes;
    size_t size;
} string;

typedef struct {
    uint8_t kind;
    union {
        uint8_t boolean;
        int64_t integer;
        double number;
        string text;
    } of;
} cell;

typedef struct {
    uint8_t failed;
    string reason;
} outcome;

typedef struct {
    uint8_t failed;
    union {
        cell value;
        string reason;
    } of;
} answer;

_Static_assert(sizeof(cell) == 16 && sizeof(outcome) == 12 && sizeof(answer) == 24, "the canonical ABI's");

static string packed(const char *text) { return (string){text ? text : "", text ? strlen(text) : 0}; }

static modpm_value read(const cell *from) {
    modpm_value value = {.kind = from->kind};
    switch (value.kind) {
    case MODPM_NULL: break;
    case MODPM_BOOL: value.boolean = from->of.boolean; break;
    case MODPM_INT: value.integer = from->of.integer; break;
    case MODPM_FLOAT: value.number = from->of.number; break;
    case MODPM_TEXT:
    case MODPM_JSON:
        value.length = from->of.text.size;
        value.text = value.length ? from->of.text.bytes : "";
        break;
    }
    return value;
}

static void write(cell *to, modpm_value value) {
    to->kind = (uint8_t)value.kind;
    switch (value.kind) {
    case MODPM_NULL: break;
    case MODPM_BOOL: to->of.boolean = value.boolean; break;
    case MODPM_INT: to->of.integer = value.integer; break;
    case MODPM_FLOAT: to->of.number = value.number; break;
    case MODPM_TEXT:
    case MODPM_JSON: to->of.text = (string){value.text, value.length}; break;
    }
}

/* As arguments, a value is its kind, 64 bits and a length. */
#define VALUE int32_t, int64_t, size_t
#define FLAT(value) (int32_t)(value).kind, bits(value), (value).length

static int64_t bits(modpm_value value) {
    int64_t number = 0;
    if (value.kind == MODPM_BOOL) return value.boolean;
    if (value.kind == MODPM_INT) return value.integer;
    if (value.kind == MODPM_FLOAT) memcpy(&number, &value.number, 8);
    if (value.kind >= MODPM_TEXT) return (int64_t)(size_t)value.text;
    return number;
}

static modpm_value unflat(int32_t kind, int64_t number, size_t size) {
    modpm_value value = {.kind = (modpm_kind)kind};
    if (kind == MODPM_BOOL) value.boolean = number != 0;
    if (kind == MODPM_INT) value.integer = number;
    if (kind == MODPM_FLOAT) memcpy(&value.number, &number, 8);
    if (kind >= MODPM_TEXT) {
        value.length = size;
        value.text = size ? (const char *)(size_t)number : "";
    }
    return value;
}

/* --- the host --- */

#define HOST(name) __attribute__((import_module("modpm:mod/host@1.0.0"), import_name(name))) extern
#define TEXT const char *, size_t
#define SEND(text) (text), strlen(text)

HOST("mod-id") void host_mod_id(string *);
HOST("log") void host_log(int32_t, TEXT);
HOST("enable-plugin") void host_enable(TEXT, outcome *);
HOST("disable-plugin") void host_disable(TEXT, outcome *);
HOST("set-plugin-param") void host_set(TEXT, TEXT, VALUE, outcome *);
HOST("get-plugin-param") void host_get(TEXT, TEXT, answer *);
HOST("trigger-hook") void host_trigger(TEXT, TEXT, VALUE, outcome *);
HOST("random") double host_random(void);
HOST("subscribe-event") void host_subscribe(TEXT, outcome *);
HOST("publish-event") void host_publish(TEXT, VALUE, outcome *);

const char *modpm_id(void) {
    string id;
    host_mod_id(&id);
    return id.size ? id.bytes : "";
}

#define LOGS(name, level)                                                                                             \
    void name(const char *format, ...) {                                                                              \
        va_list args;                                                                                                 \
        va_start(args, format);                                                                                       \
        const char *text = modpm_formatted(format, args);                                                                   \
        va_end(args);                                                                                                 \
        host_log(level, SEND(text));                                                                                  \
    }

LOGS(modpm_debug, 0)
LOGS(modpm_log, 1)
LOGS(modpm_warn, 2)
LOGS(modpm_error, 3)

double modpm_random(void) { return host_random(); }

bool modpm_enable(const char *plugin) {
    outcome done;
    host_enable(SEND(plugin), &done);
    return !done.failed;
}

bool modpm_disable(const char *plugin) {
    outcome done;
    host_disable(SEND(plugin), &done);
    return !done.failed;
}

bool modpm_set(const char *plugin, const char *key, modpm_value value) {
    outcome done;
    host_set(SEND(plugin), SEND(key), FLAT(value), &done);
    return !done.failed;
}

bool modpm_set_bool(const char *plugin, const char *key, bool boolean) {
    return modpm_set(plugin, key, modpm_bool(boolean));
}

bool modpm_set_int(const char *plugin, const char *key, int64_t integer) {
    return modpm_set(plugin, key, modpm_int(integer));
}

bool modpm_set_float(const char *plugin, const char *key, double number) {
    return modpm_set(plugin, key, modpm_float(number));
}

bool modpm_set_text(const char *plugin, const char *key, const char *text) {
    return modpm_set(plugin, key, modpm_text(text));
}

modpm_value modpm_get(const char *plugin, const char *key) {
    answer got;
    host_get(SEND(plugin), SEND(key), &got);
    return got.failed ? modpm_null() : read(&got.of.value);
}

bool modpm_trigger(const char *plugin, const char *hook, modpm_value data) {
    outcome done;
    host_trigger(SEND(plugin), SEND(hook), FLAT(data), &done);
    return !done.failed;
}

bool modpm_subscribe(const char *event) {
    outcome done;
    host_subscribe(SEND(event), &done);
    return !done.failed;
}

bool modpm_publish(const char *event, modpm_value data) {
    outcome done;
    host_publish(SEND(event), FLAT(data), &done);
    return !done.failed;
}

void modpm_fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    failure = modpm_formatted(format, args);
    va_end(args);
}

/* --- the hooks: those that the mod lacks are no exports of it --- */

#define WEAK(hook) extern __typeof__(hook) hook __attribute__((weak))
#define EXPORT(name) __attribute__((export_name("modpm:mod/" name)))
#define ENTER(hook, ...)                                                                                              \
    sweep();                                                                                                          \
    if (hook) hook(__VA_ARGS__)

WEAK(get_metadata);
WEAK(on_init);
WEAK(on_shutdown);
WEAK(on_tick);
WEAK(on_control_plugin);
WEAK(on_event);
WEAK(on_call);
WEAK(on_save);
WEAK(on_load);

static outcome *leave(void) {
    static outcome done;
    done = (outcome){failure != NULL, packed(failure)};
    returned = true;
    return &done;
}

typedef struct {
    uint8_t some;
    string text;
} option;

EXPORT("about@1.0.0#get-metadata") void *export_metadata(void) {
    static struct {
        string name, version;
        option author, description;
    } about;
    sweep();
    modpm_metadata said = get_metadata ? get_metadata() : (modpm_metadata){0};
    about.name = packed(said.name);
    about.version = packed(said.version);
    about.author = (option){said.author != NULL, packed(said.author)};
    about.description = (option){said.description != NULL, packed(said.description)};
    returned = true;
    return &about;
}

EXPORT("lifecycle@1.0.0#on-init") outcome *export_init(void) {
    ENTER(on_init);
    return leave();
}

EXPORT("lifecycle@1.0.0#on-shutdown") outcome *export_shutdown(void) {
    ENTER(on_shutdown);
    return leave();
}

EXPORT("ticking@1.0.0#on-tick") outcome *export_tick(int64_t turn) {
    ENTER(on_tick, turn);
    return leave();
}

EXPORT("control@1.0.0#on-control-plugin")
outcome *export_control(const char *plugin, size_t plugin_size, int32_t action, const char *name, size_t name_size,
                        int32_t kind, int64_t number, size_t size) {
    modpm_action did = {.kind = action, .name = name_size ? name : ""};
    if (action >= MODPM_SET_PARAM) did.value = unflat(kind, number, size);
    ENTER(on_control_plugin, plugin_size ? plugin : "", did);
    return leave();
}

EXPORT("events@1.0.0#on-event")
outcome *export_event(const char *event, size_t event_size, int32_t kind, int64_t number, size_t size) {
    ENTER(on_event, event_size ? event : "", unflat(kind, number, size));
    return leave();
}

EXPORT("calls@1.0.0#call")
answer *export_call(const char *function, size_t function_size, const cell *cells, size_t count) {
    static answer got;
    sweep();
    modpm_value *args = modpm_scratch(count * sizeof(modpm_value));
    for (size_t i = 0; i < count; i++) args[i] = read(&cells[i]);
    modpm_value value = on_call ? on_call(function_size ? function : "", args, count) : modpm_null();
    got.failed = failure != NULL;
    if (failure)
        got.of.reason = packed(failure);
    else
        write(&got.of.value, value);
    returned = true;
    return &got;
}

EXPORT("state@1.0.0#save") cell *export_save(void) {
    static cell saved;
    sweep();
    write(&saved, on_save ? on_save() : modpm_null());
    returned = true;
    return &saved;
}

EXPORT("state@1.0.0#load") outcome *export_load(int32_t kind, int64_t number, size_t size) {
    ENTER(on_load, unflat(kind, number, size));
    return leave();
}
