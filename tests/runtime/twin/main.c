/* What main.rhai does, in C. */
#include "modpm.h"

#include <stdlib.h>
#include <string.h>

static int64_t turns, counted;
static void *volatile hoarded; /* or the compiler sees that nobody needs it */

modpm_metadata get_metadata(void) { return (modpm_metadata){"Twin", "2.0.1", "Ada", NULL}; }

void on_init(void) {
    modpm_subscribe("ask");
    modpm_subscribe("answer");
    modpm_log("hello from %s", modpm_id());
}

void on_shutdown(void) { modpm_log("%lld turns", turns); }

static const char *told(const char *format, ...) {
    va_list args;
    va_start(args, format);
    return modpm_formatted(format, args);
}

void on_tick(int64_t turn) {
    turns++;
    modpm_set_int("combat", "max_hp", 100 + turn);
    modpm_set_float("combat", "difficulty", modpm_random());
    modpm_publish("ask", modpm_text(told("%lld of %s", turn, modpm_id())));
    if (turn == 3) modpm_fail("no more crackers");
}

void on_control_plugin(const char *plugin, modpm_action action) {
    switch (action.kind) {
    case MODPM_ENABLE: modpm_log("%s enable", plugin); break;
    case MODPM_DISABLE: modpm_log("%s disable", plugin); break;
    case MODPM_TRIGGER: modpm_log("%s trigger:%s", plugin, action.name); break;
    case MODPM_SET_PARAM:
        if (strcmp(action.name, "max_hp") == 0)
            modpm_log("%s set_param:max_hp=%lld", plugin, modpm_as_int(action.value));
        break;
    }
}

void on_event(const char *event, modpm_value data) {
    if (strcmp(event, "ask") == 0) modpm_publish("answer", data);
    else modpm_log("heard %s", modpm_as_text(data));
}

static int64_t deep(volatile int64_t n) { return deep(n + 1) + n; }

static void hoard(void) {
    for (size_t size = 64;; size *= 2) {
        hoarded = malloc(size);
        if (!hoarded) __builtin_trap();
        memset(hoarded, 1, size);
    }
}

static void all(void) {
    modpm_enable("combat");
    modpm_disable("combat");
    modpm_set_int("combat", "max_hp", 7);
    modpm_trigger("combat", "round_started", modpm_null());
    modpm_trigger("combat", "round_started", modpm_json("{\"day\": 1}"));
}

static modpm_value absent(void) {
    const char *plugin = modpm_enable("wheather") ? "" : "\"plugin\"";
    const char *parameter = modpm_set_int("combat", "max_hq", 7) ? "" : ", \"parameter\"";
    const char *hook = modpm_trigger("combat", "round_start", modpm_null()) ? "" : ", \"hook\"";
    return modpm_json("[%s%s%s]", plugin, parameter, hook);
}

static void flood(void) {
    while (modpm_enable("combat")) {}
    while (modpm_publish("ask", modpm_int(1))) {}
}

modpm_value on_call(const char *function, const modpm_value *args, size_t count) {
    if (strcmp(function, "echo") == 0 && count == 1) return args[0];
    if (strcmp(function, "count") == 0) return modpm_int(++counted);
    if (strcmp(function, "draw") == 0) return modpm_float(modpm_random());
    if (strcmp(function, "difficulty") == 0) return modpm_get("combat", "difficulty");
    if (strcmp(function, "all") == 0) all();
    if (strcmp(function, "absent") == 0) return absent();
    if (strcmp(function, "flood") == 0) flood();
    if (strcmp(function, "fail") == 0) modpm_fail("no more crackers");
    if (strcmp(function, "trap") == 0) __builtin_trap();
    if (strcmp(function, "deep") == 0) return modpm_int(deep(0));
    if (strcmp(function, "hoard") == 0) hoard();
    for (volatile int64_t n = 0; strcmp(function, "spin") == 0; n++) {}
    return modpm_null();
}
