/* SPDX-License-Identifier: Apache-2.0
 *
 * A device's record in one file, for hosts and gateways under Linux: a struct kratos_store (kratos_provision.h). It must
 * never know what it stores, and it allocates nothing.
 *
 *     static struct kratos_file_store file;
 *     config.store = kratos_file_store_init(&file, "/data/kratos/record");
 *
 * - save writes "/data/kratos/record.new" (mode 0600, never through a symbolic link), flushes it, renames it, flushes the
 *   folder. A power cut at any moment leaves the old record or the new one, whole. So does a failure, KRATOS_ERR_STORE: the
 *   old one, but the new one where only the folder could not be flushed; save again. A file that a power cut left over under
 *   that name is never read, and replaced by the next save.
 * - It takes a file system that renames in one step and keeps what was flushed, and whose folders can be flushed: ext4, f2fs,
 *   btrfs, UBIFS are some. Under macOS fsync() leaves what it flushed in the drive's cache.
 * - load: KRATOS_END only where the folder was opened and has no such file. Whatever else is wrong is KRATOS_ERR_STORE: the
 *   file is longer or shorter, no plain file, a symbolic link, or may not be read; or the folder is not there. So give the
 *   record a folder of its own, made in the factory: when its partition is not mounted, that is then no fresh start.
 * - Each call blocks for as long as the disk does. Two processes must not save one record at a time.
 */
#ifndef KRATOS_FILE_STORE_H
#define KRATOS_FILE_STORE_H

#include "kratos_provision.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KRATOS_FILE_STORE_PATH 1024 /* bytes that a path may have at most, with its NUL and ".new" */

/* Private; complete only so that it can be a variable. It must not be moved while the store is used. */
struct kratos_file_store {
    struct kratos_store store;
    const char *path;
    int error;
};

/* Prepares f, whatever it held before, and returns the store inside; touches no file. path is kept by pointer; relative ones
 * are looked up anew with each call. */
const struct kratos_store *kratos_file_store_init(struct kratos_file_store *f, const char *path);

/* The errno of the last call, for people; 0: it did not fail. EINVAL: the path names no file, or what is there is no plain
 * file of the record's size. */
int kratos_file_store_error(const struct kratos_file_store *f);

#ifdef __cplusplus
}
#endif
#endif
