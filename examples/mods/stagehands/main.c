/* Carry the props, light what they see, and say when the stage is ready. In C, built by `modpm build`.
 *
 * Publishes `stage.ready` {props} in the first scene. */
#include "modpm.h"

enum { PROPS_FORGOTTEN = 1 };

void on_init(void) {
    modpm_set_int("stage", "lights", 70);
}

void on_tick(int64_t scene) {
    if (scene != 1) return;
    modpm_log("The stagehands forgot %d prop.", PROPS_FORGOTTEN);
    modpm_publish("stage.ready", modpm_json("{\"props\": %d}", 4 - PROPS_FORGOTTEN));
}
