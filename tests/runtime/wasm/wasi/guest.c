/* A mod that does as it is told: call-custom(what, [a, b]), where `a` is a path that begins with the
   name of a granted folder and `b` a text or another path. What fails is "error N", by the code. */

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define FROM(module, name) __attribute__((import_module("wasi:" module "@0.2.0"), import_name(name)))

FROM("cli/environment", "get-environment") void get_environment(u32 *list);
FROM("cli/environment", "get-arguments") void get_arguments(u32 *list);
FROM("cli/exit", "exit") void leave(int failed);
FROM("cli/stdin", "get-stdin") int get_stdin(void);
FROM("cli/stdout", "get-stdout") int get_stdout(void);
FROM("cli/stderr", "get-stderr") int get_stderr(void);
FROM("cli/terminal-stdout", "get-terminal-stdout") void get_terminal(u8 *option);
FROM("clocks/monotonic-clock", "now") u64 monotonic(void);
FROM("clocks/monotonic-clock", "subscribe-duration") int after(u64 when);
FROM("clocks/wall-clock", "now") void wall(u64 *datetime);
FROM("filesystem/preopens", "get-directories") void get_directories(u32 *list);
FROM("filesystem/types", "[method]descriptor.append-via-stream") void append(int self, u8 *ret);
FROM("filesystem/types", "[method]descriptor.set-size") void set_size(int self, u64 size, u8 *ret);
FROM("filesystem/types", "[method]descriptor.read")
void read_at(int self, u64 size, u64 offset, u8 *ret);
FROM("filesystem/types", "[method]descriptor.write")
void write_at(int self, const char *data, u32 size, u64 offset, u8 *ret);
FROM("filesystem/types", "[method]descriptor.read-directory") void read_directory(int self, u8 *ret);
FROM("filesystem/types", "[method]descriptor.create-directory-at")
void make(int self, const char *path, u32 size, u8 *ret);
FROM("filesystem/types", "[method]descriptor.stat-at")
void stat_at(int self, int flags, const char *path, u32 size, u8 *ret);
FROM("filesystem/types", "[method]descriptor.open-at")
void open_at(int self, int flags, const char *path, u32 size, int how, int what, u8 *ret);
FROM("filesystem/types", "[method]descriptor.remove-directory-at")
void remove_folder(int self, const char *path, u32 size, u8 *ret);
FROM("filesystem/types", "[method]descriptor.rename-at")
void rename_at(int self, const char *old, u32 size, int other, const char *new, u32 length, u8 *ret);
FROM("filesystem/types", "[method]descriptor.symlink-at")
void symlink_at(int self, const char *old, u32 size, const char *new, u32 length, u8 *ret);
FROM("filesystem/types", "[method]descriptor.unlink-file-at")
void unlink_at(int self, const char *path, u32 size, u8 *ret);
FROM("filesystem/types", "[method]directory-entry-stream.read-directory-entry")
void read_entry(int self, u8 *ret);
FROM("filesystem/types", "[resource-drop]descriptor") void drop(int self);
FROM("io/streams", "[method]input-stream.blocking-read") void read_input(int self, u64 size, u8 *ret);
FROM("io/streams", "[method]output-stream.blocking-write-and-flush")
void put(int self, const char *data, u32 size, u8 *ret);
FROM("io/poll", "[method]pollable.block") void block(int self);
FROM("random/random", "get-random-u64") u64 number(void);
FROM("random/random", "get-random-bytes") void bytes(u64 size, u32 *list);
FROM("sockets/tcp-create-socket", "create-tcp-socket") void create_socket(int family, u8 *ret);

static char heap[1 << 20];
static u32 used;
static char answer[1 << 16];
static u32 length;
static u8 ret[128] __attribute__((aligned(8)));
static u64 big[8];

__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, u32 had, u32 align, u32 size) {
    used = (used + 7) & ~7u;
    if (used + size > sizeof heap) __builtin_trap();
    char *made = heap + used;
    used += size;
    for (u32 i = 0; i < had && old; i++) made[i] = ((char *)old)[i];
    return made;
}

static void say(const char *text, u32 size) {
    for (u32 i = 0; i < size && length < sizeof answer; i++) answer[length++] = text[i];
}

static void say_number(u64 value) {
    char digits[20];
    u32 at = sizeof digits;
    do digits[--at] = '0' + value % 10; while (value /= 10);
    say(digits + at, sizeof digits - at);
}

static u32 word(const u8 *at) { return *(const u32 *)at; }

static int failed(u32 code) {
    if (!ret[0]) return 0;
    length = 0;
    say("error ", 6);
    say_number(code);
    return 1;
}

static int is(const char *what, u32 size, const char *name) {
    for (u32 i = 0; i < size; i++) if (what[i] != name[i]) return 0;
    return !name[size];
}

/* The granted folder that the path begins with; the path is cut to what comes after it. */
static int folder_of(const char **path, u32 *size) {
    u32 list[2];
    get_directories(list);
    for (u32 i = 0; i < list[1]; i++) {
        u32 *entry = (u32 *)list[0] + i * 3;
        const char *name = (const char *)entry[1];
        u32 same = 0;
        while (same < entry[2] && same < *size && name[same] == (*path)[same]) same++;
        if (same == entry[2] && (same == *size || (*path)[same] == '/')) {
            *path += same + (same < *size);
            *size -= same + (same < *size);
            return entry[0];
        }
    }
    return -1;
}

static void files(const char *what, u32 size, const char *a, u32 as, const char *b, u32 bs) {
    int folder = folder_of(&a, &as), how = 0, flags = 1;
    if (folder < 0) return say("not granted", 11);
    if (is(what, size, "mkdir")) make(folder, a, as, ret);
    else if (is(what, size, "rmdir")) remove_folder(folder, a, as, ret);
    else if (is(what, size, "unlink")) unlink_at(folder, a, as, ret);
    else if (is(what, size, "symlink")) symlink_at(folder, b, bs, a, as, ret);
    else if (is(what, size, "rename")) {
        int other = folder_of(&b, &bs);
        rename_at(folder, a, as, other, b, bs, ret);
    } else if (is(what, size, "stat")) {
        stat_at(folder, 0, a, as, ret);
        if (failed(ret[8])) return;
        say_number(ret[8]);
        say(" ", 1);
        say_number(*(u64 *)(ret + 24));
        for (u32 at = 32; at <= 80; at += 24) say(ret[at] ? " time" : "", ret[at] ? 5 : 0);
        return;
    } else {
        if (is(what, size, "write")) how = 1 | 8, flags = 3;
        if (is(what, size, "append") || is(what, size, "grow")) how = 1, flags = 3;
        open_at(folder, 0, a, as, how, flags, ret);
        if (failed(ret[4])) return;
        int file = word(ret + 4);
        if (is(what, size, "write")) {
            write_at(file, b, bs, 0, ret);
            if (failed(ret[8])) return;
        } else if (is(what, size, "grow")) {
            u64 wanted = 0;
            for (u32 i = 0; i < bs; i++) wanted = wanted * 10 + b[i] - '0';
            set_size(file, wanted, ret);
        } else if (is(what, size, "append")) {
            append(file, ret);
            if (failed(ret[4])) return;
            put(word(ret + 4), b, bs, ret);
            if (failed(99)) return;
        } else if (is(what, size, "read")) {
            read_at(file, 1 << 30, 0, ret);
            if (failed(ret[4])) return;
            say((const char *)word(ret + 4), word(ret + 8));
        } else if (is(what, size, "list")) {
            read_directory(file, ret);
            if (failed(ret[4])) return;
            int entries = word(ret + 4);
            for (read_entry(entries, ret); ret[4]; read_entry(entries, ret)) {
                say((const char *)word(ret + 12), word(ret + 16));
                say(" ", 1);
            }
        } else if (is(what, size, "hoard")) {
            for (;;) open_at(folder, 0, a, as, 0, 1, ret);
        }
        drop(file);
        if (how) failed(ret[1]);
        return;
    }
    failed(ret[1]);
}

static void others(const char *what, u32 size, const char *a, u32 as) {
    u32 list[2];
    if (is(what, size, "environment")) {
        get_environment(list);
        say_number(list[1]);
        get_arguments(list);
        say_number(list[1]);
        get_terminal(ret);
        say_number(ret[0]);
    } else if (is(what, size, "time")) {
        wall(big);
        say_number(monotonic() + big[0] + (u32)big[1]);
    } else if (is(what, size, "sleep")) block(after(~0ull));
    else if (is(what, size, "random")) say_number(number());
    else if (is(what, size, "noise")) bytes(1ull << 40, list);
    else if (is(what, size, "print")) put(get_stdout(), a, as, ret);
    else if (is(what, size, "complain")) put(get_stderr(), a, as, ret);
    else if (is(what, size, "input")) {
        read_input(get_stdin(), 10, ret);
        say_number(ret[0]);
    } else if (is(what, size, "exit")) leave(0);
    else if (is(what, size, "socket")) create_socket(0, ret);
    else say("what?", 5);
}

__attribute__((export_name("call-custom")))
u32 *call_custom(const char *what, u32 size, const u32 *args, u32 count) {
    static u32 result[2];
    static const char *on_paths[] = {"read", "write", "append", "grow", "list", "stat", "mkdir",
        "rmdir", "unlink", "symlink", "rename", "hoard"};
    const char *a = (const char *)args[0], *b = (const char *)args[2];
    int path = 0;
    length = 0;
    for (u32 i = 0; i < sizeof on_paths / sizeof *on_paths; i++) path |= is(what, size, on_paths[i]);
    path ? files(what, size, a, args[1], b, args[3]) : others(what, size, a, args[1]);
    used = 0;
    result[0] = (u32)answer;
    result[1] = length;
    return result;
}

/* Keep a diary: print what texts/greeting.txt says, and add a line to notes/days.txt. */
__attribute__((export_name("on-init")))
void on_init(void) {
    static const char greeting[] = "/texts/greeting.txt", days[] = "/notes/days.txt";
    files("read", 4, greeting, sizeof greeting - 1, "", 0);
    say("\n", 1);
    put(get_stdout(), answer, length, ret);
    files("append", 6, days, sizeof days - 1, "one more day\n", 13);
    length = used = 0;
}

__attribute__((export_name("on-shutdown")))
void on_shutdown(void) {}

__attribute__((export_name("on-control-plugin")))
void on_control_plugin(const char *plugin, u32 size, const char *action, u32 length) {}

__attribute__((export_name("get-metadata")))
u32 *get_metadata(void) {
    static u32 metadata[10];
    metadata[0] = (u32)"Probe";
    metadata[1] = 5;
    metadata[2] = (u32)"1.0.0";
    metadata[3] = 5;
    return metadata;
}
