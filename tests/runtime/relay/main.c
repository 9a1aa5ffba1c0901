/* What main.rhai does, in C. Tests edit what stands between the marks. */
#include "modpm.h"

static int64_t turns, sum;

void on_init(void) {
    modpm_subscribe("ping");
    modpm_set_int("combat", "max_hp", /*hp*/ 200);
    modpm_publish("ping", modpm_int(1000));
    /*init*/
}

void on_tick(int64_t turn) {
    turns++;
    modpm_set_float("combat", "difficulty", modpm_random());
    if (turn == 2) modpm_enable("weather");
    modpm_publish("ping", modpm_int(turn));
    /*tick*/
}

void on_event(const char *event, modpm_value data) {
    sum += modpm_as_int(data);
    modpm_log("%lld turns, heard %lld", turns, sum);
}

void on_shutdown(void) { modpm_log("bye"); }

modpm_value on_save(void) { return modpm_json("[%lld, %lld]", turns, sum); }

void on_load(modpm_value state) {
    turns = modpm_as_int(modpm_item(state, 0));
    sum = modpm_as_int(modpm_item(state, 1));
    /*load*/
}
