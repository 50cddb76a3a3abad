/*
 * To be preloaded (LD_PRELOAD): the wall clock of a process and its children, shifted by as many
 * nanoseconds as stand in the file that WALL_CLOCK_SHIFT names, which may change at any time. All
 * other clocks are the kernel's, as they are when somebody sets the wall clock of a machine.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL

static const volatile int64_t *shift_ns;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("WALL_CLOCK_SHIFT");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page;

    if (file < 0)
        abort();
    page = mmap(NULL, sizeof *shift_ns, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page == MAP_FAILED)
        abort();
    shift_ns = page;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    int64_t ns;

    if (syscall(SYS_clock_gettime, clock, at) != 0)
        return -1;
    if ((clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE && clock != CLOCK_TAI) || !shift_ns)
        return 0;
    ns = at->tv_sec * NS + at->tv_nsec + *shift_ns;
    at->tv_sec = ns / NS;
    at->tv_nsec = ns % NS;
    return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}
