/* What main.rhai does, in C. */
#include "modpm.h"

#include <string.h>

modpm_metadata get_metadata(void) { return (modpm_metadata){"Easy Mode", "1.0.0", NULL, NULL}; }

void on_init(void) {
    modpm_subscribe("pulse");
    modpm_subscribe("order");
    modpm_set_int("combat", "max_hp", 200);
    modpm_enable("issun:weather");
    modpm_disable("combat");
    modpm_trigger("combat", "round_started", modpm_int(1));
}

void on_event(const char *event, modpm_value data) {
    if (strcmp(event, "pulse") == 0) modpm_publish("answer", modpm_int(modpm_as_int(data) + 1));
    else modpm_set("combat", "max_hp", data);
}

void on_control_plugin(const char *plugin, modpm_action action) {
    switch (action.kind) {
    case MODPM_ENABLE: modpm_log("%s enable", plugin); break;
    case MODPM_DISABLE: modpm_log("%s disable", plugin); break;
    case MODPM_TRIGGER: modpm_log("%s trigger:%s", plugin, action.name); break;
    case MODPM_SET_PARAM:
        modpm_log("%s set_param:%s=%lld", plugin, action.name, modpm_as_int(action.value));
        break;
    }
}

void on_shutdown(void) { modpm_log("bye"); }
