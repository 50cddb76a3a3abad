# shellcheck shell=bash
# Which engine is installed: the one that the configuration or an option names, else MediaPipe
# where it works and LiteRT where it does not. Only the trial decides. Sourced by scripts/install,
# never run.

# Below the environment: one line for the service to repeat, why MediaPipe is not there.
engine_why=share/edgepose/engine_why
trial_s=120

# Fills `wish` with what the configuration will say.
find_wish() {
    wish=${asked:-$(said_by_config engine)}
    wish=${wish:-auto}
}

# Whether the environment that runs holds this module.
has() { compgen -G "$home/lib/python3*/site-packages/$1" >/dev/null; }

# Fills `engine` with the one to install first. What is there stays where the answer is auto.
first_engine() {
    engine=$wish
    [[ $wish == auto ]] || return 0
    engine=mediapipe
    if [[ -z $asked ]] && has ai_edge_litert && ! has mediapipe; then engine=litert; fi
}

tell_engine() {
    [[ $wish == auto && $building != nothing ]] || return 0
    if [[ $engine == litert ]]; then
        say "  stay with LiteRT; --engine auto tries MediaPipe again"
        return
    fi
    say "  try MediaPipe; where it does not work, LiteRT takes its place"
    if [[ $(uname -m) == aarch64 ]] && ! grep -qm1 '^Features.*atomics' /proc/cpuinfo; then
        say "    (this processor is older than a Pi 5's, and MediaPipe may not start on it)"
    fi
}

# Builds the environment of an engine that works, or ends all.
settle_engine() {
    local first
    try_engine
    if [[ -n $refused && $engine == mediapipe && $wish == auto ]]; then
        first=$refused
        say "  engine: litert, because MediaPipe does not work on this machine: $first"
        take_litert
        try_engine
        [[ -z $refused ]] || fail "no engine works on this machine; MediaPipe: $first;" \
            "LiteRT: $refused (log: $log)"
        printf '%s\n' "$first" >"$work/why"
        install -D -m 644 "$work/why" "$new/$engine_why"
    elif [[ -n $refused ]]; then
        return_packages
        fail "$engine does not work on this machine: $refused (log: $log)"
    elif [[ $building != nothing ]]; then
        say "  engine: $engine"
    fi
}

# Builds the environment of `engine` and lets it look at a picture; `refused` is why it does not.
try_engine() {
    refused=
    build
    [[ -z $refused ]] || return 0
    write_config
    get_model
    bring_engine_packages
    [[ $building == nothing ]] || run_trial
}

run_trial() {
    local model said began=$SECONDS status=0 words=("$work/edgepose.yaml" "$etc")
    [[ $source != picamera2 ]] || words+=(picamera2)
    if ! model=$("$new/bin/python" -E "$checkout/scripts/appliance/load.py" "${words[@]}" \
        2>"$work/said"); then
        cat "$work/said" >>"$log"
        fail "$(last_line <"$work/said") (log: $log)"
    fi
    # No core file, and no word of the shell's about a signal, or about the zero that ends the
    # library's last words.
    {
        said=$(
            ulimit -c 0
            export MPLCONFIGDIR=$work
            exec timeout --foreground --signal=KILL "$trial_s" \
                "$new/bin/python" -E -P -m edgepose.vision.trial "$engine" "$model" </dev/null 2>&1
        ) || status=$?
    } 2>/dev/null
    ((status)) || return 0
    printf '%s\n' "$said" >>"$log"
    said=$(last_line <<<"$said")
    if ((status == 137)); then
        if ((SECONDS - began < trial_s)); then
            said="killed, maybe for want of memory${said:+ ($said)}"
        else
            said="no answer in $trial_s s${said:+ ($said)}"
        fi
    fi
    refused=${said:-it ended with status $status and without a word}
}

# Of somebody else's text, for a line of ours.
last_line() {
    { grep -a '[^[:space:]]' || true; } | tail -n 1 | sed 's/[^[:print:]]/ /g' | cut -c -200
}

# Nothing of MediaPipe stays, but for the models that were fetched meanwhile.
take_litert() {
    mkdir -p "$work/models"
    find "$new/share/edgepose/models" -name '*.task' -exec mv -t "$work/models" {} + \
        2>/dev/null || true
    rm -rf "$new"
    return_packages
    engine=litert
    look_at_environment
    # Its reason may be another one now.
    [[ $building != nothing ]] || building=edgepose
}
