#!/bin/sh
# Turns a folder with a Debian into a machine whose process 1 is that Debian's systemd.
# keeper.py runs it: boot.sh enter ROOT CGROUP shared|none [SOURCE TARGET ro|rw]...
# Everything happens in name spaces of its own, so it leaves no mount behind; the cgroup CGROUP,
# which it makes, is the keeper's to remove. Nothing that the kernel shares is writable inside:
# no sysctl, no clock, no kernel module.
set -eu
stage=$1
root=$2
group=$3
network=$4

enter() {
    # In the tree of the machine, where the version 2 tree may be mounted elsewhere or not at all.
    mount -t cgroup2 cgroup2 "$root/mnt"
    mkdir "$root/mnt/$group"
    echo 0 >"$root/mnt/$group/cgroup.procs"
    umount "$root/mnt"
    if [ "$network" = none ]; then net=--net; else net=; fi
    # shellcheck disable=SC2086  # nothing, where the network is shared
    exec unshare --mount --pid --fork --uts --ipc --cgroup $net --kill-child sh "$0" boot "$@"
}

devices() {
    mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
    for name in null zero full random urandom tty; do
        cp -a "/dev/$name" "$root/dev/$name"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    for number in 0:stdin 1:stdout 2:stderr; do
        ln -s "/proc/self/fd/${number%:*}" "$root/dev/${number#*:}"
    done
}

boot() {
    mount --bind "$root" "$root"
    mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
    for path in "$root/proc/sys" "$root/proc/sysrq-trigger"; do
        [ -e "$path" ] || continue
        mount --bind "$path" "$path"
        mount -o remount,bind,ro "$path"
    done
    mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
    mount -o remount,bind,ro "$root/sys"
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
    devices
    mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
    # A boot of its own for the journal too: the kernel's number is that of the computer.
    cp /proc/sys/kernel/random/uuid "$root/run/boot-id"
    mount --bind "$root/run/boot-id" "$root/proc/sys/kernel/random/boot_id"
    mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
    while [ $# -gt 0 ]; do
        mkdir -p "$root$2"
        mount --bind "$1" "$root$2"
        mount -o "remount,bind,$3" "$root$2"
        shift 3
    done
    cd "$root"
    pivot_root . mnt
    umount -l /mnt
    # systemd does this itself, but not in a container; without it no credential reaches a unit.
    mount --make-rshared /
    exec env -i container=rehearsal \
        setpriv --bounding-set=-sys_module,-sys_time,-sys_rawio /sbin/init </dev/null
}

case $stage in
enter)
    shift
    enter "$@"
    ;;
boot)
    shift 4
    boot "$@"
    ;;
esac
