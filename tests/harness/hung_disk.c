/*
 * To be preloaded (LD_PRELOAD): an fsync that does not return for as long as the file is there that
 * FSYNC_HANGS names, as on a card that dies.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync(int fd)
{
    const char *hangs = getenv("FSYNC_HANGS");

    while (hangs && access(hangs, F_OK) == 0)
        usleep(20000);
    return (int)syscall(SYS_fsync, fd);
}
