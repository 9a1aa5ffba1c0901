/* A fair in the week after a good harvest. In C, built by `modpm build`.
 *
 * Hears `harvest.gathered` {sacks, share} from realm/harvest, which is a Rhai mod, and whatever draws
 * visitors: `contest.won`, `song.sung`. Publishes `fair.opened` {day, stalls} and `fair.closed` {day, takings}. */
#include "modpm.h"

#include <string.h>

enum { DAYS = 7, SACKS_A_STALL = 500, PENCE_A_STALL = 5, PENCE_A_VISITOR = 3 };

static int64_t day, stalls, last_day, takings, visitors;
static double morale;

void on_init(void) {
    modpm_subscribe("harvest.gathered");
    modpm_subscribe("contest.won");
    modpm_subscribe("song.sung");
}

static void open_fair(int64_t sacks) {
    stalls = sacks / SACKS_A_STALL;
    last_day = day + DAYS;
    takings = visitors = 0;
    morale = modpm_as_float(modpm_get("population", "morale"));
    modpm_log("Day %lld: the fair opens with %lld stalls.", day, stalls);
    modpm_set_float("population", "morale", 0.95);
    modpm_trigger("economy", "market_day", modpm_json("{\"stalls\": %lld}", stalls));
    modpm_publish("fair.opened", modpm_json("{\"day\": %lld, \"stalls\": %lld, \"last_day\": %lld}", day, stalls, last_day));
}

static void close_fair(void) {
    stalls = 0;
    modpm_log("Day %lld: the fair is over. %lld visitors left %lld pence.", day, visitors, takings);
    modpm_set_float("population", "morale", morale);
    modpm_publish("fair.closed", modpm_json("{\"day\": %lld, \"takings\": %lld}", day, takings));
}

void on_event(const char *event, modpm_value data) {
    if (strcmp(event, "harvest.gathered") == 0) {
        if (modpm_as_float(modpm_at(data, "share")) >= 0.5) open_fair(modpm_as_int(modpm_at(data, "sacks")));
    } else if (stalls) {
        visitors += modpm_as_int(modpm_at(data, "crowd"));
    }
}

void on_tick(int64_t turn) {
    day = turn;
    if (!stalls) return;
    takings += PENCE_A_STALL * stalls;
    if (day < last_day) return;
    takings += PENCE_A_VISITOR * visitors;
    close_fair();
}
