# A Debian root with its own bpftrace and what sockleak's tests call, as one read-only image, and `bpftrace`: the version in it.
# An image and not a shared directory: bpftrace reads 150 MB of LLVM at each start, which is slow over 9p.

userland_packages='bpftrace bpftool iproute2 util-linux mount kmod procps lsof strace python3 gcc libc6-dev busybox-static crun'

build_userland() {
  local suite=$1 out=$2 work=$3 habits
  mapfile -t habits < <(apt_habits)
  mmdebstrap --mode=root --variant=minbase --include="${userland_packages// /,}" \
    --aptopt='APT::Install-Recommends "false"' "${habits[@]}" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$suite" "$work/root" "$(debian_mirror)"
  # The building machine's mirror, resolver and name stay out of the image; the guest has no network to use them with.
  (cd "$work/root" && rm -rf var/cache/apt/* var/lib/apt/lists/* etc/apt/apt.conf.d/99mmdebstrap etc/apt/sources.list* etc/resolv.conf etc/hostname)
  mkdir -p "$work/root/repo" "$work/root/results" "$work/root/opt/node" "$work/root/usr/lib/modules"
  printf '127.0.0.1 localhost guest\n::1 localhost\n' >"$work/root/etc/hosts"
  chroot "$work/root" dpkg-query -W -f '${Version}\n' bpftrace >"$out/bpftrace"
  mkfs.erofs --quiet "$out/root.erofs" "$work/root"
}
