# shellcheck shell=bash
# Starts the service and shows that it works, or says why it does not. Sourced by scripts/install,
# never run.

# The last complaints of the service since it was started, on one line.
complaints() {
    local said words=(-q -o cat --no-pager "--since=@$since" _SYSTEMD_UNIT=edgepose.service)
    journalctl --sync 2>/dev/null || true
    said=$(journalctl "${words[@]}" -p err | tail -n 2)
    [[ -n $said ]] || said=$(journalctl "${words[@]}" | tail -n 2)
    paste -sd' ' <<<"${said:-it said nothing}"
}

start_service() {
    since=$(date +%s)
    systemctl reset-failed edgepose 2>/dev/null || true
    if [[ $changed$stale == nono ]] && systemctl is-active --quiet edgepose; then
        say "edgepose.service runs already."
    elif timeout 180 systemctl restart edgepose 2>>"$log"; then
        say "edgepose.service is ready."
    elif take_back 2>>"$log"; then
        fail "the new edgepose does not start, so the one before runs again: $(complaints)"
    else
        fail "the service is installed but does not start: $(complaints); sudo edgepose doctor" \
            "tells what to do"
    fi
}

prove() {
    local seen
    if seen=$(device watch 2>"$work/why"); then
        say "$seen"
    else
        fail "the service runs, but no message came: $(<"$work/why"); its status:" \
            "$(systemctl show -P StatusText edgepose); sudo edgepose doctor tells what to do"
    fi
}

# Its address and token are for the terminal alone, so they go through no file.
tell_page() {
    local said
    said=$("$home/bin/edgepose" live "$config" 2>&1) || true
    case $said in
    "The live page is off"*) say "Live page: off; edgepose live tells how to have it." ;;
    *) say "$said" ;;
    esac
}

farewell() {
    local where=localhost words=()
    [[ -z $user ]] || words=(-u "$user")
    if [[ $mosquitto == yes ]]; then
        where=$(hostname -I | cut -d' ' -f1)
        where=${where:-$(hostname)}
        words+=(-P "$(<"$password")")
    elif [[ -n $host ]]; then
        where=$host
        ((${#words[@]} == 0)) || words+=(-P ...)
        [[ $port == 1883 ]] || words+=(-p "$port")
    fi
    [[ -z $host ]] || say "Subscribe: mosquitto_sub -h $where ${words[*]}${words:+ }-t 'edgepose/#' -v"
    tell_page
    say "Configuration: $config, then sudo systemctl restart edgepose. Away: sudo ./scripts/uninstall"
}
