#include "modpm.h"

#include <stdio.h>
#include <string.h>

static int64_t heard;

void on_init(void) {
    modpm_subscribe("ask");
    modpm_set_int("rules", "difficulty", modpm_as_int(modpm_get("rules", "difficulty")) + 1);
    modpm_log("hello from %s", modpm_id());
}

void on_shutdown(void) { modpm_log("heard %lld", heard); }

void on_tick(int64_t turn) {
    if (turn == 1) modpm_set("rules", "locked", modpm_bool(true));
    if (turn == 2) modpm_trigger("rules", "announce", modpm_json("{\"turn\": %lld}", turn));
    if (turn == 3) modpm_set_int("combat", "max_hp", 1); /* not granted: refused, and logged */
}

void on_control_plugin(const char *plugin, modpm_action action) {
    const char *kinds[] = {"enable", "disable", "set-param", "trigger"};
    modpm_log("%s %s %s %s", plugin, kinds[action.kind], action.name, modpm_as_text(action.value));
}

void on_event(const char *event, modpm_value data) {
    heard++;
    modpm_value words = modpm_at(data, "words");
    modpm_publish("answer", modpm_json("{\"event\": %s, \"twice\": %lld, \"half\": %g, \"last\": %s}", modpm_quoted(event),
                                       2 * modpm_as_int(modpm_at(data, "n")), modpm_as_float(modpm_at(data, "n")) / 2,
                                       modpm_quoted(modpm_as_text(modpm_item(words, 1)))));
}

modpm_value on_call(const char *function, const modpm_value *args, size_t count) {
    if (strcmp(function, "echo") == 0 && count == 1) return args[0];
    if (strcmp(function, "fail") == 0) modpm_fail("no more crackers");
    if (strcmp(function, "trap") == 0) __builtin_trap();
    return modpm_null();
}

modpm_value on_save(void) { return modpm_int(heard); }
void on_load(modpm_value state) { heard = modpm_as_int(state); }
