# shellcheck shell=bash
# What scripts/install looks at before it does anything. Sourced, never run.

system_python=/usr/bin/python3
board=$(tr -d '\0' 2>/dev/null </proc/device-tree/model) || board=$(uname -m)

# apt's modules, picamera2 among them, are made for the system's own Python.
find_python() { if fits "$system_python"; then printf '%s\n' "$system_python"; fi; }

look_at_machine() {
    local glibc
    check_machine
    [[ -d /run/systemd/system ]] || fail "needs a machine that systemd has started; this is none"
    command -v apt-get >/dev/null || fail "needs Debian or Raspberry Pi OS: there is no apt-get here"
    [[ -x $system_python ]] || fail "needs $system_python: sudo apt-get install python3"
    fits "$system_python" || fail "needs Python 3.11, 3.12 or 3.13; the system's is $("$system_python" -V 2>&1):" \
        "install a newer Raspberry Pi OS"
    glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || glibc=none
    [[ $(printf '%s\n' 2.28 "${glibc#glibc }" | sort -V | head -n 1) == 2.28 ]] ||
        fail "needs glibc 2.28 or newer; here is $glibc: install a newer Raspberry Pi OS"
    memory=$(awk '/^MemTotal:/ { printf "%d", $2 / 1000 }' /proc/meminfo)
    ((memory >= 350)) || fail "needs 350 MB of memory; this machine has $memory MB"
    say "edgepose $version on $board: 64-bit, $glibc, $("$system_python" -V), $memory MB of memory"
}

# What the configuration that is there says. Good enough to know what to install: who reads YAML
# may not be there yet.
said_by_config() {
    [[ ! -e $config ]] || sed -nE "s/^[^#]*\\b$1: *[\"']?([a-z0-9]+).*/\\1/p" "$config" | head -n 1
}

free_mb() {
    local place=$1
    while [[ ! -d $place ]]; do place=${place%/*}/; place=${place%//}; done
    df -Pm "${place:-/}" | awk 'NR == 2 { print $4 }'
}

# look_for_room MB: for what is about to come.
look_for_room() {
    local place free
    for place in "$home" "$cache"; do
        free=$(free_mb "$place")
        ((free >= $1)) || fail "needs $1 MB of room on the disk of ${place%/*}; $free MB are free:" \
            "delete something there, or use a larger card"
    done
}

# MB that the installation takes in all, its downloads and the environment before it included.
needed_mb() {
    local mb=50 fetched=0
    case $building$engine in
    everythingmediapipe) mb=$((mb + 700)) fetched=200 ;;
    everythinglitert) mb=$((mb + 450)) fetched=150 ;;
    edgepose*) mb=$((mb + 50)) ;;
    esac
    # LiteRT's come on top of what was fetched for MediaPipe; on the disk they take its place.
    [[ $wish$building$engine != autoeverythingmediapipe ]] || fetched=$((fetched + 100))
    [[ -n $at_hand ]] || mb=$((mb + fetched))
    echo $((mb + $(packages_mb)))
}

# The cameras that libcamera sees, a line for each. Fails where there is nothing to ask with.
cameras() {
    if "$system_python" -B -c 'import libcamera' 2>/dev/null; then
        timeout 30 "$system_python" -B - 2>/dev/null <<'E_PYTHON'
import libcamera

for camera in libcamera.CameraManager.singleton().cameras:
    named = [value for key, value in camera.properties.items() if str(key) == "Model"]
    print(*named or [camera.id])
E_PYTHON
    elif command -v rpicam-hello >/dev/null; then
        timeout 30 rpicam-hello --list-cameras 2>&1 | sed -n 's/^ *[0-9][0-9]* : *\([^ ]*\).*/\1/p'
    else
        return 1
    fi
}

# Once before the packages are there, when there may be nothing to ask with, and once after.
look_at_camera() {
    [[ -z ${camera:-} ]] || return 0
    if [[ $source != picamera2 ]]; then
        camera="none needed: the source is $source"
    elif ! camera=$(cameras); then
        camera=
        [[ $1 == early ]] || fail "libcamera cannot be asked for cameras: sudo apt-get install" \
            "--reinstall python3-libcamera"
        return 0
    elif [[ -z $camera ]]; then
        fail "no camera is seen: connect one with the power off, and start again;" \
            "or try without by --source actor, a drawn person"
    fi
    say "  camera: $(paste -sd, <<<"$camera" | sed 's/,/, /g')"
}

look_at_broker() {
    [[ $start == yes && -n $host && $mosquitto == no ]] || return 0
    local problem words=("$host" "$port")
    [[ -z $user ]] || words+=("$user")
    [[ -z $secret ]] || words+=("$secret")
    problem=$("$system_python" -I "$checkout/scripts/appliance/broker.py" "${words[@]}" 2>&1) ||
        fail "$problem"
    say "  broker $host:$port: takes us"
}
