/*
 * DMA buffers for a kernel that has no /dev/dma_heap: memory files answer in their place.
 * Preloaded into every program of the rehearsal's root. Only the calls that libcamera and
 * picamera2 make are answered; all others go on to the C library.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char HEAPS[] = "/dev/dma_heap/";

static int is_heap(const char *path)
{
    return path != NULL && strncmp(path, HEAPS, sizeof(HEAPS) - 1) == 0;
}

static int open_or_heap(const char *name, const char *path, int flags, mode_t mode)
{
    if (is_heap(path))
        return memfd_create("dma_heap", MFD_CLOEXEC);
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
    return next(path, flags, mode);
}

#define DEFINE_OPEN(name)                                  \
    int name(const char *path, int flags, ...)             \
    {                                                      \
        mode_t mode = 0;                                   \
        if (flags & (O_CREAT | O_TMPFILE)) {               \
            va_list rest;                                  \
            va_start(rest, flags);                         \
            mode = va_arg(rest, mode_t);                   \
            va_end(rest);                                  \
        }                                                  \
        return open_or_heap(#name, path, flags, mode);     \
    }

DEFINE_OPEN(open)
DEFINE_OPEN(open64)

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);

    if (request == DMA_HEAP_IOCTL_ALLOC) {
        struct dma_heap_allocation_data *data = argument;
        int buffer = memfd_create("dma_buf", MFD_CLOEXEC);
        if (buffer < 0)
            return -1;
        if (ftruncate(buffer, (off_t)data->len) != 0) {
            close(buffer);
            return -1;
        }
        data->fd = (unsigned int)buffer;
        return 0;
    }
    if (request == DMA_BUF_IOCTL_SYNC || request == DMA_BUF_SET_NAME)
        return 0;
    int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    return next(fd, request, argument);
}
