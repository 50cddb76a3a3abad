# shellcheck shell=bash
# The Debian packages of the service. Sourced by scripts/install, never run.

# Whether apt could install it.
candidate() { [[ $(apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[!\(]* ]]; }

# Where apt has no picamera2, which is everywhere but on Raspberry Pi OS, the release comes from
# the Python index; these are what it needs there and cannot be had as a wheel.
picamera2_packages() {
    if installed python3-picamera2 || candidate python3-picamera2; then
        printf '%s\n' python3-picamera2
    else
        printf '%s\n' python3-libcamera python3-prctl python3-piexif python3-dev python3-setuptools gcc
        if candidate python3-kms++; then printf '%s\n' python3-kms++; fi
    fi
}

# Whether the configuration that is there has a camera that ffmpeg reads.
reads_a_stream() {
    [[ $source == uri && -e $config ]] &&
        grep -qE "^[^#]*\\buri: *[\"']?((rtsps?|https?):|/dev/)" "$config"
}

wanted_packages() {
    printf '%s\n' ca-certificates python3-systemd
    [[ $source != picamera2 ]] || picamera2_packages
    [[ $mosquitto == no ]] || printf '%s\n' mosquitto
    ! reads_a_stream || printf '%s\n' ffmpeg
}

# Fills `packages` with what is missing, `engine_packages` with what MediaPipe alone misses, and
# `picamera2_wheels` with yes where apt has no picamera2.
look_at_packages() {
    local name all unknown=()
    all=$(missing_packages service; wanted_packages)
    if [[ $source == picamera2 && $all != *python3-picamera2* ]]; then
        # Lists that were never fetched know of no package.
        refresh_packages
        all=$(missing_packages service; wanted_packages)
    fi
    picamera2_wheels=no
    [[ $source != picamera2 || $all == *python3-picamera2* ]] || picamera2_wheels=yes
    for name in $all; do
        installed "$name" || packages+=("$name")
    done
    [[ $engine != mediapipe ]] ||
        mapfile -t engine_packages < <(missing_libraries "${mediapipe_libraries[@]}")
    ((${#packages[@]} + ${#engine_packages[@]})) || return 0
    refresh_packages
    for name in "${packages[@]}" "${engine_packages[@]}"; do
        [[ -n $(apt-cache -q showpkg "$name" 2>/dev/null) ]] || unknown+=("$name")
    done
    ((${#unknown[@]} == 0)) && return
    if grep -qE 'Temporary failure|Could not connect|Unable to connect|unreachable' "$log"; then
        fail "the packages ${unknown[*]} cannot be fetched, the network is out of reach: connect it"
    fi
    fail "apt knows no package ${unknown[*]}: see /etc/apt/sources.list.d"
}

# MB on the disk that they and what they need will take.
packages_mb() {
    local all=("${packages[@]}" "${engine_packages[@]}")
    ((${#all[@]})) || { echo 0; return; }
    apt-get -s -qq --no-install-recommends install "${all[@]}" 2>/dev/null |
        awk '/^Inst / { print $2 }' | xargs -r apt-cache --no-all-versions show |
        awk '/^Installed-Size:/ { kb += $2 } END { printf "%d", kb / 1000 + 1 }'
}

all_installed() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort -u
}

bring_packages() { bring "${packages[@]}"; }

# Last and by itself, so that it is known what goes when MediaPipe goes.
bring_engine_packages() {
    [[ $engine == mediapipe ]] || return 0
    # Some of it may have come by now.
    mapfile -t engine_packages < <(missing_libraries "${mediapipe_libraries[@]}")
    ((${#engine_packages[@]})) || return 0
    bring "${engine_packages[@]}"
    mv "$work/came" "$work/for-mediapipe"
}

# Installs them, and keeps a list of all that came with them, for scripts/uninstall to tell.
bring() {
    local before
    (($#)) || return 0
    [[ -z $(dpkg --audit) ]] || step "dpkg --configure -a" dpkg --configure -a
    before=$(all_installed)
    install_packages "$@"
    comm -13 <(printf '%s\n' "$before") <(all_installed) >"$work/came"
    sort -u "$work/came" <(cat "$brought" 2>/dev/null) >"$work/brought"
    mv "$work/brought" "$brought"
}

# Takes away what came for MediaPipe in this installation; all of it or, where something else has
# come to need it meanwhile, nothing.
return_packages() {
    local came goes
    [[ -s $work/for-mediapipe ]] || return 0
    mapfile -t came <"$work/for-mediapipe"
    goes=$(apt-get -s -qq purge "${came[@]}" 2>>"$log" |
        awk '/^(Remv|Purg) / { print $2 }' | sort -u) || return 0
    [[ $goes == "$(<"$work/for-mediapipe")" ]] || return 0
    attempt "${apt[@]}" purge "${came[@]}" || return 0
    say "  removed the Debian packages that came for MediaPipe: ${#came[@]}"
    comm -23 "$brought" "$work/for-mediapipe" >"$work/brought"
    mv "$work/brought" "$brought"
}

# What an earlier installation brought for MediaPipe and LiteRT does not need.
tell_spare_packages() {
    local there
    [[ $engine == litert && -e $brought ]] || return 0
    there=$(printf '%s\n' "${mediapipe_libraries[@]#*=}" | sort |
        comm -12 - "$brought" | comm -12 - <(apt-mark showmanual | sort) | paste -sd' ')
    [[ -z $there ]] || say "LiteRT does not need some Debian packages that came for MediaPipe." \
        "If nothing else does: sudo apt-get autoremove --purge $there"
}
