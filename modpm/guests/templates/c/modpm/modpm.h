/* What a C mod says to its host and hears from it.
 *
 * Texts are UTF-8 and end with a zero. What modpm hands to the mod, a text or a value that holds one,
 * lives until the hook returns: copy what you keep. The C library is there, but no files, no clock
 * and no printf: `modpm_log` prints. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODPM_LIKE_PRINTF __attribute__((format(printf, 1, 2)))

/* --- values: as JSON knows them --- */

typedef enum {
    MODPM_NULL,
    MODPM_BOOL,
    MODPM_INT,
    MODPM_FLOAT,
    MODPM_TEXT,
    MODPM_JSON, /* a list or an object, as JSON text */
} modpm_kind;

typedef struct {
    modpm_kind kind;
    size_t length; /* of the text, in bytes without the zero at its end */
    union {
        bool boolean;
        int64_t integer;
        double number;
        const char *text; /* MODPM_TEXT and MODPM_JSON */
    };
} modpm_value;

modpm_value modpm_null(void);
modpm_value modpm_bool(bool boolean);
modpm_value modpm_int(int64_t integer);
modpm_value modpm_float(double number);
modpm_value modpm_text(const char *text);
/* A list or an object: modpm_json("{\"day\": %lld}", day). A text inside needs modpm_quoted. */
modpm_value modpm_json(const char *format, ...) MODPM_LIKE_PRINTF;
const char *modpm_quoted(const char *text);

/* What an object holds under a key, or a list at an index; null if it does not. */
modpm_value modpm_at(modpm_value object, const char *key);
modpm_value modpm_item(modpm_value list, size_t index);

/* The value as one of these types; 0, false or "" if it is of another. Ints and floats convert. */
bool modpm_as_bool(modpm_value value);
int64_t modpm_as_int(modpm_value value);
double modpm_as_float(modpm_value value);
const char *modpm_as_text(modpm_value value);

/* Memory, or a text, that lives until the hook returns. */
void *modpm_scratch(size_t size);
const char *modpm_formatted(const char *format, va_list args);

/* --- what a mod can ask of its host: false or null if the host refuses, which it also logs --- */

const char *modpm_id(void);
void modpm_log(const char *format, ...) MODPM_LIKE_PRINTF;
void modpm_debug(const char *format, ...) MODPM_LIKE_PRINTF;
void modpm_warn(const char *format, ...) MODPM_LIKE_PRINTF;
void modpm_error(const char *format, ...) MODPM_LIKE_PRINTF;
double modpm_random(void); /* from 0 up to but without 1; the same row for the same seed */

bool modpm_enable(const char *plugin);
bool modpm_disable(const char *plugin);
bool modpm_set(const char *plugin, const char *key, modpm_value value);
bool modpm_set_bool(const char *plugin, const char *key, bool boolean);
bool modpm_set_int(const char *plugin, const char *key, int64_t integer);
bool modpm_set_float(const char *plugin, const char *key, double number);
bool modpm_set_text(const char *plugin, const char *key, const char *text);
modpm_value modpm_get(const char *plugin, const char *key);
bool modpm_trigger(const char *plugin, const char *hook, modpm_value data);

bool modpm_subscribe(const char *event); /* on_event hears of it from now on */
bool modpm_publish(const char *event, modpm_value data);

/* Give up: when the hook returns, the host takes back what the mod did, and plays on without it. */
void modpm_fail(const char *format, ...) MODPM_LIKE_PRINTF;

/* --- hooks: define those that you need, the host calls no others --- */

#define MODPM_HOOK(name) __attribute__((export_name(#name))) name

typedef struct {
    const char *name, *version, *author, *description; /* the last two may be NULL */
} modpm_metadata;

typedef struct {
    enum { MODPM_ENABLE, MODPM_DISABLE, MODPM_SET_PARAM, MODPM_TRIGGER } kind;
    const char *name; /* the parameter or the hook, else "" */
    modpm_value value;
} modpm_action;

modpm_metadata MODPM_HOOK(get_metadata)(void); /* only for a mod without a mod.toml */
void MODPM_HOOK(on_init)(void);
void MODPM_HOOK(on_shutdown)(void);
void MODPM_HOOK(on_tick)(int64_t turn); /* the first turn is 1 */
void MODPM_HOOK(on_control_plugin)(const char *plugin, modpm_action action);
void MODPM_HOOK(on_event)(const char *event, modpm_value data);
modpm_value MODPM_HOOK(on_call)(const char *function, const modpm_value *args, size_t count);
modpm_value MODPM_HOOK(on_save)(void); /* what the mod takes over a reload */
void MODPM_HOOK(on_load)(modpm_value state);
