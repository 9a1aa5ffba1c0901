#include "modpm.h"

#include <string.h>

static uint32_t seed = 7;

/* A step depends on the one before, so that none can be left out. */
static int64_t arithmetic(int64_t rounds) {
    uint32_t x = seed;
    for (int64_t n = 0; n < rounds; n++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
    }
    return seed = x;
}

static int64_t upper(int64_t rounds) {
    char from[16] = "the plague year ", to[16];
    for (int64_t n = 0; n < rounds; n++) {
        from[n & 15] = (char)('a' + (n & 7));
        memcpy(to, from, sizeof to);
        for (size_t c = 0; c < sizeof to; c++)
            if (to[c] >= 'a' && to[c] <= 'z') to[c] -= 32;
        __asm__ volatile("" ::"r"(to) : "memory");
    }
    return to[0];
}

void on_init(void) { modpm_log("ready"); }

modpm_value on_call(const char *function, const modpm_value *args, size_t count) {
    int64_t n = count ? modpm_as_int(args[0]) : 0;
    if (strcmp(function, "double") == 0) return modpm_int(n * 2);
    if (strcmp(function, "echo") == 0) return args[0];
    if (strcmp(function, "arithmetic") == 0) return modpm_int(arithmetic(n));
    if (strcmp(function, "upper") == 0) return modpm_int(upper(n));
    if (strcmp(function, "random") == 0) return modpm_float(modpm_random());
    return modpm_null();
}

modpm_metadata get_metadata(void) { return (modpm_metadata){"Bench", "1.0.0", NULL, NULL}; }
