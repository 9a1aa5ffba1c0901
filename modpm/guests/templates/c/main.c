#include "modpm.h"

/* Called once, when the mod loads. */
void on_init(void) { modpm_log("hello from %s", modpm_id()); }

/* Called every turn. */
void on_tick(int64_t turn) {
    if (turn % 5 == 0) modpm_set_int("rules", "difficulty", 2 + turn / 5);
}
