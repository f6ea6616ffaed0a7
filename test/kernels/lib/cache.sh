# What guests are made of, built once and kept outside the repo: one directory per part, for example kernel-trixie, userland-sid, node-22.
#
#   cached KIND NAME   sets `part` to the directory, after building it by KIND.sh where it is missing, damaged or of an older recipe
#
# It sets instead of printing because a build must be a child of the runner itself, to end with it: $(…) would put a shell between.
# Beside a part's files lies its stamp: the checksum of the recipe that built it, then the checksum of every file. CRC is enough: the stamp
# guards against a half-written or rotten cache, and apt and npm have already checked the signatures of what went in. It costs 0.2 s per GB.

cache=${SOCKLEAK_KERNELS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sockleak-kernels}

cached() {
  local kind=$1 name=$2 lock
  part=$cache/$kind-$name
  mkdir -p "$cache"
  # Two runners that miss the same part build it once: the second waits here, then finds it.
  exec {lock}>"$part.lock"
  flock "$lock"
  if ! stamp "$kind" "$part" | cmp -s - "$part/stamp"; then
    build "$kind" "$name" || { exec {lock}>&-; return 1; }
  fi
  exec {lock}>&-
}

stamp() {
  local kind=$1 dir=$2
  cat "$lib/apt.sh" "$lib/$kind.sh" | cksum
  (cd "$dir" 2>/dev/null && find . -type f ! -name stamp | sort | xargs -r cksum)
}

# Built aside and renamed: whoever sees a part sees all of it. What a killed build left is removed by the next one (the lock is held).
build() {
  local kind=$1 name=$2 started=$SECONDS
  note "building $kind $name in $cache"
  rm -rf "$part" "$part.new" "$part.work"
  mkdir -p "$part.new" "$part.work"
  # A shell of its own: `set -e` means nothing inside a condition, and a build must stop at its first error. In a process namespace of its
  # own: when the runner is killed, everything that the build started ends with it, and lets go of the lock.
  if ! TMPDIR=$part.work setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount-proc \
    bash -euo pipefail -c '. "$1/apt.sh"; . "$1/$2.sh"; "build_$2" "$3" "$4" "$5"' - \
    "$lib" "$kind" "$name" "$part.new" "$part.work" >"$part.log" 2>&1; then
    tail -n 30 "$part.log" >&2
    note "cannot build $kind $name (log: $part.log)"
    rm -rf "$part.new" "$part.work"
    return 1
  fi
  stamp "$kind" "$part.new" >"$part.new/stamp"
  rm -rf "$part.work" "$part.log"
  mv "$part.new" "$part"
  note "built $kind $name in $((SECONDS - started)) s ($(du -sh "$part" | cut -f1))"
}

note() { echo "guest: $*" >&2; }
