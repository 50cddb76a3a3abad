# shellcheck shell=bash
# The Python environment of the service, built beside the one that runs. Sourced by
# scripts/install, never run.

locks=$checkout/scripts/locks

# The system's packages are seen but do not count: the locked ones must be there.
# Not compiled: that would be 40 MB of what nobody loads. What is loaded is compiled by the trial.
own_pip=("$new/bin/python" -E -m pip --disable-pip-version-check --no-input)
get_wheels=(install --no-user --no-deps --no-compile --require-hashes --only-binary :all:)

engine_lock() { printf '%s\n' "$locks/$engine.txt"; }

# What the environment is made from, without edgepose itself.
wheels_print() {
    {
        "$system_python" -I -S -c 'import sys; print(*sys.version_info[:2])'
        cat "$(engine_lock)"
    } | sha256sum
}

# edgepose itself, and what the camera needs, which is little.
source_print() {
    (
        cd "$checkout" || exit
        printf '%s\n' "$source" "$picamera2_wheels"
        find LICENSE README.md config edgepose models/manifest pyproject.toml scripts/locks systemd \
            -type f ! -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum
    ) | sha256sum
}

made_from() { [[ -e $home/edgepose.$1 && $(<"$home/edgepose.$1") == "$2" ]]; }

# How much is to be built: nothing, edgepose (into the wheels that are there), or everything.
look_at_environment() {
    wheels=$(wheels_print) sources=$(source_print) building=everything
    if made_from wheels "$wheels" && "$home/bin/edgepose" --version &>/dev/null; then
        building=edgepose
        ! made_from sources "$sources" || building=nothing
    fi
}

# Where pip takes the wheels from, and where it keeps what it fetches.
use_wheels_at_hand() {
    if [[ -n $at_hand ]]; then
        export PIP_NO_INDEX=1 PIP_FIND_LINKS=$at_hand
    elif [[ $("$(environment)/bin/python" -E -m pip config list) != *cache-dir* ]]; then
        # An installation that breaks off fetches nothing twice; one that ends clears it away.
        export PIP_CACHE_DIR=$cache
    fi
    # /tmp is in memory on newer systems, and a Pi has little of that.
    export TMPDIR=$work
}

build() {
    case $building in
    everything) step "making $new" "$system_python" -m venv --system-site-packages "$new" ;;
    edgepose) cp -al "$home" "$new" ;;
    esac
    use_wheels_at_hand
    [[ $building != nothing ]] || return 0
    [[ $building != everything ]] || fill_environment
    [[ -z $refused ]] || return 0
    add_camera
    step "building edgepose" "${own_pip[@]}" wheel --no-deps --no-build-isolation \
        --wheel-dir "$work" "$checkout"
    step "installing edgepose" "${own_pip[@]}" install --no-user --no-deps --no-index \
        --force-reinstall "$work"/edgepose-*.whl
    # The folder will be renamed.
    grep -rlIZ --exclude-dir=lib "$new" "$new" | xargs -0r sed -i "s|$new|$home|g"
    # Anew, where they are links to those of the environment that runs.
    rm -f "$new/edgepose.wheels" "$new/edgepose.sources"
    printf '%s' "$wheels" >"$new/edgepose.wheels"
    printf '%s' "$sources" >"$new/edgepose.sources"
}

# Sets `refused` where there are no wheels of the engine for this machine.
fill_environment() {
    local models=share/edgepose/models
    if ! attempt "${own_pip[@]}" "${get_wheels[@]}" --ignore-installed -r "$(engine_lock)"; then
        [[ $reason =~ No\ matching\ distribution|not\ a\ supported\ wheel ]] ||
            fail "pip install failed: $reason (log: $log)"
        refused=$reason
        return 0
    fi
    mkdir -p "$new/$models"
    # Bundles that are at hand; their hashes are compared before anything is fetched.
    find "$home/$models" -name '*.task' -exec cp -al -t "$new/$models" {} + 2>/dev/null || true
    find "$work/models" "$checkout/models" -name '*.task' -exec cp -n -t "$new/$models" {} + \
        2>/dev/null || true
    [[ $engine != litert || ! -e $home/$engine_why ]] || cp "$home/$engine_why" "$new/$engine_why"
}

# Beside apt's picamera2, or instead of it.
add_camera() {
    [[ $source == picamera2 ]] || return 0
    if [[ $picamera2_wheels == yes ]]; then
        step "pip install" "${own_pip[@]}" "${get_wheels[@]}" --no-binary pidng \
            --no-build-isolation -r "$locks/picamera2.txt"
    fi
    if ! "$new/bin/python" -c 'import simplejpeg' 2>/dev/null; then
        # The system's was made for an older numpy than the one that stands before it now.
        step "pip install" "${own_pip[@]}" "${get_wheels[@]}" --ignore-installed \
            -r "$locks/simplejpeg.txt"
    fi
}

# The folder that the rest of the installation works with before it is renamed.
environment() { if [[ -d $new ]]; then echo "$new"; else echo "$home"; fi; }

get_model() {
    local name run
    run=$(environment)/bin/python
    name=$("$run" -I -c 'import pathlib, sys
from edgepose.config.load import load
print(load(pathlib.Path(sys.argv[1])).detection.model)' "$work/edgepose.yaml")
    [[ $name == *.task ]] || step "fetching the model $name" "$run" -m edgepose model get "$name"
}
