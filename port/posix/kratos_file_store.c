/* SPDX-License-Identifier: Apache-2.0
 *
 * A record in one file (kratos_file_store.h). Each call opens the folder first and does the rest relative to it: so a folder
 * that is not there is told from a file that is not, and what is renamed is flushed in the same folder. It must never know
 * what it stores, nor change the file in place.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "kratos_file_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW ".new"

/* A folder that is open, and the file's name in it. */
struct place {
    int folder;
    const char *name;
    char path[KRATOS_FILE_STORE_PATH];
};

static int fail(struct kratos_file_store *f, int error)
{
    f->error = error;
    return KRATOS_ERR_STORE;
}

/* ---- Calls that a signal may interrupt ---- */

static int open_again(int folder, const char *name, int flags)
{
    int fd;
    do {
        fd = openat(folder, name, flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static bool flush(int fd)
{
    int rc;
    do {
        rc = fsync(fd);
    } while (rc != 0 && errno == EINTR);
    return rc == 0;
}

/* A disk that takes nothing says so by ENOSPC; 0 bytes without an error would be asked for ever. */
static bool write_all(int fd, const unsigned char *p, size_t n)
{
    while (n != 0) {
        ssize_t done = write(fd, p, n);
        if (done == 0) {
            errno = EIO;
        }
        if (done <= 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

static bool read_all(int fd, unsigned char *p, size_t n)
{
    while (n != 0) {
        ssize_t done = read(fd, p, n);
        if (done == 0) {
            errno = EINVAL; /* it became shorter since its size was looked at */
        }
        if (done <= 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

/* ---- Where ---- */

/* Leaves the folder open. False: errno says why. */
static bool find(struct place *at, const char *path)
{
    size_t n = path != NULL ? strlen(path) : 0;
    char *slash;
    if (n == 0 || path[n - 1] == '/') {
        errno = EINVAL;
        return false;
    }
    if (n + sizeof NEW > sizeof at->path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(at->path, path, n + 1);
    slash = strrchr(at->path, '/');
    if (slash == NULL) {
        at->name = path;
        at->folder = open_again(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
        return at->folder >= 0;
    }
    at->name = path + (slash + 1 - at->path);
    slash[slash == at->path ? 1 : 0] = '\0'; /* the folder of "/record" is "/" */
    at->folder = open_again(AT_FDCWD, at->path, O_RDONLY | O_DIRECTORY);
    return at->folder >= 0;
}

/* ---- Load ---- */

/* O_NONBLOCK: nobody may ever write to a FIFO. */
static int load(void *ctx, void *p, size_t size)
{
    struct kratos_file_store *f = ctx;
    struct place at;
    struct stat is;
    int fd, rc = KRATOS_OK;
    f->error = 0;
    if (!find(&at, f->path)) {
        return fail(f, errno);
    }
    fd = open_again(at.folder, at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        rc = errno == ENOENT ? KRATOS_END : fail(f, errno);
    } else if (fstat(fd, &is) != 0) {
        rc = fail(f, errno);
    } else if (!S_ISREG(is.st_mode) || (uintmax_t)is.st_size != size) {
        rc = fail(f, EINVAL);
    } else if (!read_all(fd, p, size)) {
        rc = fail(f, errno);
    }
    if (fd >= 0) {
        close(fd);
    }
    close(at.folder);
    return rc;
}

/* ---- Save ---- */

/* close() is not looked at: what it could tell of the bytes fsync() has told. */
static bool write_new(int folder, const char *name, const void *p, size_t size)
{
    int fd, error = 0;
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT) {
        return false;
    }
    fd = open_again(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (fd < 0) {
        return false;
    }
    if (!write_all(fd, p, size) || !flush(fd)) {
        error = errno;
    }
    close(fd);
    errno = error;
    return error == 0;
}

static bool replace(struct place *at, const void *p, size_t size)
{
    int error;
    snprintf(at->path, sizeof at->path, "%s" NEW, at->name); /* the folder is open: its path is not needed any more */
    if (write_new(at->folder, at->path, p, size) && renameat(at->folder, at->path, at->folder, at->name) == 0) {
        return flush(at->folder);
    }
    error = errno;
    unlinkat(at->folder, at->path, 0); /* for tidiness: it would be harmless */
    errno = error;
    return false;
}

static int save(void *ctx, const void *p, size_t size)
{
    struct kratos_file_store *f = ctx;
    struct place at;
    int rc;
    f->error = 0;
    if (!find(&at, f->path)) {
        return fail(f, errno);
    }
    rc = replace(&at, p, size) ? KRATOS_OK : fail(f, errno);
    close(at.folder);
    return rc;
}

/* ---- Public ---- */

const struct kratos_store *kratos_file_store_init(struct kratos_file_store *f, const char *path)
{
    f->store.ctx = f;
    f->store.load = load;
    f->store.save = save;
    f->path = path;
    f->error = 0;
    return &f->store;
}

int kratos_file_store_error(const struct kratos_file_store *f)
{
    return f->error;
}
