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

wanted_packages() {
    printf '%s\n' ca-certificates python3-systemd
    [[ $source != picamera2 ]] || picamera2_packages
    [[ $mosquitto == no ]] || printf '%s\n' mosquitto
}

# Fills `packages` with what is missing, and `picamera2_wheels` with yes where apt has no picamera2.
look_at_packages() {
    local name all unknown=()
    all=$(missing_packages demo; wanted_packages)
    if [[ $source == picamera2 && $all != *python3-picamera2* ]]; then
        # Lists that were never fetched know of no package.
        refresh_packages
        all=$(missing_packages demo; wanted_packages)
    fi
    picamera2_wheels=no
    [[ $source != picamera2 || $all == *python3-picamera2* ]] || picamera2_wheels=yes
    for name in $all; do
        installed "$name" || packages+=("$name")
    done
    ((${#packages[@]})) || return 0
    refresh_packages
    for name in "${packages[@]}"; do
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
    ((${#packages[@]})) || { echo 0; return; }
    apt-get -s -qq --no-install-recommends install "${packages[@]}" 2>/dev/null |
        awk '/^Inst / { print $2 }' | xargs -r apt-cache --no-all-versions show |
        awk '/^Installed-Size:/ { kb += $2 } END { printf "%d", kb / 1000 + 1 }'
}

all_installed() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort -u
}

# Installs `packages`, and keeps a list of all that came with them, for scripts/uninstall to tell.
bring_packages() {
    local before
    ((${#packages[@]})) || return 0
    [[ -z $(dpkg --audit) ]] || step "dpkg --configure -a" dpkg --configure -a
    before=$(all_installed)
    install_packages "${packages[@]}"
    comm -13 <(printf '%s\n' "$before") <(all_installed) | sort -u - <(cat "$brought" 2>/dev/null) >"$work/brought"
    mv "$work/brought" "$brought"
}
