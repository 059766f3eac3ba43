# `login SETTINGS SHARED...`: a SLURM of two nodes, in namespaces that end with this script; SETTINGS becomes /etc/slurm.
# `node NUMBER SHARED...`: one of them. It has a network, a host name, /tmp and /dev/shm of its own, and the folders SHARED.
set -euo pipefail

login() {
    local settings=$1 number child
    mount --make-rprivate /
    mount --bind "$settings" /etc/slurm
    hostname login
    printf '192.0.2.1 login\n192.0.2.2 n1\n192.0.2.3 n2\n' | cat /etc/hosts - > "$settings/hosts"
    mount --bind "$settings/hosts" /etc/hosts
    ip link set lo up
    ip link add bridge type bridge
    ip address add 192.0.2.1/24 dev bridge
    ip link set bridge up
    slurmctld -D &
    for number in 1 2; do
        unshare --net --uts --mount --fork --kill-child bash "$0" node "$number" "$@" &
        until child=$(pgrep -P $!); do sleep 0.1; done
        ip link add "to$number" master bridge type veth peer name eth0 netns "$child"
        ip link set "to$number" up
    done
    wait
}

node() {
    local number=$1 folder open
    local -A shared
    shift
    hostname "n$number"
    for folder; do
        exec {open}<"$folder"
        shared[$folder]=$open
    done
    mount -t tmpfs none /tmp
    mount -t tmpfs none /dev/shm
    for folder; do  # hidden now if it was in /tmp
        mkdir -p "$folder"
        mount --no-canonicalize --bind "/proc/self/fd/${shared[$folder]}" "$folder"
    done
    until ip link show eth0 > /dev/null 2>&1; do sleep 0.1; done
    ip link set lo up
    ip address add "192.0.2.$((number + 1))/24" dev eth0
    ip link set eth0 up
    exec slurmd -D -N "n$number"
}

"$@"
