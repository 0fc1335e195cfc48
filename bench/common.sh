# Sourced by the scripts of this folder when they have read their options, with the directory of the programs as argument
# (build/release/bin if it is empty): the programs are in PATH, $work is a directory that goes when the script ends, however it
# ends, and with it the cluster in it and what runs in the background.
programs=$(cd "${1:-build/release/bin}" && pwd)
export PATH="$programs:$PATH"
work=$(mktemp -d)
export QUORATE_CLUSTER="$work/cluster"

# Goes through to its end, whatever fails on the way.
cleanup() {
  set +e
  local child
  for child in $(jobs -pr); do
    kill "$child" 2>/dev/null
    wait "$child" 2>/dev/null
  done
  if [ -d "$QUORATE_CLUSTER" ] && ! quorate cluster destroy "$QUORATE_CLUSTER" >/dev/null; then
    echo "$0: the cluster in $QUORATE_CLUSTER is left; end it with: quorate cluster destroy $QUORATE_CLUSTER" >&2
    return
  fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

fail() { echo "$0: $*" >&2; exit 1; }

# start OPTIONS...: in a session of its own, where Ctrl-C does not end it between a replica's start and the note of it.
start() { setsid --wait quorate cluster start "$QUORATE_CLUSTER" "$@" >/dev/null; }

# What is not in order is part of the answer; only no answer at all is a failure.
status() { quorate cluster status "$QUORATE_CLUSTER" --json >"$work/status" || [ -s "$work/status" ]; }

# The processes of the cluster, one a line.
pids() { status; grep -oE '"pid":[0-9]+' "$work/status" | cut -d: -f2; }

# field NAME FILE, numbers NAME FILE: a number of a JSON object; those of an array, one a line.
field() { sed -E "s/.*\"$1\":([0-9.]+).*/\1/" "$2"; }
numbers() { sed -E "s/.*\"$1\":\[([0-9.,]*)\].*/\1/" "$2" | tr ',' '\n'; }

machine() {
  echo "$(nproc) cores, $(awk '/MemTotal/ { printf "%d GiB", $2 / 1048576 }' /proc/meminfo), load $(cut -d' ' -f1 /proc/loadavg)"
}
