# shellcheck shell=bash
# Puts what was built and written where it belongs, and takes it back where the new service does
# not start. Sourced by scripts/install, never run.

changed=no stale=no

wrote() {
    [[ $changed == yes ]] || say "Written:"
    changed=yes
    say "  $1"
}

# put MODE FILE TARGET: whole or not at all, and not at all where it is there already. What was
# there is kept for `take_back`.
put() {
    local kept=$work/before$3
    ! cmp -s "$2" "$3" || return 0
    mkdir -p "${kept%/*}" "${3%/*}"
    if [[ -e $3 ]]; then cp -a "$3" "$kept"; else touch "$kept.none"; fi
    install -m "$1" "$2" "$3.new"
    mv "$3.new" "$3"
    wrote "$3"
}

# take_away FILE WHY: kept for `take_back`, too.
take_away() {
    local kept=$work/before$1
    [[ -e $1 ]] || return 0
    mkdir -p "${kept%/*}"
    cp -a "$1" "$kept"
    rm -f "$1"
    wrote "$1 is gone: $2"
}

# The configuration as it will be, from the one that is there or the default, with the answers.
write_config() {
    local said from=$config
    [[ -e $from ]] || from=$(environment)/share/edgepose/config/edgepose.yaml
    said=$("$(environment)/bin/python" -E "$checkout/scripts/appliance/settings.py" \
        "$from" "$work/edgepose.yaml" "${settings[@]}" 2>&1) ||
        fail "the configuration cannot be used, mend it and start again: $said"
}

# A broker for the local network, where everybody has to log in.
place_broker() {
    [[ $mosquitto == yes ]] || return 0
    if [[ -n $secret ]]; then
        printf 'edgepose:%s\n' "$(<"$secret")" | install -m 600 /dev/stdin "$work/logins"
        mosquitto_passwd -U "$work/logins"
        printf '%s\n' "# Written by edgepose's scripts/install; scripts/uninstall takes it away." \
            "# Before it the service was $(systemctl is-enabled mosquitto 2>/dev/null || true)." \
            "listener $port" "allow_anonymous false" "password_file $logins" >"$work/listener"
        put 640 "$work/logins" "$logins"
        chown root:mosquitto "$logins"
        put 644 "$work/listener" "$listener"
        systemctl stop mosquitto
    fi
    systemctl enable --quiet mosquitto 2>>"$log"
    systemctl start mosquitto && return
    [[ -z $secret ]] || rm -f "$listener" "$logins"
    fail "mosquitto does not start: journalctl -u mosquitto tells why"
}

# A broker outside the networks that the unit allows, by any of its addresses.
place_reach() {
    local said words=("$checkout/systemd/edgepose.service" "$work/edgepose.yaml" "$reach")
    said=$("$(environment)/bin/python" -E "$checkout/scripts/appliance/reach.py" "${words[@]}" \
        2>&1 >"$work/reach") || fail "it is not known whether the service may reach the broker: $said"
    if [[ -s $work/reach ]]; then
        put 644 "$work/reach" "$reach"
        say "The broker is outside the networks that the service may reach. By $reach it may reach" \
            "$(sed -n 's/^IPAddressAllow=//p' "$work/reach"), too."
    else
        take_away "$reach" "the service reaches the broker without it"
    fi
}

place() {
    place_broker
    if ! getent passwd edgepose >/dev/null; then
        step "systemd-sysusers" systemd-sysusers "$checkout/systemd/edgepose.sysusers"
        wrote "the user edgepose"
    fi
    put 644 "$work/edgepose.yaml" "$config"
    # The address of a camera has its password in it.
    if reads_a_stream; then
        chgrp edgepose "$config"
        chmod 640 "$config"
    fi
    if [[ -n $secret ]]; then
        put 600 "$secret" "$password"
    fi
    if [[ -e $password ]]; then
        printf '[Service]\nLoadCredential=mqtt-password:%s\n' "$password" >"$work/credential"
        put 644 "$work/credential" "$credential"
    fi
    place_reach
    put 644 "$checkout/systemd/edgepose.service" "$unit"
    swap
    place_command
    systemctl daemon-reload
    systemctl enable --quiet edgepose 2>>"$log"
}

swap() {
    [[ -d $new ]] || return 0
    rm -rf "$old"
    [[ ! -d $home ]] || mv "$home" "$old"
    mv "$new" "$home"
    wrote "$home"
}

# For a person with a terminal; the service does not need it. Not over somebody else's.
place_command() {
    [[ ! -e $command && ! -L $command ]] || return 0
    mkdir -p "${command%/*}"
    ln -s "$home/bin/edgepose" "$command"
    wrote "$command"
}

# An earlier installation may have been cut off anywhere.
finish_earlier() {
    # What runs may be the older of two.
    [[ ! -d $old ]] || stale=yes
    if [[ ! -d $home && -d $old ]]; then mv "$old" "$home"; fi
    rm -rf "$new" "$old" "$works".*
}

# What ran before runs again; a first installation stays, so that its cause can be mended.
take_back() {
    local kept
    [[ -d $old ]] || return 1
    rm -rf "$home"
    mv "$old" "$home"
    while IFS= read -r -d '' kept; do
        if [[ $kept == *.none ]]; then
            kept=${kept%.none}
            rm -f "${kept#"$work/before"}"
        else
            cp -a "$kept" "${kept#"$work/before"}"
        fi
    done < <(find "$work/before" -type f -print0 2>/dev/null)
    systemctl daemon-reload
    systemctl restart edgepose
}
