/* Values, and the JSON text of lists and objects. Nothing to change here. */
#include "modpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

modpm_value modpm_null(void) { return (modpm_value){.kind = MODPM_NULL}; }
modpm_value modpm_bool(bool boolean) { return (modpm_value){.kind = MODPM_BOOL, .boolean = boolean}; }
modpm_value modpm_int(int64_t integer) { return (modpm_value){.kind = MODPM_INT, .integer = integer}; }
modpm_value modpm_float(double number) { return (modpm_value){.kind = MODPM_FLOAT, .number = number}; }

modpm_value modpm_text(const char *text) {
    return (modpm_value){.kind = MODPM_TEXT, .length = strlen(text), .text = text};
}

modpm_value modpm_json(const char *format, ...) {
    va_list args;
    va_start(args, format);
    modpm_value value = modpm_text(modpm_formatted(format, args));
    va_end(args);
    value.kind = MODPM_JSON;
    return value;
}

const char *modpm_quoted(const char *text) {
    char *quoted = modpm_scratch(6 * strlen(text) + 2), *to = quoted;
    *to++ = '"';
    for (; *text; text++) {
        if ((unsigned char)*text < ' ') {
            to += sprintf(to, "\\u%04x", (unsigned)*text);
            continue;
        }
        if (*text == '"' || *text == '\\') *to++ = '\\';
        *to++ = *text;
    }
    *to++ = '"';
    *to = 0;
    return quoted;
}

bool modpm_as_bool(modpm_value value) { return value.kind == MODPM_BOOL && value.boolean; }

int64_t modpm_as_int(modpm_value value) {
    if (value.kind == MODPM_FLOAT) return (int64_t)value.number;
    return value.kind == MODPM_INT ? value.integer : 0;
}

double modpm_as_float(modpm_value value) {
    if (value.kind == MODPM_INT) return (double)value.integer;
    return value.kind == MODPM_FLOAT ? value.number : 0;
}

const char *modpm_as_text(modpm_value value) { return value.kind >= MODPM_TEXT ? value.text : ""; }

/* --- reading JSON: the host writes it, so it is well-formed --- */

static const char *past_blanks(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *past_text(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : at;
}

static const char *past_value(const char *at) {
    int depth = 0;
    do {
        if (*at == '"')
            at = past_text(at);
        else if (*at == '{' || *at == '[')
            depth++, at++;
        else if (*at == '}' || *at == ']')
            depth--, at++;
        else
            at += depth ? 1 : strcspn(at, ",]} \t\r\n");
    } while (depth && *at);
    return at;
}

static char *put_utf8(char *to, unsigned code) {
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    *to++ = (char)((0xFF << (7 - more)) | code >> 6 * more);
    while (more--) *to++ = (char)(0x80 | (code >> 6 * more & 0x3F));
    return to;
}

static unsigned hex(const char *at) {
    char digits[5] = {0};
    strncpy(digits, at, 4);
    return (unsigned)strtoul(digits, NULL, 16);
}

static const char *unquoted(const char *from, const char *end) {
    char *text = modpm_scratch((size_t)(end - from)), *to = text;
    for (from++; from + 1 < end; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        const char *plain = "bfnrt", *found = strchr(plain, *++from);
        if (*from == 'u') {
            unsigned code = hex(from + 1);
            from += 4;
            if (code >> 10 == 0x36 && from[1] == '\\') {
                code = 0x10000 + ((code & 0x3FF) << 10 | (hex(from + 3) & 0x3FF));
                from += 6;
            }
            to = put_utf8(to, code);
        } else {
            *to++ = found ? "\b\f\n\r\t"[found - plain] : *from;
        }
    }
    *to = 0;
    return text;
}

static modpm_value parsed(const char *at) {
    const char *end = past_value(at);
    switch (*at) {
    case '"': return modpm_text(unquoted(at, end));
    case '{':
    case '[': return modpm_json("%.*s", (int)(end - at), at);
    case 't': return modpm_bool(true);
    case 'f': return modpm_bool(false);
    case 'n': return modpm_null();
    }
    bool whole = strcspn(at, ".eE") >= (size_t)(end - at);
    return whole ? modpm_int(strtoll(at, NULL, 10)) : modpm_float(strtod(at, NULL));
}

/* Step to the next part of a list or an object; NULL at its end. */
static const char *past_comma(const char *at) {
    at = past_blanks(at);
    return *at == ',' ? past_blanks(at + 1) : NULL;
}

static const char *first(modpm_value container, char bracket) {
    if (container.kind != MODPM_JSON) return NULL;
    const char *at = past_blanks(container.text);
    if (*at != bracket) return NULL;
    at = past_blanks(at + 1);
    return *at && *at != ']' && *at != '}' ? at : NULL;
}

modpm_value modpm_at(modpm_value object, const char *key) {
    for (const char *at = first(object, '{'); at; at = past_comma(past_value(at))) {
        const char *end = past_text(at), *name = unquoted(at, end);
        at = past_blanks(end);
        at = past_blanks(*at ? at + 1 : at);
        if (strcmp(name, key) == 0) return parsed(at);
    }
    return modpm_null();
}

modpm_value modpm_item(modpm_value list, size_t index) {
    for (const char *at = first(list, '['); at; at = past_comma(past_value(at)))
        if (index-- == 0) return parsed(at);
    return modpm_null();
}
