# A Debian root as a directory, for `chroot` on this machine's own kernel: the bench's contestants that are newer than this machine's.

root_packages='bpftrace libbpf-tools bpfcc-tools'

build_root() {
  local suite=$1 out=$2 habits
  mapfile -t habits < <(apt_habits)
  mmdebstrap --mode=root --variant=minbase --include="${root_packages// /,}" \
    --aptopt='APT::Install-Recommends "false"' "${habits[@]}" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$suite" "$out" "$(debian_mirror)"
  # The building machine's mirror, resolver and name stay out; device nodes are not files of a cache.
  (cd "$out" && rm -rf dev/* var/cache/apt/* var/lib/apt/lists/* etc/apt/apt.conf.d/99mmdebstrap etc/apt/sources.list* etc/resolv.conf etc/hostname)
}
