/* What main.rhai does, in C. Its id says what it does wrong, and where: tick-throw fails in on_tick. */
#include "modpm.h"

#include <string.h>

static void act(const char *deed) {
    if (strcmp(deed, "throw") == 0) modpm_fail("on purpose");
    if (strcmp(deed, "trap") == 0) __builtin_trap();
    for (volatile int64_t n = 0; strcmp(deed, "loop") == 0; n++) {}
    while (strcmp(deed, "commands") == 0 && modpm_enable("combat")) {}
    while (strcmp(deed, "events") == 0 && modpm_publish("noise", modpm_int(1))) {}
    for (int n = 0; strcmp(deed, "log") == 0 && n < 2000; n++) modpm_log("noise");
    if (strcmp(deed, "echo") == 0) modpm_publish("boom", modpm_int(1));
    if (strcmp(deed, "lie") == 0) {
        modpm_publish("ModUnloadRequested", modpm_text("good-nothing"));
        modpm_publish("dependency-lost", modpm_text("good-nothing"));
    }
    if (strcmp(deed, "large") == 0) modpm_publish("boom", modpm_json("[99999999999999999999]"));
    if (strcmp(deed, "deep") == 0) {
        char text[300];
        memset(text, '[', 129), memset(text + 129, ']', 129), text[258] = 0;
        modpm_publish("boom", modpm_json("%s", text));
    }
    if (strcmp(deed, "leave") == 0) modpm_log("leave");
}

static void at(const char *hook) {
    const char *id = modpm_id();
    size_t length = strlen(hook);
    if (strncmp(id, hook, length) == 0 && id[length] == '-') act(id + length + 1);
}

modpm_metadata get_metadata(void) {
    at("about");
    return (modpm_metadata){"Rogue", "1.0.0", NULL, NULL};
}

void on_init(void) {
    modpm_subscribe("boom");
    modpm_subscribe("dependency-lost");
    modpm_set_int("combat", "max_hp", 150);
    at("init");
}

void on_tick(int64_t turn) {
    modpm_log("turn %lld", turn);
    modpm_trigger("combat", "round_started", modpm_null());
    at("tick");
}

void on_event(const char *event, modpm_value data) {
    if (strcmp(event, "boom") == 0) at("event");
    else modpm_log("lost %s", modpm_as_text(data)), at("lost");
}

void on_control_plugin(const char *plugin, modpm_action action) { at("control"); }

modpm_value on_save(void) {
    at("save");
    return modpm_int(1);
}

void on_load(modpm_value state) { at("restore"); }

void on_shutdown(void) {
    modpm_log("bye");
    at("shutdown");
}
