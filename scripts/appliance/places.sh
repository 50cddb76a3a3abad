# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by those who source it
# Where edgepose is on a machine, for scripts/install and scripts/uninstall. Sourced, never run.

home=/opt/edgepose
new=$home.new
old=$home.old
brought=$home.packages
command=/usr/local/bin/edgepose
etc=/etc/edgepose
config=$etc/edgepose.yaml
password=$etc/mqtt-password
state=/var/lib/edgepose
cache=/var/cache/edgepose
unit=/etc/systemd/system/edgepose.service
dropins=$unit.d
credential=$dropins/mqtt-password.conf
reach=$dropins/broker-address.conf
listener=/etc/mosquitto/conf.d/edgepose.conf
logins=/etc/mosquitto/edgepose.passwords
works=/var/tmp/edgepose-install
log=/var/log/edgepose-install.log
lock=/run/edgepose-install.lock

need_root() {
    ((EUID == 0)) || fail "this needs root: sudo ./scripts/${0##*/}"
}

wrong_option() {
    say "edgepose: $1; ./scripts/${0##*/} --help shows what there is"
    exit 64
}

# One of them at a time, whoever started it.
alone() {
    exec 8>"$lock"
    flock --nonblock 8 || fail "an installation is at work already: wait for its end"
}

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# device.py watch | forget: the device, seen from its broker.
device() {
    local file=()
    [[ ! -e $password ]] || file=("$password")
    "$home/bin/python" -E "$checkout/scripts/appliance/device.py" "$1" "$config" "${file[@]}"
}
