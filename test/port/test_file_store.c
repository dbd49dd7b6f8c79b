/* SPDX-License-Identifier: Apache-2.0
 *
 * The file store. In a folder of /tmp: what is there in place of the file, permissions, a full disk; then each system call of
 * a save and of a load fails, is interrupted, does less than asked, or is the last one before the power is cut. What a cut may
 * leave of bytes and names that were not flushed no running system shows: a model of a disk does, and of a disk that does not
 * flush, which the same look must notice. System calls are wrapped by the linker (-Wl,--wrap). It must never write outside
 * its folder.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#define _DEFAULT_SOURCE /* setegid beside POSIX */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "kratos_file_store.h"

#define SIZE KRATOS_RECORD_SIZE
#define NOBODY 65534
#define EACH (-1)
#define CALLS_MAX 40 /* more than a save or a load makes */

int __real_openat(int, const char *, int, ...);
int __wrap_openat(int, const char *, int, ...);
int __real_fstat(int, struct stat *);
int __wrap_fstat(int, struct stat *);
ssize_t __real_read(int, void *, size_t);
ssize_t __wrap_read(int, void *, size_t);
ssize_t __real_write(int, const void *, size_t);
ssize_t __wrap_write(int, const void *, size_t);
int __real_fsync(int);
int __wrap_fsync(int);
int __real_renameat(int, const char *, int, const char *);
int __wrap_renameat(int, const char *, int, const char *);
int __real_unlinkat(int, const char *, int);
int __wrap_unlinkat(int, const char *, int);
int __real_close(int);
int __wrap_close(int);

/* ---- A model of a disk with one folder and two names ------------------------------------------------ */

enum { RECORD, NEW, NAMES };
enum { NONE = -1, FOLDER_FD = 1000, FILE_FD = 1001 };
enum { INODES = 8, CHANGES = 8 };
enum leftover { AS_FLUSHED, AS_WRITTEN, EMPTY, HALF, GARBAGE, LEFTOVERS };

struct content {
    unsigned char p[2 * SIZE];
    size_t n;
};
struct names {
    int inode[NAMES];
};

static struct {
    bool on, files_do_not_flush, folders_do_not_flush;
    struct content seen[INODES], flushed[INODES];
    int inodes;
    struct names now, on_disk;
    struct names changed[CHANGES]; /* after each change that was not flushed */
    int changes;
    size_t at; /* of the file that is open */
} disk;

static int name_of(const char *name)
{
    return strcmp(name, "record") == 0 ? RECORD : NEW;
}

static void disk_changed(void)
{
    if (disk.changes == CHANGES) {
        abort();
    }
    disk.changed[disk.changes++] = disk.now;
}

static int disk_open(int folder, const char *name, int flags)
{
    int which = name_of(name);
    if (folder == AT_FDCWD) {
        return FOLDER_FD;
    }
    if ((flags & O_CREAT) != 0) {
        if (disk.now.inode[which] != NONE || disk.inodes == INODES) {
            errno = EEXIST;
            return -1;
        }
        memset(&disk.seen[disk.inodes], 0, sizeof disk.seen[0]);
        memset(&disk.flushed[disk.inodes], 0, sizeof disk.flushed[0]);
        disk.now.inode[which] = disk.inodes++;
        disk_changed();
    }
    if (disk.now.inode[which] == NONE) {
        errno = ENOENT;
        return -1;
    }
    disk.at = 0;
    return FILE_FD + disk.now.inode[which];
}

static int disk_stat(int fd, struct stat *is)
{
    memset(is, 0, sizeof *is);
    is->st_mode = S_IFREG;
    is->st_size = (off_t)disk.seen[fd - FILE_FD].n;
    return 0;
}

static ssize_t disk_read(int fd, void *p, size_t n)
{
    const struct content *file = &disk.seen[fd - FILE_FD];
    n = n < file->n - disk.at ? n : file->n - disk.at;
    memcpy(p, file->p + disk.at, n);
    disk.at += n;
    return (ssize_t)n;
}

static ssize_t disk_write(int fd, const void *p, size_t n)
{
    struct content *file = &disk.seen[fd - FILE_FD];
    memcpy(file->p + disk.at, p, n);
    disk.at += n;
    file->n = disk.at;
    return (ssize_t)n;
}

static int disk_flush(int fd)
{
    if (fd == FOLDER_FD && !disk.folders_do_not_flush) {
        disk.on_disk = disk.now;
        disk.changes = 0;
    }
    if (fd != FOLDER_FD && !disk.files_do_not_flush) {
        disk.flushed[fd - FILE_FD] = disk.seen[fd - FILE_FD];
    }
    return 0;
}

static int disk_rename(const char *from, const char *to)
{
    disk.now.inode[name_of(to)] = disk.now.inode[name_of(from)];
    disk.now.inode[name_of(from)] = NONE;
    disk_changed();
    return 0;
}

static int disk_unlink(const char *name)
{
    if (disk.now.inode[name_of(name)] == NONE) {
        errno = ENOENT;
        return -1;
    }
    disk.now.inode[name_of(name)] = NONE;
    disk_changed();
    return 0;
}

/* What the power cut leaves of a file. What was flushed stays; what was not is anything. */
static void leave(int inode, enum leftover how)
{
    struct content *file = &disk.seen[inode];
    const struct content *safe = &disk.flushed[inode];
    if (how == AS_WRITTEN || (safe->n == file->n && memcmp(safe->p, file->p, file->n) == 0)) {
        return;
    }
    if (how == AS_FLUSHED) {
        *file = *safe;
    } else if (how == EMPTY) {
        file->n = 0;
    } else if (how == HALF) {
        file->n /= 2;
    } else {
        memset(file->p, 0xA5, file->n);
    }
}

/* The first `changes` of what was done to names were in time. */
static void disk_cut(int changes, enum leftover how)
{
    int i;
    for (i = 0; i < disk.inodes; i++) {
        leave(i, how);
        disk.flushed[i] = disk.seen[i];
    }
    disk.now = changes == 0 ? disk.on_disk : disk.changed[changes - 1];
    disk.on_disk = disk.now;
    disk.changes = 0;
}

static void disk_begin(void)
{
    memset(&disk, 0, sizeof disk);
    disk.on = true;
    disk.now.inode[RECORD] = disk.now.inode[NEW] = NONE;
    disk.on_disk = disk.now;
}

/* ---- Wrapped functions: count, then do as the case says --------------------------------------------- */

enum trouble { FAIL, LESS, NOTHING, CUT }; /* LESS: one byte is moved; NOTHING: none is, without an error */

static struct {
    int calls; /* so far */
    int at;    /* the call that has the trouble; 0: none; EACH */
    enum trouble trouble;
    int error;
    jmp_buf cut;
    int fds[8], open; /* what a cut leaves open */
} plan;

static void clear(void)
{
    plan.calls = plan.at = plan.open = 0;
}

static bool troubled(enum trouble trouble)
{
    return plan.trouble == trouble && (plan.at == plan.calls || plan.at == EACH);
}

static void count(void)
{
    plan.calls++;
    if (troubled(CUT)) {
        longjmp(plan.cut, 1);
    }
}

/* True: the call fails. */
static bool enter(void)
{
    count();
    if (troubled(FAIL)) {
        errno = plan.error;
        return true;
    }
    return false;
}

int __wrap_openat(int folder, const char *name, int flags, ...)
{
    va_list more;
    mode_t mode;
    int fd;
    va_start(more, flags);
    mode = (mode_t)va_arg(more, int);
    va_end(more);
    if (enter()) {
        return -1;
    }
    if (disk.on) {
        return disk_open(folder, name, flags);
    }
    fd = __real_openat(folder, name, flags, mode);
    if (fd >= 0 && plan.open < 8) {
        plan.fds[plan.open++] = fd;
    }
    return fd;
}

int __wrap_fstat(int fd, struct stat *is)
{
    if (enter()) {
        return -1;
    }
    return disk.on ? disk_stat(fd, is) : __real_fstat(fd, is);
}

static size_t less(size_t n)
{
    return troubled(NOTHING) ? 0 : troubled(LESS) ? 1 : n;
}

ssize_t __wrap_read(int fd, void *p, size_t n)
{
    if (enter()) {
        return -1;
    }
    n = less(n);
    return disk.on ? disk_read(fd, p, n) : __real_read(fd, p, n);
}

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
    if (enter()) {
        return -1;
    }
    n = less(n);
    return disk.on ? disk_write(fd, p, n) : __real_write(fd, p, n);
}

int __wrap_fsync(int fd)
{
    if (enter()) {
        return -1;
    }
    return disk.on ? disk_flush(fd) : __real_fsync(fd);
}

int __wrap_renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    if (enter()) {
        return -1;
    }
    return disk.on ? disk_rename(from, to) : __real_renameat(from_folder, from, to_folder, to);
}

int __wrap_unlinkat(int folder, const char *name, int flags)
{
    if (enter()) {
        return -1;
    }
    return disk.on ? disk_unlink(name) : __real_unlinkat(folder, name, flags);
}

/* Closed in any case, as Linux does. */
int __wrap_close(int fd)
{
    int i;
    count();
    for (i = 0; i < plan.open; i++) {
        if (plan.fds[i] == fd) {
            plan.fds[i] = plan.fds[--plan.open];
        }
    }
    if (!disk.on) {
        __real_close(fd);
    }
    if (troubled(FAIL)) {
        errno = plan.error;
        return -1;
    }
    return 0;
}

/* ---- The store under test --------------------------------------------------------------------------- */

static char folder[] = "/tmp/kratos-store-XXXXXX";
static char path[64], new_path[64], other_path[64];
static struct kratos_file_store file;
static const struct kratos_store *store;
static unsigned char got[2 * SIZE];

static const unsigned char *record(char letter)
{
    static unsigned char p[2 * SIZE];
    memset(p, letter, sizeof p);
    return p;
}

static int save(char letter)
{
    return store->save(store->ctx, record(letter), SIZE);
}

static int load(void)
{
    memset(got, '?', sizeof got);
    return store->load(store->ctx, got, SIZE);
}

/* The record of that letter is there; 0: none ever was. */
static bool holds(char letter)
{
    clear();
    if (letter == '\0') {
        return load() == KRATOS_END && kratos_file_store_error(&file) == 0;
    }
    return load() == KRATOS_OK && memcmp(got, record(letter), SIZE) == 0 && got[SIZE] == '?';
}

static bool failed(int rc, int error)
{
    return rc == KRATOS_ERR_STORE && kratos_file_store_error(&file) == error;
}

/* ---- A folder of its own ---------------------------------------------------------------------------- */

static bool is_there(const char *name)
{
    struct stat is;
    return lstat(name, &is) == 0;
}

static void put(const char *name, char letter, size_t n)
{
    FILE *f = fopen(name, "wb");
    if (f == NULL || fwrite(record(letter), 1, n, f) != n || fclose(f) != 0) {
        abort();
    }
}

static bool contains(const char *name, char letter, size_t n)
{
    char p[2 * SIZE];
    FILE *f = fopen(name, "rb");
    size_t size = f != NULL ? fread(p, 1, sizeof p, f) : 0;
    if (f != NULL) {
        fclose(f);
    }
    return size == n && memcmp(p, record(letter), n) == 0;
}

/* letter 0: nothing. */
static void begin(char letter)
{
    clear();
    disk.on = false;
    remove(path);
    remove(new_path);
    remove(other_path);
    store = kratos_file_store_init(&file, path);
    if (letter != '\0') {
        put(path, letter, SIZE);
    }
}

/* ---- What there is ---------------------------------------------------------------------------------- */

static void test_first_and_next(void)
{
    struct stat is;
    begin('\0');
    CHECK("nothing was ever stored", holds('\0'));
    CHECK("a load makes no file", !is_there(path) && !is_there(new_path));
    umask(0);
    CHECK("the first save", save('a') == KRATOS_OK && kratos_file_store_error(&file) == 0 && holds('a'));
    CHECK("is for the owner only", stat(path, &is) == 0 && (is.st_mode & 07777) == 0600);
    CHECK("nothing else is left", !is_there(new_path));
    CHECK("the second save", save('b') == KRATOS_OK && holds('b') && !is_there(new_path));
    kratos_file_store_init(&file, path);
    CHECK("it outlives the program", holds('b'));
}

static void test_size(void)
{
    static const size_t wrong[] = {0, 1, SIZE - 1, SIZE + 1, 2 * SIZE};
    bool good = true;
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        begin('\0');
        put(path, 'a', wrong[i]);
        good = good && failed(load(), EINVAL) && got[0] == '?';
    }
    CHECK("too short and too long are no record, and not read", good);
    begin('\0');
    CHECK("nothing can be stored", store->save(store->ctx, record('a'), 0) == KRATOS_OK);
    CHECK("nothing can be read", store->load(store->ctx, got, 0) == KRATOS_OK);
}

static void test_left_over(void)
{
    struct stat is;
    begin('a');
    put(new_path, 'x', SIZE);
    chmod(new_path, 0644);
    CHECK("a left-over is not read", holds('a'));
    CHECK("a left-over is replaced", save('b') == KRATOS_OK && holds('b') && !is_there(new_path));
    CHECK("not by its rights", stat(path, &is) == 0 && (is.st_mode & 07777) == 0600);
    begin('\0');
    put(new_path, 'x', SIZE);
    CHECK("a left-over alone: nothing was ever stored", holds('\0'));
    begin('a');
    mkdir(new_path, 0700);
    CHECK("a folder in its place", save('b') == KRATOS_ERR_STORE && kratos_file_store_error(&file) != 0 && holds('a'));
    rmdir(new_path);
}

static void test_links(void)
{
    begin('\0');
    put(other_path, 'x', SIZE);
    CHECK("a link to a record is none", symlink(other_path, path) == 0 && failed(load(), ELOOP));
    CHECK("a save replaces the link", save('b') == KRATOS_OK && holds('b') && contains(other_path, 'x', SIZE));
    begin('\0');
    CHECK("a link to nowhere is no fresh start", symlink(other_path, path) == 0 && failed(load(), ELOOP));
    begin('a');
    put(other_path, 'x', SIZE);
    CHECK("nothing is written through a link", symlink(other_path, new_path) == 0 && save('b') == KRATOS_OK &&
                                                   holds('b') && contains(other_path, 'x', SIZE));
    begin('a');
    CHECK("nor made", symlink(other_path, new_path) == 0 && save('b') == KRATOS_OK && !is_there(other_path));
}

static void test_no_plain_file(void)
{
    begin('\0');
    mkdir(path, 0700);
    CHECK("a folder is no record", failed(load(), EINVAL));
    CHECK("and is not replaced", failed(save('b'), EISDIR) && !is_there(new_path));
    rmdir(path);
    begin('\0');
    CHECK("a FIFO is no record, and nobody waits", mkfifo(path, 0600) == 0 && failed(load(), EINVAL));
    CHECK("a save replaces it", save('b') == KRATOS_OK && holds('b'));
}

static void test_paths(void)
{
    static char longest[KRATOS_FILE_STORE_PATH + 1];
    char name[128];
    size_t n;
    begin('a');
    store = kratos_file_store_init(&file, NULL);
    CHECK("no path", failed(load(), EINVAL) && failed(save('b'), EINVAL));
    store = kratos_file_store_init(&file, "");
    CHECK("an empty path", failed(load(), EINVAL) && failed(save('b'), EINVAL));
    snprintf(name, sizeof name, "%s/", folder);
    store = kratos_file_store_init(&file, name);
    CHECK("a folder", failed(load(), EINVAL) && failed(save('b'), EINVAL));
    snprintf(name, sizeof name, "%s/none/record", folder);
    store = kratos_file_store_init(&file, name);
    CHECK("a folder that is not there is no fresh start", failed(load(), ENOENT) && failed(save('b'), ENOENT));
    snprintf(name, sizeof name, "%s/record/record", folder);
    store = kratos_file_store_init(&file, name);
    CHECK("a file in place of the folder", failed(load(), ENOTDIR) && failed(save('b'), ENOTDIR));
    store = kratos_file_store_init(&file, "/kratos-no-such-record");
    CHECK("a file of the root", load() == KRATOS_END);
    store = kratos_file_store_init(&file, "record");
    CHECK("a bare name", chdir(folder) == 0 && holds('a') && save('b') == KRATOS_OK && holds('b'));
    CHECK("lies in the present folder", contains(path, 'b', SIZE) && chdir("/") == 0);
    memset(longest, '/', sizeof longest - 1);
    memcpy(longest, folder, strlen(folder));
    for (n = KRATOS_FILE_STORE_PATH - 1; n >= KRATOS_FILE_STORE_PATH - 6; n--) {
        memcpy(longest + n - 6, "record", 7);
        store = kratos_file_store_init(&file, longest);
        if (n + sizeof ".new" > KRATOS_FILE_STORE_PATH) {
            CHECK("a path that is too long", failed(load(), ENAMETOOLONG) && failed(save('c'), ENAMETOOLONG));
        } else {
            CHECK("the longest path", holds('b') && save('c') == KRATOS_OK && holds('c') && save('b') == KRATOS_OK);
        }
    }
}

/* ---- What the system refuses ------------------------------------------------------------------------ */

/* Root may do all: for a while the program is nobody. False: it cannot be. */
static bool be_nobody(bool nobody)
{
    if (getuid() != 0) {
        return true;
    }
    if (nobody) {
        return chown(folder, NOBODY, NOBODY) == 0 && setegid(NOBODY) == 0 && seteuid(NOBODY) == 0;
    }
    return seteuid(0) == 0 && setegid(0) == 0;
}

static void test_rights(void)
{
    begin('\0');
    if (!be_nobody(true)) {
        printf("skip rights: root, and cannot be anybody else\n");
        return;
    }
    put(path, 'a', SIZE);
    chmod(folder, 0500);
    CHECK("a folder that may not be written", failed(save('b'), EACCES) && holds('a'));
    remove(path);
    CHECK("a file that cannot be made", failed(save('b'), EACCES));
    chmod(folder, 0300);
    CHECK("a folder that may not be read", failed(load(), EACCES) && failed(save('b'), EACCES));
    chmod(folder, 0600);
    CHECK("a folder that may not be entered is no fresh start", failed(load(), EACCES) && failed(save('b'), EACCES));
    chmod(folder, 0700);
    CHECK("all is well again", holds('a'));
    chmod(path, 0200);
    CHECK("a file that may not be read", failed(load(), EACCES));
    CHECK("may be replaced", save('b') == KRATOS_OK && holds('b'));
    be_nobody(false);
}

static void test_space(void)
{
    struct rlimit before, little;
    rlim_t room;
    bool good = true;
    begin('a');
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    for (room = 0; room < SIZE; room += 7) {
        little = before;
        little.rlim_cur = room;
        setrlimit(RLIMIT_FSIZE, &little);
        good = good && failed(save('b'), EFBIG) && holds('a') && !is_there(new_path);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK("too little space, by every 7th byte", good);
    CHECK("space again", save('b') == KRATOS_OK && holds('b'));
}

/* ---- Each system call ------------------------------------------------------------------------------- */

static void arrange(int at, enum trouble trouble, int error)
{
    clear();
    plan.at = at;
    plan.trouble = trouble;
    plan.error = error;
}

/* Of a save over `letter`, without trouble. */
static int calls_of_save(char letter)
{
    begin(letter);
    save('b');
    return plan.calls;
}

/* What a failure left: the old record, or, of the last two calls (the folder is flushed and closed), the new one. */
static bool left_after_save(int rc, int call, int calls, char before)
{
    const bool renamed = call >= calls - 1;
    if (rc == KRATOS_OK) {
        return holds('b') && !is_there(new_path);
    }
    return rc == KRATOS_ERR_STORE && kratos_file_store_error(&file) == plan.error && holds(renamed ? 'b' : before);
}

static void test_failing_saves(void)
{
    static const int errors[] = {EIO, ENOSPC, EROFS, EDQUOT, EACCES, EMFILE, ENOENT};
    const char before[] = {'\0', 'a'};
    int call, calls, refused = 0, open = 0, rc;
    bool good = true;
    size_t i, j;
    for (i = 0; i < 2; i++) {
        calls = calls_of_save(before[i]);
        for (j = 0; j < sizeof errors / sizeof *errors; j++) {
            for (call = 1; call <= calls; call++) {
                begin(before[i]);
                arrange(call, FAIL, errors[j]);
                rc = save('b');
                refused += rc == KRATOS_ERR_STORE;
                open += plan.open;
                good = good && left_after_save(rc, call, calls, before[i]);
                clear();
                good = good && save('c') == KRATOS_OK && holds('c') && !is_there(new_path);
            }
        }
    }
    printf("     %d calls of a save, %d of their failures refuse it\n", calls, refused);
    CHECK("a save fails at each system call: the old record stays, and the next save is good", good);
    /* Two close() and, with ENOENT, the removal of what is not there do not refuse a save. */
    CHECK("all but close() refuse it", refused == (int)(2 * sizeof errors / sizeof *errors) * (calls - 2) - 2);
    CHECK("no file stays open", open == 0);
}

static void test_failing_loads(void)
{
    int call, calls, refused = 0, open = 0, rc;
    bool good = true;
    begin('a');
    load();
    calls = plan.calls;
    for (call = 1; call <= calls; call++) {
        begin('a');
        arrange(call, FAIL, EIO);
        rc = load();
        refused += failed(rc, EIO);
        open += plan.open;
        good = good && (rc == KRATOS_ERR_STORE || rc == KRATOS_OK) && holds('a');
    }
    printf("     %d calls of a load, %d of their failures refuse it\n", calls, refused);
    CHECK("a load fails at each system call, never as a fresh start", good && refused == calls - 2);
    CHECK("no file stays open after it", open == 0);
    begin('a');
    arrange(2, FAIL, ENOENT);
    CHECK("ENOENT of the file is a fresh start", load() == KRATOS_END);
    begin('a');
    arrange(1, FAIL, ENOENT);
    CHECK("ENOENT of the folder is none", failed(load(), ENOENT));
}

/* By a signal. Linux interrupts neither unlinkat and renameat nor fstat: there it may be an error, with the old record. */
static void test_interrupted(void)
{
    int call, calls = calls_of_save('a');
    bool good = true;
    for (call = 1; call <= calls; call++) {
        begin('a');
        arrange(call, FAIL, EINTR);
        if (call == 2 || call == 7) {
            good = good && save('b') == KRATOS_ERR_STORE && holds('a');
        } else {
            good = good && save('b') == KRATOS_OK && holds('b');
        }
    }
    CHECK("a save that is interrupted at each call", good);
    for (call = 1; call <= 6; call++) {
        begin('a');
        arrange(call, FAIL, EINTR);
        good = good && load() == (call == 3 ? KRATOS_ERR_STORE : KRATOS_OK) && holds('a');
    }
    CHECK("a load that is interrupted at each call", good);
}

static void test_pieces(void)
{
    begin('a');
    arrange(EACH, LESS, 0);
    CHECK("a disk that takes a byte at a time", save('b') == KRATOS_OK && plan.calls == 8 + SIZE && holds('b'));
    arrange(EACH, LESS, 0);
    CHECK("and gives one at a time", load() == KRATOS_OK && memcmp(got, record('b'), SIZE) == 0);
    arrange(4, NOTHING, 0);
    CHECK("a disk that takes nothing", failed(save('c'), EIO) && holds('b'));
    arrange(4, NOTHING, 0);
    CHECK("a file that ends early", failed(load(), EINVAL));
}

/* ---- The power is cut ------------------------------------------------------------------------------- */

/* True: before its end. */
static bool save_until(int call, char letter)
{
    arrange(call, CUT, 0);
    if (setjmp(plan.cut) != 0) {
        return true;
    }
    save(letter);
    return false;
}

static void close_all(void)
{
    while (plan.open > 0) {
        __real_close(plan.fds[--plan.open]);
    }
}

static void test_cuts(void)
{
    const char before[] = {'\0', 'a'};
    bool good = true;
    int call;
    size_t i;
    for (i = 0; i < 2; i++) {
        for (call = 1; call < CALLS_MAX; call++) {
            begin(before[i]);
            if (!save_until(call, 'b')) {
                break;
            }
            close_all();
            good = good && (holds(before[i]) || holds('b'));
            good = good && save('c') == KRATOS_OK && holds('c') && !is_there(new_path);
        }
        good = good && call < CALLS_MAX && holds('b');
    }
    CHECK("the power is cut before each system call of a save", good);
}

/* A record of `letter` and what an earlier cut left over, all flushed. */
static void disk_holds(char letter, bool left_over)
{
    disk_begin();
    clear();
    if (letter != '\0') {
        save(letter);
    }
    if (left_over) {
        disk.now.inode[NEW] = disk.inodes++;
        memset(disk.seen[disk.now.inode[NEW]].p, 'x', SIZE / 2);
        disk.seen[disk.now.inode[NEW]].n = SIZE / 2;
        disk.flushed[disk.now.inode[NEW]] = disk.seen[disk.now.inode[NEW]];
        disk.on_disk = disk.now;
    }
}

/* One save over `letter`, cut before that call. Returns how many outcomes are wrong; *outcomes counts them, *cut: it was. */
static int outcomes_of(int call, char letter, bool left_over, int *outcomes, bool *cut)
{
    int changes, how, wrong = 0, most = 0;
    bool was_files = disk.files_do_not_flush, was_folders = disk.folders_do_not_flush;
    for (changes = 0; changes <= most; changes++) {
        for (how = 0; how < LEFTOVERS; how++) {
            disk_holds(letter, left_over);
            disk.files_do_not_flush = was_files;
            disk.folders_do_not_flush = was_folders;
            *cut = save_until(call, 'b');
            most = disk.changes;
            disk_cut(changes, (enum leftover)how);
            wrong += !(holds('b') || (*cut && holds(letter)));
            disk.files_do_not_flush = disk.folders_do_not_flush = false;
            wrong += !(save('c') == KRATOS_OK && holds('c'));
            ++*outcomes;
        }
    }
    disk.files_do_not_flush = was_files;
    disk.folders_do_not_flush = was_folders;
    return wrong;
}

static int wrong_outcomes(bool files_do_not_flush, bool folders_do_not_flush, int *outcomes)
{
    int call, i, wrong = 0;
    bool cut = true;
    begin('\0');
    disk.files_do_not_flush = files_do_not_flush;
    disk.folders_do_not_flush = folders_do_not_flush;
    for (i = 0; i < 4; i++) {
        cut = true;
        for (call = 1; cut && call < CALLS_MAX; call++) {
            wrong += outcomes_of(call, i % 2 == 0 ? '\0' : 'a', i / 2 != 0, outcomes, &cut);
        }
    }
    disk.on = disk.files_do_not_flush = disk.folders_do_not_flush = false;
    return wrong;
}

static void test_model(void)
{
    static char name[] = "record";
    int outcomes = 0, few = 0;
    bool good;
    begin('\0');
    store = kratos_file_store_init(&file, name);
    memcpy(path, name, sizeof name); /* begin() then names what the model knows */
    memcpy(new_path, "record.new", sizeof "record.new");
    good = chdir(folder) == 0 && wrong_outcomes(false, false, &outcomes) == 0;
    printf("     %d outcomes of a power cut\n", outcomes);
    CHECK("whatever a power cut leaves: the old record or the new one, and after a save the new one", good);
    CHECK("files that are not flushed would be noticed", wrong_outcomes(true, false, &few) > 0);
    CHECK("a folder that is not flushed would be noticed", wrong_outcomes(false, true, &few) > 0);
}

/* ---- Main ------------------------------------------------------------------------------------------- */

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 2;
    }
    snprintf(path, sizeof path, "%s/record", folder);
    snprintf(new_path, sizeof new_path, "%s/record.new", folder);
    snprintf(other_path, sizeof other_path, "%s/other", folder);
    test_first_and_next();
    test_size();
    test_left_over();
    test_links();
    test_no_plain_file();
    test_paths();
    test_rights();
    test_space();
    test_failing_saves();
    test_failing_loads();
    test_interrupted();
    test_pieces();
    test_cuts();
    begin('\0');
    test_model();
    rmdir(folder);
    return check_end();
}
