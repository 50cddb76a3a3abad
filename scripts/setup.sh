# shellcheck shell=bash
# Set-up for scripts/demo, scripts/test and .ci/run: Debian packages, .venv, locked wheels.
# Sourced, never run. It says what it installs first; a second run finds all in place.
# scripts/install takes the steps of it for another place.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$checkout/.venv
log=$checkout/.cache/setup.log

# What the wheels link to and do not bring: shared library, Debian package.
own_libraries=(libseccomp.so.2=libseccomp2)
# MediaPipe's library and the OpenCV that it brings.
mediapipe_libraries=(
    libEGL.so.1=libegl1
    libGLESv2.so.2=libgles2
    libGL.so.1=libgl1
    libglib-2.0.so.0=libglib2.0-0
    libxcb.so.1=libxcb1
)

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "edgepose: $*"
    exit 69
}

check_machine() {
    [[ $(uname -s) == Linux ]] || fail "needs Linux; this is $(uname -s)"
    [[ $(getconf LONG_BIT) == 64 ]] ||
        fail "needs a 64-bit system; this one is 32-bit: install the 64-bit Raspberry Pi OS"
    case $(uname -m) in
    x86_64 | aarch64) ;;
    *) fail "runs on x86_64 and aarch64 processors; this is $(uname -m)" ;;
    esac
}

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if fits "$name"; then
            command -v "$name"
            return
        fi
    done
}

no_python() { fail "needs Python 3.11, 3.12 or 3.13; here is $(python3 -V 2>&1)"; }

# The Debian packages of those libraries, given as above, that are not here, one on each line.
missing_libraries() {
    local PATH=$PATH:/usr/sbin:/sbin pair present
    present=$(ldconfig -p)
    for pair; do
        [[ $present == *"${pair%=*} "* ]] || printf '%s\n' "${pair#*=}"
    done
}

# The Debian packages that this work ($1: demo, dev or service) misses, one on each line.
missing_packages() {
    local name python
    missing_libraries "${own_libraries[@]}"
    # The service's depend on its engine.
    [[ $1 == service ]] || missing_libraries "${mediapipe_libraries[@]}"
    python=$(find_python)
    if [[ -z $python ]]; then
        command -v python3 >/dev/null || printf '%s\n' python3 python3-venv
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        printf '%s\n' "${python##*/}-venv"
    fi
    if [[ $1 == dev ]]; then
        for name in chromium ffmpeg gcc git mosquitto strace; do
            command -v "$name" >/dev/null || printf '%s\n' "$name"
        done
        command -v mosquitto_rr >/dev/null || printf '%s\n' mosquitto-clients
        command -v ip >/dev/null || printf '%s\n' iproute2
        # A camera on the network, for the tests: GStreamer's server, for the system's Python.
        /usr/bin/python3 -c '
import gi
gi.require_version("GstRtspServer", "1.0")' 2>/dev/null ||
            printf '%s\n' gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-bad \
                gstreamer1.0-plugins-good python3-gi
        # What gcc compiles with.
        [[ -e /usr/include/stdlib.h ]] || printf '%s\n' libc6-dev
    fi
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Copies a step's output to the log; on a terminal it also shows, on one line, where it is.
follow() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        case $line in
        Get:* | Unpacking* | "Setting up"* | Collecting* | *Downloading* | Installing*)
            [[ ! -t 2 ]] || printf '\r\033[K    %.70s' "${line#"${line%%[! ]*}"}" >&2
            ;;
        esac
    done
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# No room where this file is, not even for the words that would say so.
full() { (($(df --output=avail "$1" | tail -n 1) < 1000)); }

# attempt COMMAND...: whether it goes well; else `reason` tells in a line why not.
attempt() {
    local before output
    before=$(wc -l <"$log")
    if "$@" 2>&1 </dev/null | follow; then
        return
    fi
    output=$(tail -n "+$((before + 1))" "$log")
    reason=$(grep -aE '^(ERROR|E|Error|fatal): ' <<<"$output" | tail -n 1)
    if grep -qE 'NewConnectionError|NameResolutionError|Temporary failure' <<<"$output"; then
        reason="the network is out of reach"
    elif grep -q 'No space left on device' <<<"$output" || full "$log"; then
        reason="the disk is full"
    fi
    reason=${reason:-$(tail -n 1 <<<"$output")}
    return 1
}

# step NAME COMMAND...: goes well, or ends all.
step() { attempt "${@:2}" || fail "$1 failed: $reason (log: $log)"; }

apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)

# The lists of packages are fetched once, however many installations follow.
refresh_packages() {
    [[ -z ${refreshed:-} ]] || return 0
    step "apt-get update" as_root "${apt[@]}" update
    refreshed=yes
}

install_packages() {
    local command="apt-get install --no-install-recommends $*" megabytes
    command -v apt-get >/dev/null || fail "there is no apt-get here; install what holds: $*"
    if ((EUID != 0)) && ! { command -v sudo >/dev/null && sudo -v; }; then
        fail "this is neither root nor sudo; as root, type: $command"
    fi
    refresh_packages
    megabytes=$(apt-get install --no-install-recommends --print-uris -qq "$@" 2>/dev/null |
        awk '{ bytes += $3 } END { printf "%.0f", bytes / 1e6 }')
    ((megabytes == 0)) || say "    $megabytes MB to fetch"
    step "apt-get install" as_root "${apt[@]}" install --no-install-recommends "$@"
}

# A .venv is of no use at another place or for another Python.
base() { "$1" -I -S -c 'import sys; print(*sys.version_info[:2], sys.argv[1])' "$checkout"; }

wanted() {
    base "$venv/bin/python" &&
        cat "$checkout/pyproject.toml" "$checkout/scripts/locks/$1.txt" | sha256sum
}

ready() { [[ -e $venv/edgepose.$1 && $(wanted "$1" 2>/dev/null) == "$(<"$venv/edgepose.$1")" ]]; }

make_venv() {
    local python made_with=$venv/edgepose.base
    python=$(find_python)
    [[ -n $python ]] || no_python
    if [[ -e $made_with && $(base "$venv/bin/python" 2>/dev/null) == "$(<"$made_with")" ]]; then
        return
    fi
    step "making .venv" "$python" -m venv --clear "$venv"
    base "$venv/bin/python" >"$made_with"
}

install_wheels() {
    local lock=$checkout/scripts/locks/$1.txt
    local pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input install
        --no-user --no-deps)
    step "pip install" "${pip[@]}" --require-hashes --only-binary :all: -r "$lock"
    step "installing edgepose" "${pip[@]}" --no-build-isolation -e "$checkout"
}

# set_up demo | dev: everything that this work needs; dev holds all that demo needs.
set_up() {
    local packages folder
    check_machine
    if command -v python3 >/dev/null && [[ -z $(find_python) ]]; then no_python; fi
    mapfile -t packages < <(missing_packages "$1")
    if ((${#packages[@]} == 0)) && ready "$1"; then
        return
    fi
    for folder in "$checkout" "$checkout/.cache" "$venv"; do
        [[ ! -e $folder || -w $folder ]] ||
            fail "cannot write to $folder: run this as its owner, $(stat -c %U "$folder")"
    done
    mkdir -p "$checkout/.cache"
    exec 9>"$checkout/.cache/setup.lock"
    flock 9
    say "Setting up edgepose, once:"
    : >"$log"
    if ((${#packages[@]})); then
        say "  Debian packages, by apt-get: ${packages[*]}, and what they need"
        install_packages "${packages[@]}"
        # The package starts a broker for the whole machine; the tests start their own.
        if [[ " ${packages[*]} " == *" mosquitto "* && -d /run/systemd/system ]]; then
            step "systemctl disable" as_root systemctl disable --now mosquitto
            say "    The mosquitto service that came with the package is stopped and disabled."
        fi
    fi
    if ! ready "$1"; then
        say "  Python packages, by pip into .venv: $(grep -c '^[a-z]' "$checkout/scripts/locks/$1.txt")"
        say "    at most 220 MB to fetch, 750 MB on disk; some minutes on a Pi"
        make_venv
        install_wheels "$1"
        wanted "$1" >"$venv/edgepose.$1"
        [[ $1 == demo ]] || wanted demo >"$venv/edgepose.demo"
    fi
    say "  done"
    exec 9>&-
}
